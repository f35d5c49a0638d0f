// Building nodes. Text becomes text, tags come from a list, and no string is ever read as markup.
const NAME = "askfirst-widget";
const SCRIPT = document.currentScript;
const BASE = new URL(".", SCRIPT ? SCRIPT.src : location.href).href;
const TEXTS = __TEXTS__;

const sheet = (css, media) => {
  const made = new CSSStyleSheet({ media });
  made.replaceSync(css);
  return made;
};

const make = (tag, properties, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
};

const icon = (path) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
};
const ICONS = {
  ask: "M4 5h16v11H10l-4 4v-4H4z",
  send: "M5 12h13M12 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  menu: "M5 12h.01M12 12h.01M19 12h.01",
  down: "M12 5v13M6 12l6 6 6-6",
};

const safeUrl = (value) => {
  try {
    const url = new URL(value, BASE);
    return /^(https?|mailto|tel):$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
};

const ALLOWED = new Set(
  "p ul ol li strong em code pre a mark table thead tbody tr th td h3 h4 blockquote br hr".split(" "),
);

// A tree is ["tag", {attributes}?, ...children], or a list of such trees. Of attributes only
// a link's address and a list's first number are used; an unknown tag is left out and its
// children stay. A table scrolls by itself.
const grow = (tree) => {
  if (!Array.isArray(tree)) return document.createTextNode(tree ?? "");
  const [tag, ...rest] = typeof tree[0] === "string" ? tree : [null, ...tree];
  const hasAttributes = rest[0] && typeof rest[0] === "object" && !Array.isArray(rest[0]);
  const attributes = hasAttributes ? rest.shift() : {};
  const href = tag === "a" && safeUrl(attributes.href);
  const known = ALLOWED.has(tag) && (tag !== "a" || href);
  const start = tag === "ol" && Number.isInteger(attributes.start) && String(attributes.start);
  const node = known ? make(tag, { href, start }) : document.createDocumentFragment();
  node.append(...rest.map(grow));
  return tag === "table" ? make("div", { class: "wide", tabindex: "0" }, node) : node;
};

// Words of ours with one [link](address) in them.
const linked = (text) =>
  make("p", {}, ...text.split(/(\[[^\]]+\]\([^)]+\))/).map((part) => {
    const [, title, address] = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part) || [];
    return title ? grow(["a", { href: address }, title]) : part;
  }));

const plain = (text) => text.split(/\n{2,}/).map((part) => make("p", {}, part));
