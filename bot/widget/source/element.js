// The element on the page: a launcher at first, the panel and the wire when they are asked for.
const IDLE = 60000;
const NARROW = "(max-width: 480px), (max-height: 480px)";

class AskfirstWidget extends HTMLElement {
  connectedCallback() {
    if (!this.speech) this.setUp();
    this.leaving = new AbortController();
    const on = (target, event, action) => target?.addEventListener(event, action, { signal: this.leaving.signal });
    on(window, "pagehide", () => this.wire.stop());
    on(window, "pageshow", (event) => event.persisted && this.resume());
    on(window, "online", () => this.back());
    on(matchMedia(NARROW), "change", () => this.fit());
    on(window.visualViewport, "resize", () => this.fit());
    on(window.visualViewport, "scroll", () => this.fit());
    if (this.wire.token) this.resume();
    else this.restore();
  }
  disconnectedCallback() {
    this.leaving.abort();
    this.wire.stop();
    this.cover(false);
  }

  setUp() {
    const wanted = this.dataset.language || document.documentElement.lang || navigator.language || "en";
    const { theme } = this.dataset;
    const dark = theme === "dark" ? "all" : theme === "light" ? "not all" : "(prefers-color-scheme: dark)";
    this.speech = new Speech(wanted.toLowerCase().split("-")[0]);
    this.wire = new Wire(this.hearWire(), this.speech.language);
    this.outbox = new Outbox(this.wire, this.hearOutbox());
    this.kept = { open: false, live: false, seen: 0 };
    this.toSend = [];
    this.badge = make("span", { class: "badge", hidden: true, "aria-hidden": "true" });
    this.launcher = make("button", { type: "button", class: "launcher", part: "launcher", lang: this.speech.spoken, "aria-haspopup": "dialog", onclick: () => this.open() }, icon(ICONS.ask), make("span", {}, this.speech.say("launcher")), this.badge);
    this.root = make("div", { class: "root" }, this.launcher);
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet(__CSS__, "all"), sheet(__DARK__, dark)];
    shadow.append(this.root);
    this.count(0);
  }
  build() {
    if (this.panel) return;
    this.panel = new Panel(this.speech, {
      send: (text, payload) => this.ask(text, payload),
      again: ({ id }) => this.outbox.deliver(id),
      download: () => this.download(),
      close: () => this.close(),
      keeps: () => Boolean(this.wire.token),
    });
    this.root.prepend(this.panel.root);
  }

  // What the tab kept: an open chat opens where it was, without taking the focus.
  restore() {
    const kept = keep.read();
    if (!kept?.token) return;
    const { open, live, seen } = kept;
    this.kept = { open, live, seen };
    this.wire.adopt(kept);
    this.toSend = kept.unsent || [];
    if (open) this.unfold();
    else if (live) this.resume();
  }
  save() {
    const { id, token } = this.wire;
    if (token) keep.write({ ...this.kept, id, token, unsent: this.toSend.concat(this.outbox.kept()) });
  }
  resume() {
    this.build();
    if (this.isOpen || this.kept.live) this.wire.follow();
  }
  back() {
    this.wire.tries = 0;
    this.wire.longPoll = false;
    if (this.wire.run) this.wire.follow();
    this.outbox.deliverAll();
  }

  open() {
    if (this.isOpen) return;
    this.unfold();
    this.panel.focus();
    this.dispatchEvent(new CustomEvent("askfirst:open", { bubbles: true, composed: true }));
  }
  unfold() {
    this.build();
    clearTimeout(this.idle);
    this.isOpen = this.kept.open = true;
    this.launcher.hidden = true;
    this.panel.root.hidden = false;
    this.count(0);
    this.fit();
    this.panel.log.toEnd();
    if (!this.wire.run) this.wire.follow();
    this.save();
  }
  close() {
    if (!this.isOpen) return;
    this.isOpen = this.kept.open = false;
    this.panel.toggleMenu(false);
    this.panel.root.hidden = true;
    this.launcher.hidden = false;
    this.launcher.focus();
    this.fit();
    this.save();
    this.idle = setTimeout(() => this.kept.live || this.wire.stop(), IDLE);
    this.dispatchEvent(new CustomEvent("askfirst:close", { bubbles: true, composed: true }));
  }
  count(unread) {
    const { speech } = this;
    const news = speech.say(unread === 1 ? "unread_one" : "unread_many", { count: unread });
    this.unread = unread;
    this.badge.hidden = !unread;
    this.badge.textContent = unread > 9 ? "9+" : unread || "";
    this.launcher.setAttribute("aria-label", speech.say("launcher") + (unread ? ", " + news : ""));
  }

  // On a small screen the panel is all there is, above the keyboard; the page behind rests.
  fit() {
    const all = Boolean(this.isOpen) && matchMedia(NARROW).matches;
    const view = window.visualViewport;
    this.cover(all);
    if (!this.panel) return;
    const { root } = this.panel;
    root.style.setProperty("--height", all && view ? view.height + "px" : "");
    root.style.setProperty("--top", all && view ? view.offsetTop + "px" : "");
    if (all) root.setAttribute("aria-modal", "true");
    else root.removeAttribute("aria-modal");
  }
  cover(all) {
    if (all && document.body && !document.body.inert) {
      this.covered = document.body;
      this.covered.inert = true;
    } else if (!all && this.covered) {
      this.covered.inert = false;
      this.covered = null;
    }
  }

  hearWire() {
    const { speech } = this;
    return {
      begun: () => this.save(),
      message: (message) => this.take(message),
      typing: ({ on, name }) => this.panel.typing(on, name),
      state: (state) => this.setState(state),
      caughtUp: () => this.caughtUp(),
      ended: () => this.startAfresh(speech.say("ended")),
      lost: () => this.panel.say(speech.say("offline")),
      found: () => this.panel.tell(speech.say("online")),
    };
  }
  hearOutbox() {
    const { speech } = this;
    return {
      changed: () => this.save(),
      sending: ({ id }) => {
        this.panel.log.sending(id);
        if (!this.kept.live) this.panel.typing(true);
      },
      sent: ({ id }) => this.panel.log.sent(id),
      failed: (words, { status }) => {
        this.panel.typing(false);
        this.panel.log.unsent(words, speech.say(status === 413 ? "not_sent_size" : "not_sent"));
      },
      ended: ({ text }) => {
        if (this.wire.token) this.startAfresh(speech.say("ended"));
        this.panel.input.value ||= text;
        this.panel.typed();
      },
    };
  }

  take(message) {
    const { log } = this.panel;
    if (message.kind === "erased") return this.startAfresh(message);
    // what is replayed was read before
    log.root.setAttribute("aria-live", this.wire.caughtUp ? "polite" : "off");
    log.add(message);
    if (!this.wire.caughtUp) log.toEnd();
    this.outbox.settle(message.client_id);
    const fresh = message.author !== "visitor" && message.kind !== "disclosure" && message.seq > this.kept.seen;
    if (this.isOpen) this.kept.seen = message.seq;
    else if (fresh) this.count(this.unread + 1);
    this.save();
  }
  setState(state) {
    this.kept.live = state.status === "open" || state.waiting > 0;
    this.panel.setState(state);
    this.save();
  }
  caughtUp() {
    const { log } = this.panel;
    log.root.setAttribute("aria-live", "polite");
    for (const words of this.toSend.splice(0)) {
      if (log.own.has(words.id)) continue;
      log.write(words);
      this.outbox.put(words);
    }
  }
  // The conversation is no more: nothing of it stays here, and asking again simply works.
  startAfresh(note) {
    const { panel } = this;
    this.wire.forget();
    this.outbox.clear();
    keep.write(null);
    this.kept = { open: Boolean(this.isOpen), live: false, seen: 0 };
    this.count(0);
    panel.log.clear();
    panel.typing(false);
    panel.setState({});
    if (typeof note === "string") panel.log.note(note);
    else panel.log.add(note);
  }

  ask(text, payload = null) {
    const words = { id: newId(), text, payload };
    this.open();
    this.panel.log.write(words);
    this.outbox.put(words);
  }
  async download() {
    const { panel, speech, wire } = this;
    if (!wire.token) return panel.tell(speech.say("nothing_kept"));
    try {
      const href = URL.createObjectURL(await (await wire.call("data")).blob());
      make("a", { href, download: "my-data.json" }).click();
      setTimeout(() => URL.revokeObjectURL(href), 10000);
      panel.tell(speech.say("downloaded"));
    } catch (error) {
      if (error instanceof Ended) this.startAfresh(speech.say("ended"));
      else panel.tell(speech.say("download_failed"));
    }
  }
}

if (!customElements.get(NAME)) customElements.define(NAME, AskfirstWidget);

// Beside <body>, not in it: pages that swap their body keep the chat.
const place = () => {
  if (document.querySelector(NAME)) return;
  const element = document.createElement(NAME);
  Object.assign(element.dataset, SCRIPT?.dataset);
  document.documentElement.append(element);
};
if (document.readyState === "loading") addEventListener("DOMContentLoaded", place);
else place();
