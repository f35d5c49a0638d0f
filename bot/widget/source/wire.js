// Talking to the server: requests up, a numbered stream down, and what is kept in this tab.
const KEY = "askfirst";
const FIRST_BYTE = 4000;
const SILENCE = 45000;
const SEND_TIME = 20000;

const keep = {
  read() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  },
  write(value) {
    try {
      if (value) sessionStorage.setItem(KEY, JSON.stringify(value));
      else sessionStorage.removeItem(KEY);
    } catch {
      // storage is switched off: the chat lives as long as the page
    }
  },
};

// randomUUID is missing on pages without https
const newId = () =>
  crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

class Ended extends Error {}

class Refused extends Error {
  constructor(status) {
    super("refused");
    this.status = status;
    this.final = status >= 400 && status < 500 && status !== 408 && status !== 429;
  }
}

// `hear` has begun(), message(m), typing(t), state(s), caughtUp(), ended(), lost(), found().
class Wire {
  constructor(hear, language) {
    this.hear = hear;
    this.language = language;
    this.queue = Promise.resolve();
    this.forget();
  }
  forget() {
    this.stop();
    this.id = this.token = this.beginning = null;
    this.after = this.tries = 0;
    this.caughtUp = this.lost = false;
  }
  adopt({ id, token }) {
    this.id = id;
    this.token = token;
  }
  async call(path, { body, ...options } = {}) {
    const { token } = this;
    const headers = {};
    if (token) headers.Authorization = "Bearer " + token;
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(BASE + "api/v1/" + path, {
      method: body ? "POST" : "GET", body: body && JSON.stringify(body),
      headers, credentials: "omit", cache: "no-store", ...options,
    });
    if (token && (response.status === 401 || response.status === 410)) throw new Ended();
    if (!response.ok) throw new Refused(response.status);
    return response;
  }

  async begin() {
    const response = await this.call("conversations", {
      body: { language: this.language }, signal: AbortSignal.timeout(SEND_TIME),
    });
    this.adopt(await response.json());
    this.caughtUp = true;
    this.hear.begun();
    this.follow();
  }
  // One after the other, so that words arrive in the order they were written. The same id may
  // be sent again after a failure: the server takes it once.
  send(words) {
    const sent = this.queue.then(() => this.deliver(words));
    this.queue = sent.catch(() => {});
    return sent;
  }
  async deliver({ id, text, payload }) {
    if (!this.token) await this.begin();
    await this.call("messages", { body: { id, text, payload, language: this.language }, signal: AbortSignal.timeout(SEND_TIME) });
  }

  stop() {
    this.run?.abort();
    this.run = null;
  }
  follow() {
    this.stop();
    if (!this.token) return;
    this.run = new AbortController();
    this.listen(this.run.signal);
  }
  async listen(signal) {
    while (!signal.aborted) {
      try {
        if (this.caughtUp && !this.longPoll) await this.stream(signal);
        else await this.poll(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Ended) return this.hear.ended();
        await this.pause(signal);
      }
    }
  }
  pause(signal) {
    this.tries += 1;
    if (this.tries > 1 && !this.lost) {
      this.lost = true;
      this.hear.lost();
    }
    const wait = Math.min(30000, 500 * 2 ** this.tries) * (0.5 + Math.random() / 2);
    return this.sleep(wait, signal);
  }
  sleep(milliseconds, signal) {
    return new Promise((wake) => {
      setTimeout(wake, milliseconds);
      signal.addEventListener("abort", wake);
    });
  }
  alive() {
    if (this.lost) this.hear.found();
    this.tries = 0;
    this.lost = false;
  }
  // An inner signal that ends with the outer one or when nothing came for a while.
  watch(signal, milliseconds) {
    const inner = new AbortController();
    const watch = { signal: inner.signal, late: false };
    const end = () => inner.abort();
    const late = () => {
      watch.late = true;
      end();
    };
    watch.reset = (next) => {
      clearTimeout(watch.timer);
      watch.timer = setTimeout(late, next);
    };
    watch.done = () => {
      clearTimeout(watch.timer);
      signal.removeEventListener("abort", end);
      end();
    };
    signal.addEventListener("abort", end);
    watch.reset(milliseconds);
    return watch;
  }
  async stream(signal) {
    const watch = this.watch(signal, FIRST_BYTE);
    let heard = false;
    try {
      const { body } = await this.call("events?after=" + this.after, { signal: watch.signal });
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) throw new Error("ended");
        heard = true;
        watch.reset(SILENCE);
        this.alive();
        rest = this.take(rest + value.replaceAll("\r", ""));
      }
    } catch (error) {
      // nothing at all came, or nothing twice: something on the way holds streams back, so ask
      if (heard || signal.aborted || error instanceof Ended) throw error;
      if (!watch.late && !this.tries) throw error;
      this.longPoll = true;
    } finally {
      watch.done();
    }
  }
  take(text) {
    const frames = text.split("\n\n");
    const rest = frames.pop();
    for (const frame of frames) {
      const field = (name) => new RegExp(`^${name}: ?(.*)$`, "m").exec(frame)?.[1];
      const data = field("data");
      if (data) this.heard(field("event") || "message", JSON.parse(data));
    }
    return rest;
  }
  heard(event, data) {
    if (event === "typing") this.hear.typing(data);
    if (event === "state") this.hear.state(data);
    if (event !== "message" || data.seq <= this.after) return;
    this.after = data.seq;
    this.hear.message(data);
  }
  async poll(signal) {
    const wait = this.caughtUp ? 25 : 0;
    const watch = this.watch(signal, (wait + 20) * 1000);
    const began = Date.now();
    try {
      const response = await this.call(`messages?after=${this.after}&wait=${wait}`, { signal: watch.signal });
      const { messages, state } = await response.json();
      this.alive();
      for (const message of messages) if (!signal.aborted) this.heard("message", message);
      if (signal.aborted) return;
      if (state) this.hear.state(state);
      if (wait && !messages.length && Date.now() - began < 1000) await this.sleep(2000, signal);
      if (wait) return;
      this.caughtUp = true;
      this.hear.caughtUp();
    } finally {
      watch.done();
    }
  }
}
