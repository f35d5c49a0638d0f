"""`/chat`: the chat without JavaScript. A form carries the token; nothing is put on the device."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiohttp import web

from bot.channels.chat_view import MENU, Messages, Page, Words, open_buttons, render
from bot.clock import new_id
from bot.errors import AskfirstError, BadInput, Gone, NotSignedIn, TooLarge, Unavailable
from bot.intake import MAX_CHARS
from bot.turns import Turns
from bot.web_body import in_time
from bot.web_keys import SETTINGS, TEXTS, TURNS

CHANNEL = "chat"


@dataclass(frozen=True)
class Form:
    """What the visitor's page sent. `choice` is the payload of the button that was pressed."""

    token: str
    text: str
    choice: str
    checks: bool
    form_id: str
    seen: int
    language: str


def setup(app: web.Application) -> None:
    """Add `/chat`."""
    app.router.add_get("/chat", show)
    app.router.add_post("/chat", receive)


async def show(request: web.Request) -> web.Response:
    """Show an empty chat: nothing exists until the visitor sends something."""
    return render(request, Page(_language(request, request.query.get("lang", ""))))


async def receive(request: web.Request) -> web.Response:
    """Run a turn and show the conversation anew; what went wrong keeps the typed text."""
    form = await _read_form(request)
    turns, words = request.app[TURNS], request.app[TEXTS].get(form.language)
    page = Page(form.language, form.token, draft=form.text)
    try:
        page = await _load(turns, page)
        page = await _answer(turns, words, form, page)
    except (NotSignedIn, Gone):
        page = Page(form.language, draft=form.text, notice=words["chat.ended"], status=410)
    except Unavailable as error:
        notice = words["chat.unavailable"]
        page = replace(page, notice=notice, status=error.status, form_id=form.form_id)
    except AskfirstError as error:
        page = replace(page, notice=error.message, status=error.status)
    return render(request, page)


async def _read_form(request: web.Request) -> Form:
    try:
        data = await in_time(request.post())
    except (ValueError, LookupError) as error:  # broken encodings and multipart bodies
        raise BadInput("The form cannot be read.", code="input.form") from error
    fields = {
        key: value.encode(errors="replace").decode().replace("\x00", "")
        for key, value in data.items()
        if isinstance(value, str)
    }
    seen = fields.get("seen", "")[:10]
    return Form(
        token=fields.get("token", ""),
        # browsers send line breaks in forms as CRLF
        text=fields.get("text", "").replace("\r\n", "\n"),
        choice=fields.get("choice", ""),
        checks="check" in fields,
        form_id=fields.get("form_id", "")[:100] or new_id(),
        seen=int(seen) if seen.isascii() and seen.isdigit() else 0,
        language=_language(request, fields.get("lang", "")),
    )


async def _load(turns: Turns, page: Page) -> Page:
    """Fill a page with its conversation as it is now; an erased one leaves its last words."""
    if not page.token:
        return page
    conversation = await turns.conversation_of(page.token)
    messages: Messages = await turns.messages_after(conversation.id, 0)
    erased = [message for message in messages if message["kind"] == "erased"]
    if erased:
        return replace(page, token="", messages=erased[-1:], state={})
    return replace(page, messages=messages, state=await turns.state_of(conversation.id))


async def _answer(turns: Turns, words: Words, form: Form, page: Page) -> Page:
    if form.checks:
        return replace(page, notice=words["chat.checked"] if page.seen <= form.seen else "")
    text = _words_to_send(form, page.messages, words)
    token = await _run_turn(turns, form, text, page.token)
    return await _load(turns, replace(page, token=token, draft=form.text if form.choice else ""))


def _words_to_send(form: Form, messages: Messages, words: Words) -> str:
    """Return what the visitor says; a button counts only if it was really offered."""
    if form.choice:
        key = MENU.get(form.choice.removeprefix("/"))
        offered = {str(one["payload"]): str(one["title"]) for one in open_buttons(messages)}
        text = words[key] if key else offered.get(form.choice, "")
        problem = "chat.no_choice"
    else:
        text, problem = form.text.strip(), "chat.empty"
    if not text:
        raise BadInput(words[problem], field="text")
    if len(text) > MAX_CHARS:
        notice = words["widget.too_long"].format(count=len(text) - MAX_CHARS)
        raise TooLarge(notice, field="text")
    return text


async def _run_turn(turns: Turns, form: Form, text: str, token: str) -> str:
    """Give the words to the assistant, wait for its reply, and return the chat's token."""
    if token:
        conversation = await turns.conversation_of(token)
    else:
        conversation, token = await turns.start_conversation(CHANNEL, form.language)
    payload = form.choice or None
    await turns.receive(conversation, text=text, payload=payload, native_id=form.form_id, wait=True)
    return token


def _language(request: web.Request, wanted: str) -> str:
    """Return the language asked for, else the browser's first that is spoken, else ours."""
    spoken = request.app[TEXTS].languages
    header = request.headers.get("Accept-Language", "")
    candidates = [wanted, *(part.split(";")[0].strip() for part in header.split(","))]
    codes = (code.split("-")[0].lower() for code in candidates)
    return next((code for code in codes if code in spoken), request.app[SETTINGS].languages[0])
