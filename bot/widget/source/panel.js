// The open chat around the conversation: head, menu, state, form. Built at the first opening.
const LIMIT = 4000;
const COUNT_FROM = 200;
const TALLEST = 140;
const TYPING_TIME = 10000;
const SAID_TIME = 4000;
const length = (text) => [...text].length;

// `act` has send(text, payload), again(words), download(), close(), and keeps(): is there a conversation?
class Panel {
  constructor(speech, act) {
    this.speech = speech;
    this.act = act;
    this.log = new Log(speech, {
      choose: ({ title, payload }) => act.send(title, payload),
      again: act.again,
      rest: () => this.rest(),
      typing: (on) => this.typing(on),
    });
    this.build((key) => speech.say(key));
  }

  build(say) {
    const { log, speech } = this;
    this.title = make("h2", { id: "title", tabindex: -1 }, say("title"));
    this.state = make("p", { class: "state", role: "status" }, say("state_software"));
    this.menuButton = make("button", { type: "button", class: "tool", "aria-label": say("menu"), "aria-expanded": "false", "aria-controls": "menu", onclick: () => this.toggleMenu() }, icon(ICONS.menu));
    const close = make("button", { type: "button", class: "tool", "aria-label": say("close"), onclick: () => this.act.close() }, icon(ICONS.close));
    this.menu = this.buildMenu(say);
    this.status = make("p", { class: "status", role: "status" });
    this.root = make("section", { class: "panel", part: "panel", role: "dialog", "aria-labelledby": "title", "aria-describedby": "intro", lang: speech.spoken, dir: speech.direction, hidden: true, onkeydown: (event) => this.escape(event), onfocusout: (event) => this.leftMenu(event) },
      make("div", { class: "head" }, make("div", {}, this.title, this.state), this.menuButton, close, this.menu),
      log.root, log.jump, this.status, this.buildForm(say));
  }
  buildMenu(say) {
    const ask = (need) => () => this.act.send(say(need), "/" + need);
    const forget = () => (this.act.keeps() ? ask("forget_me")() : this.tell(say("nothing_kept")));
    const entries = [
      ["ask_person", ask("ask_person")],
      ["my_permissions", ask("my_permissions")],
      ["download", () => this.act.download()],
      ["forget_me", forget],
      ["stop_contacting_me", ask("stop_contacting_me")],
    ];
    return make("ul", { class: "menu", id: "menu", hidden: true },
      ...entries.map(([key, action]) =>
        make("li", {}, make("button", { type: "button", onclick: () => this.pick(action) }, say(key)))),
      make("li", {}, make("a", { href: BASE + "privacy?lang=" + this.speech.spoken }, say("privacy"))));
  }
  buildForm(say) {
    this.input = make("textarea", { id: "input", rows: 1, placeholder: say("placeholder"), enterkeyhint: "send", autocomplete: "off", onkeydown: (event) => this.key(event), oninput: () => this.typed() });
    const send = make("button", { type: "submit", class: "send", "aria-label": say("send") }, icon(ICONS.send));
    const submit = (event) => {
      event.preventDefault();
      this.submit();
    };
    return make("form", { onsubmit: submit }, make("label", { class: "unseen", for: "input" }, say("input_label")), this.input, send);
  }

  setState({ status, staff, waiting }) {
    const { speech } = this;
    const words = waiting > 1 ? speech.say("state_waiting", { count: waiting })
      : waiting === 1 ? speech.say("state_next")
      : status !== "open" ? speech.say("state_software")
      : staff ? speech.say("state_person", { name: staff })
      : speech.say("state_soon");
    if (this.state.textContent !== words) this.state.textContent = words;
    this.state.classList.toggle("live", status === "open" || waiting > 0);
  }
  // The dots are for the eye; the same is said in words that are not seen.
  typing(on, name) {
    clearTimeout(this.typingTimer);
    this.log.typing(on);
    if (on) this.typingTimer = setTimeout(() => this.typing(false), TYPING_TIME);
    this.whisper(on ? this.speech.say("typing", { name: name || this.speech.say("assistant") }) : "");
  }
  whisper(text) {
    const seen = this.status.textContent && !this.status.classList.contains("unseen");
    if (!seen) this.say(text, true);
  }
  say(text, unseen = false) {
    this.status.classList.toggle("unseen", unseen);
    if (this.status.textContent !== text) this.status.textContent = text;
  }
  tell(text) {
    clearTimeout(this.tellTimer);
    this.say(text);
    this.tellTimer = setTimeout(() => this.say(""), SAID_TIME);
  }

  toggleMenu(on = this.menu.hidden) {
    this.menu.hidden = !on;
    this.menuButton.setAttribute("aria-expanded", on);
    if (on) this.menu.querySelector("button").focus();
  }
  pick(action) {
    this.toggleMenu(false);
    this.rest();
    action();
  }
  leftMenu({ target, relatedTarget }) {
    const within = (node) => this.menu.contains(node);
    if (within(target) && !within(relatedTarget) && relatedTarget !== this.menuButton) this.toggleMenu(false);
  }
  escape(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (this.menu.hidden) return this.act.close();
    this.toggleMenu(false);
    this.menuButton.focus();
  }

  key(event) {
    // 229: the key that ends a composition in Safari
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.submit();
  }
  typed() {
    const { input, speech } = this;
    const left = LIMIT - length(input.value);
    input.style.height = "auto";
    input.style.height = Math.min(input.scrollHeight + 2, TALLEST) + "px";
    if (left < 0) this.say(speech.say("too_long", { count: -left }));
    else if (left < COUNT_FROM) this.say(speech.say("characters_left", { count: left }));
    else if (this.counting) this.say("");
    this.counting = left < COUNT_FROM;
  }
  submit() {
    const text = this.input.value.trim();
    this.input.focus();
    if (!text || length(text) > LIMIT) return;
    this.act.send(text, null);
    this.input.value = "";
    this.typed();
  }
  // On touch the focus stays off the input, or the keyboard would cover half of the chat.
  focus() {
    (touch() ? this.title : this.input).focus({ preventScroll: true });
  }
  rest() {
    (touch() ? this.log.root : this.input).focus({ preventScroll: true });
  }
}
