// The conversation as it is read: messages in order, choices, the typing dots, the way back down.
const NEAR_END = 60;
const ABOVE = 64;
const touch = () => matchMedia("(pointer: coarse)").matches;

// `act` has choose(button), again(words), rest() for a focus whose place is gone, typing(on).
class Log {
  constructor(speech, act) {
    this.speech = speech;
    this.act = act;
    this.own = new Map();
    this.intro = make("div", { class: "intro", id: "intro", "aria-live": "off" });
    this.dots = make("div", { class: "dots", hidden: true, "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    this.root = make("div", { class: "log", role: "log", tabindex: 0, "aria-label": speech.say("log"), "aria-relevant": "additions", onscroll: () => this.scrolled() }, this.intro, this.dots);
    this.jump = make("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon(ICONS.down), speech.say("new_messages"));
    this.introduce();
  }

  // The first words are here before anything is sent; the stored ones take their place.
  introduce(message) {
    const words = message?.tree ? grow(message.tree) : linked(message?.text || this.speech.say("disclosure"));
    this.intro.replaceChildren(words);
  }
  clear() {
    if (this.holdsFocus(this.root)) this.act.rest();
    this.own.clear();
    this.root.replaceChildren(this.intro, this.dots);
    this.introduce();
    this.jump.hidden = true;
  }

  add(message) {
    if (message.kind === "disclosure") return this.introduce(message);
    const own = message.client_id && this.own.get(message.client_id);
    if (own) return this.settle(own, message);
    const atEnd = this.atEnd();
    const element = renderMessage(message, this.speech, (button) => this.act.choose(button));
    if (message.author === "visitor") this.dropChoices();
    else this.act.typing(false);
    element.classList.toggle("same", this.follows(this.dots.previousElementSibling, element));
    this.root.insertBefore(element, this.dots);
    if (message.client_id) this.own.set(message.client_id, element);
    if (atEnd) this.show(element);
    else this.jump.hidden = false;
  }
  note(text) {
    this.add({ author: "system", kind: "text", text });
  }
  follows(before, element) {
    const who = (node) => node?.querySelector(".who span")?.textContent;
    return Boolean(who(element)) && who(before) === who(element);
  }
  // What was stored may have had a card number or an address taken out: show what is kept.
  settle(element, message) {
    const body = element.querySelector(".body");
    const parts = plain(message.text);
    this.sent(message.client_id);
    if (body.textContent !== parts.map((part) => part.textContent).join("")) body.replaceChildren(...parts);
  }

  // Words on their way, and words that did not get there: they stay where they were written.
  write({ id, text }) {
    this.add({ author: "visitor", client_id: id, text });
    this.toEnd();
  }
  sending(id) {
    const button = this.own.get(id)?.querySelector(".unsent button");
    if (button) button.disabled = true;
  }
  sent(id) {
    const element = this.own.get(id);
    const note = element?.querySelector(".unsent");
    if (!note) return;
    if (this.holdsFocus(note)) this.act.rest();
    element.classList.remove("failed");
    note.remove();
  }
  unsent(words, why) {
    const element = this.own.get(words.id);
    const button = element.querySelector(".unsent button");
    if (button) return button.removeAttribute("disabled");
    element.classList.add("failed");
    element.append(make("div", { class: "unsent" },
      make("span", {}, why),
      make("button", { type: "button", onclick: () => this.act.again(words) }, this.speech.say("try_again"))));
    this.toEnd();
  }

  // A choice is open until the visitor says something else.
  dropChoices() {
    for (const choices of this.root.querySelectorAll(".choices")) {
      if (this.holdsFocus(choices)) this.act.rest();
      choices.remove();
    }
  }
  holdsFocus(node) {
    return node.contains(this.root.getRootNode().activeElement);
  }
  typing(on) {
    const atEnd = this.atEnd();
    this.dots.hidden = !on;
    if (on && atEnd) this.toEnd();
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.root;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }
  scrolled() {
    if (this.atEnd()) this.jump.hidden = true;
  }
  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.jump.hidden = true;
  }
  // A long answer is read from its start, below the end of the question.
  show(element) {
    this.root.scrollTop = element.offsetTop - ABOVE;
  }
}
