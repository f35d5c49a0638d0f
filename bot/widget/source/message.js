// One message as an element. `speech` gives words, dates and what a chosen button does.
class Speech {
  constructor(wanted) {
    this.language = wanted;
    this.spoken = TEXTS[wanted] ? wanted : "en";
    this.words = TEXTS[this.spoken];
    this.direction = /^(ar|ckb|fa|he|ps|ur|yi)$/.test(this.spoken) ? "rtl" : "ltr";
    this.region = navigator.languages.find((locale) => locale.split("-")[0] === this.spoken) || this.spoken;
  }
  say(key, values = {}) {
    return this.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }
  who({ author, name }) {
    if (author === "visitor") return this.say("you");
    if (author !== "staff") return this.say("assistant");
    return name ? this.say("person", { name }) : this.say("someone");
  }
  date(iso) {
    const day = new Date(iso + "T00:00:00Z");
    return new Intl.DateTimeFormat(this.region, { dateStyle: "medium", timeZone: "UTC" }).format(day);
  }
  time(iso) {
    return new Intl.DateTimeFormat(this.region, { timeStyle: "short" }).format(new Date(iso));
  }
  nameOf(language) {
    return new Intl.DisplayNames(this.spoken, { type: "language" }).of(language);
  }
}

const renderSource = (source, speech) => {
  const href = safeUrl(source.url);
  const facts = [
    source.reviewed ? speech.say("reviewed", { date: speech.date(source.reviewed) }) : speech.say("not_reviewed"),
    source.language && source.language !== speech.spoken
      && speech.say("in_language", { language: speech.nameOf(source.language) }),
  ];
  return make("li", {},
    href ? make("a", { href, hreflang: source.language }, source.title) : source.title,
    make("span", { class: "facts" }, facts.filter(Boolean).join(", ")),
    source.affiliate && make("span", { class: "affiliate" }, speech.say("affiliate", { name: source.affiliate })));
};

const renderSources = (sources, speech) =>
  make("figcaption", {},
    make("span", { class: "cap" }, speech.say(sources.length > 1 ? "sources" : "source")),
    make("ul", {}, ...sources.map((source) => renderSource(source, speech))));

// An answer is a quotation: what the server did not mark as one is marked here, whole. Links of
// a third party's passage say so, and tell that party nothing about this page.
const renderAnswer = (body, { sources, read_on: more }, speech) => {
  const figure = make("figure", {});
  const lang = sources[0].language !== speech.spoken && sources[0].language;
  figure.append(...body);
  if (!figure.querySelector("blockquote")) figure.replaceChildren(make("blockquote", { lang }, ...figure.childNodes));
  const href = more && safeUrl(more);
  if (href) figure.append(make("p", { class: "more" }, make("a", { href }, speech.say("read_on", { title: sources[0].title }))));
  figure.append(renderSources(sources, speech));
  if (figure.querySelector("mark")) figure.lastChild.append(make("span", { class: "facts" }, speech.say("marked")));
  if (sources.some((source) => source.affiliate))
    for (const link of figure.querySelectorAll("a")) Object.assign(link, { rel: "nofollow noopener sponsored", referrerPolicy: "no-referrer" });
  return figure;
};

// All choices of one question look the same and none is preselected.
const renderChoices = (buttons, speech, choose) =>
  make("div", { class: "choices", role: "group", "aria-label": speech.say("choices") },
    ...buttons.map((button) =>
      make("button", { type: "button", class: "choice", onclick: () => choose(button) }, button.title)));

const renderMessage = (message, speech, choose) => {
  const { author, kind, tree, text, sources, buttons } = message;
  const body = author !== "visitor" && tree ? [grow(tree)] : plain(text);
  const notice = author === "system" || kind === "handoff" || kind === "erased";
  const when = message.created_at && make("time", { datetime: message.created_at }, speech.time(message.created_at));
  return make("div", { class: `message ${notice ? "notice" : author} ${kind || "text"}`, part: "message", dir: "auto" },
    !notice && make("div", { class: "who" }, make("span", {}, speech.who(message)), when),
    kind === "answer" && sources?.length ? renderAnswer(body, message, speech) : make("div", { class: "body" }, ...body),
    kind !== "answer" && sources?.length > 0 && renderSources(sources, speech),
    buttons?.length > 0 && renderChoices(buttons, speech, choose));
};
