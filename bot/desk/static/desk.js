// Keeps an open desk page up to date. Without it everything works by reloading.
//
// The stream says only that something is new; the page then fetches itself and takes over the
// parts marked `data-renew`. So the server alone decides what may be seen.
"use strict";

const page = document.body.dataset;
const byId = (id) => document.getElementById(id);

// -- times: in the reader's zone, and moving on ------------------------------------------------

const localTime = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium", timeStyle: "short",
});

const duration = (since) => {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 60000));
  const rest = `${minutes % 60} ${page.minute}`;
  return minutes < 60 ? rest : `${Math.floor(minutes / 60)} ${page.hour} ${rest}`;
};

const set = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const tick = () => {
  for (const element of document.querySelectorAll("[data-since]")) set(element, duration(element.dataset.since));
  for (const element of document.querySelectorAll("time[data-local]")) set(element, localTime.format(new Date(element.dateTime)));
};

// -- taking over what is new ---------------------------------------------------------------------

const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
const toEnd = (box) => { box.scrollTop = box.scrollHeight; };

// What the server sent for a part, before times were put into the reader's zone.
const original = new WeakMap();

const renewLog = (log, fresh) => {
  const follow = atEnd(byId("box"));
  for (const item of [...fresh.children]) {
    const known = byId(item.id);
    const source = item.outerHTML;
    if (known && original.get(known) === source) continue;
    original.set(item, source);
    if (known) known.replaceWith(item);
    else log.append(item);
  }
  if (follow) toEnd(byId("box"));
};

const renewPart = (part, fresh) => {
  const source = fresh.innerHTML;
  if (original.get(part) === source) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(...fresh.childNodes);
  original.set(part, source);
  if (focused) byId(focused)?.focus();
};

const renewComposer = (composer, fresh) => {
  if (composer.dataset.mine === fresh.dataset.mine) {
    if (composer.dataset.mine === "no") renewPart(composer, fresh);
    return;
  }
  composer.replaceWith(fresh);
  startComposer();
};

const remember = () => {
  for (const part of document.querySelectorAll("[data-renew]")) original.set(part, part.innerHTML);
  for (const item of document.querySelectorAll("#log > li")) original.set(item, item.outerHTML);
};

const takeOver = (fresh) => {
  const ended = fresh.querySelector("[data-ended]");
  if (ended) {
    byId("live")?.replaceWith(ended);
    document.title = fresh.title;
    return;
  }
  for (const part of document.querySelectorAll("[data-renew]")) {
    const found = fresh.getElementById(part.id);
    if (!found) continue;
    if (part.dataset.renew === "log") renewLog(part, found);
    else if (part.dataset.renew === "composer") renewComposer(part, found);
    else renewPart(part, found);
  }
  tick();
};

const parse = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");

// One fetch at a time; what arrives meanwhile asks for one more.
let fetching = false;
let again = false;
const renew = async () => {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const response = await fetch(location.href, { headers: { "X-Desk-Renewal": "1" } });
    if (response.redirected) location.reload();
    else takeOver(await parse(response));
  } catch {
    connected(page.lost); // the stream comes back by itself and asks again
  } finally {
    fetching = false;
    if (again) { again = false; renew(); }
  }
};

// -- the stream ----------------------------------------------------------------------------------

const connected = (text) => set(byId("link"), text);

const showWaiting = (waiting) => {
  const count = byId("count");
  set(count, String(waiting));
  count.hidden = waiting === 0;
  document.title = (waiting ? `(${waiting}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  const text = byId("waiting-text");
  if (text) set(text, waiting === 0 ? page.none : waiting === 1 ? page.one : page.many.replace("#", waiting));
};

const listen = () => {
  const stream = new EventSource(page.stream);
  stream.onopen = () => connected(page.live);
  // closed for good: the answer was no stream, because the session is over
  stream.onerror = () => connected(stream.readyState === EventSource.CLOSED ? page.over : page.lost);
  stream.addEventListener("queue", (event) => {
    showWaiting(JSON.parse(event.data).waiting);
    if (byId("queue")) renew();
  });
  stream.addEventListener("conversation", renew);
  stream.addEventListener("ended", renew);
  stream.addEventListener("signed_out", () => { stream.close(); location.reload(); });
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
};

// -- the reply: sent without leaving the page, the draft kept until it is stored -------------------

const draftKey = () => `desk-draft-${byId("live").dataset.conversation}`;

const refuse = (text) => {
  const note = document.createElement("p");
  note.className = "problem";
  note.setAttribute("role", "alert");
  note.textContent = text;
  byId("problem").replaceChildren(note);
  original.delete(byId("problem"));
};

const send = async (form) => {
  const text = form.elements.text;
  const button = form.querySelector("button");
  if (button.disabled || !text.value.trim()) return;
  button.disabled = true;
  const sent = text.value;
  try {
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (new URL(response.url).pathname === "/desk/sign-in") return location.reload(); // the draft stays
    const fresh = await parse(response);
    const nonce = fresh.querySelector("#reply [name=nonce]");
    if (response.ok && nonce) {
      form.elements.nonce.value = nonce.value;
      text.value = text.value === sent ? "" : text.value;
      sessionStorage.removeItem(draftKey());
    }
    if (fresh.querySelector("#live")?.matches("[data-conversation], [data-ended]")) takeOver(fresh);
    else refuse(fresh.querySelector(".problem")?.textContent ?? page.notSent);
    if (response.ok && byId("box")) toEnd(byId("box"));
  } catch {
    refuse(page.notSent);
  } finally {
    button.disabled = false;
    text.focus();
  }
};

const startComposer = () => {
  const form = byId("reply");
  if (!form) return;
  const text = form.elements.text;
  text.value ||= sessionStorage.getItem(draftKey()) ?? "";
  text.addEventListener("input", () => sessionStorage.setItem(draftKey(), text.value));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
};

remember();
startComposer();
tick();
setInterval(tick, 15000);
if (byId("box")) toEnd(byId("box"));
listen();
