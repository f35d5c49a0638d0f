"""What the page without JavaScript shows, and how: a `Page` becomes HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from markupsafe import Markup

from bot.channels.chat_tree import to_html
from bot.clock import new_id
from bot.conversation.types import OPEN
from bot.knowledge.render import AFFILIATE_REL
from bot.settings import Settings
from bot.web_keys import SETTINGS, TEXTS

Words = Mapping[str, str]
Messages = Sequence[Mapping[str, Any]]
# needs that are always one press away; each has its words under `widget.` or `chat.`
MENU = {
    "ask_person": "widget.ask_person",
    "my_permissions": "widget.my_permissions",
    "show_my_data": "chat.show_my_data",
    "forget_me": "widget.forget_me",
    "stop_contacting_me": "widget.stop_contacting_me",
}


@dataclass(frozen=True)
class Page:
    """What the next page shows. `draft` is what stays in the text field."""

    language: str
    token: str = ""
    messages: Messages = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    draft: str = ""
    notice: str = ""
    status: int = 200
    # an attempt that may have been stored is sent again under its own id
    form_id: str = ""

    @property
    def seen(self) -> int:
        return int(self.messages[-1]["seq"]) if self.messages else 0


def render(request: web.Request, page: Page) -> web.Response:
    """Return the page; nothing may keep it, because it holds the conversation's token."""
    settings, words = request.app[SETTINGS], request.app[TEXTS].get(page.language)
    context = {
        "page": page,
        "words": words,
        "menu": MENU,
        "form_id": page.form_id or new_id(),
        "disclosure": _disclosure(words["assistant.disclosure"], settings, page.language),
        "state": _state_words(words, page.state),
        "since": last_from_visitor(page.messages),
        "to_html": to_html,
        "affiliate_rel": AFFILIATE_REL,
    }
    response = aiohttp_jinja2.render_template("chat/chat.html", request, context)
    response.set_status(page.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def last_from_visitor(messages: Messages) -> int:
    return max((int(one["seq"]) for one in messages if one["author"] == "visitor"), default=0)


def open_buttons(messages: Messages) -> list[Mapping[str, Any]]:
    """Return the choices that are open: those since the visitor last said something."""
    since = last_from_visitor(messages)
    return [one for message in messages if message["seq"] > since for one in message["buttons"]]


def _state_words(words: Words, state: Mapping[str, Any]) -> str:
    """Say who is there, when it is not the assistant alone."""
    waiting, staff = state.get("waiting"), state.get("staff")
    if waiting:
        key = "widget.state_next" if waiting == 1 else "widget.state_waiting"
        return words[key].format(count=waiting)
    if state.get("status") != OPEN:
        return ""
    return words["widget.state_person"].format(name=staff) if staff else words["widget.state_soon"]


def _disclosure(text: str, settings: Settings, language: str) -> Markup:
    """Return the first words of every chat, their one `[words]({privacy})` as a link."""
    before, _, rest = text.partition("[")
    title, _, after = rest.partition("]({privacy})")
    address = f"{settings.base_url}/privacy?lang={language}"
    link = Markup('<a href="{}">{}</a>').format(address, title)
    named = before.format(organisation=settings.organisation)
    return Markup("{}{}{}").format(named, link, after.format(organisation=settings.organisation))
