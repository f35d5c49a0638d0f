"""The pages that links in mails open. Opening one changes nothing; its one button does."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Connection, select

from bot.channels import privacy_pages
from bot.channels.link_pages import page, says_what_is_wrong
from bot.consent.contacts import open_contact_point
from bot.consent.events import ConsentEvent
from bot.conversation.stream import DESK
from bot.database.tables import conversation, notice
from bot.errors import ConsentRefused, Gone, TooSlow
from bot.follow_ups import FollowUp, confirm_follow_up, mask_address
from bot.follow_ups.links import CONFIRM_USE, UNSUBSCRIBE_USE
from bot.follow_ups.questions import State, find_question
from bot.follow_ups.unsubscribe import find_permission, unsubscribe
from bot.handoff import settle_status
from bot.web_body import in_time
from bot.web_keys import CLOCK, DATABASE, KEYS, SETTINGS, WAKEUPS

ONE_CLICK = ("List-Unsubscribe", "One-Click")
MAX_FORM_BYTES = 16 * 1024


@dataclass(frozen=True)
class Shown:
    """What a link's page says before its button is pressed."""

    language: str | None
    address: str
    state: State


def setup(app: web.Application) -> None:
    """Add the pages of mail links, of a visitor's data, and the privacy notice."""
    confirm, stop = "/follow-ups/confirm/{token}", "/permissions/unsubscribe/{token}"
    app.router.add_get(confirm, says_what_is_wrong(ask_confirmation))
    app.router.add_post(confirm, says_what_is_wrong(take_confirmation))
    app.router.add_get(stop, says_what_is_wrong(ask_unsubscribe))
    app.router.add_post(stop, says_what_is_wrong(take_unsubscribe))
    privacy_pages.setup(app)


async def ask_confirmation(request: web.Request) -> web.Response:
    """Show what a confirmation would allow, with the button that gives it."""
    event_id = _value(request, CONFIRM_USE)
    keys, now = request.app[KEYS], request.app[CLOCK].now()

    def read(connection: Connection) -> Shown:
        question = find_question(connection, event_id, now)
        if question.state in {"ended", "lapsed"}:
            raise Gone("This question is over.", code="follow_up.lapsed")
        address = open_contact_point(connection, keys, question.given.contact_point_id)
        language = _language(connection, question.given)
        return Shown(language, mask_address(address), question.state)

    shown = await request.app[DATABASE].read(read)
    return page(request, "confirm", language=shown.language, shown=shown)


async def take_confirmation(request: web.Request) -> web.Response:
    """Confirm; what was asked for is sent. Pressing again says the same and changes nothing."""
    event_id = _value(request, CONFIRM_USE)
    settings, now = request.app[SETTINGS], request.app[CLOCK].now()

    def write(connection: Connection) -> tuple[FollowUp, str | None]:
        given = find_permission(connection, event_id)
        try:
            confirmed = confirm_follow_up(connection, event_id, now, settings=settings)
        except ConsentRefused as error:  # it ended between the page and the button
            raise Gone("This question is over.", code="follow_up.lapsed") from error
        return confirmed, _language(connection, given)

    follow_up, language = await request.app[DATABASE].write(write)
    request.app[WAKEUPS].notify(follow_up.conversation_id, DESK)
    return page(request, "confirmed", language=language, kind=follow_up.kind)


async def ask_unsubscribe(request: web.Request) -> web.Response:
    """Show the button that ends one permission."""
    event_id = _value(request, UNSUBSCRIBE_USE)
    language = await request.app[DATABASE].read(
        lambda connection: _language(connection, find_permission(connection, event_id))
    )
    return page(request, "unsubscribe", language=language)


async def take_unsubscribe(request: web.Request) -> web.Response:
    """End one permission: the page's button, or a mail program's one click (RFC 8058).

    No cookie, no redirect, no reason asked; again is 200 too, and records nothing more.
    """
    event_id = _value(request, UNSUBSCRIBE_USE)
    method, now = await _method(request), request.app[CLOCK].now()

    def write(connection: Connection) -> tuple[str | None, list[str]]:
        given = find_permission(connection, event_id)
        unsubscribe(connection, event_id, now, method=method)
        settle_status(connection, given.visitor_id)
        return _language(connection, given), _conversations(connection, given.visitor_id)

    language, conversations = await request.app[DATABASE].write(write)
    request.app[WAKEUPS].notify(*conversations, DESK)
    return page(request, "unsubscribed", language=language)


def _value(request: web.Request, use: str) -> str:
    """Return what the link's token carries; raise `NotFound` if it is forged or for another use."""
    return request.app[KEYS].unsign(use, request.match_info["token"])


async def _method(request: web.Request) -> str:
    """Say how it was asked. Nothing in the body can keep a permission from ending."""
    body = b""
    with contextlib.suppress(TooSlow):
        body = await in_time(request.content.read(MAX_FORM_BYTES))
    name, value = (part.encode() for part in ONE_CLICK)
    return "one_click_post" if name in body and value in body else "email_link"


def _language(connection: Connection, event: ConsentEvent) -> str | None:
    """Return the language in which the permission was asked."""
    return connection.scalar(select(notice.c.language).where(notice.c.id == event.notice_id))


def _conversations(connection: Connection, visitor_id: str) -> list[str]:
    query = select(conversation.c.id).where(conversation.c.visitor_id == visitor_id)
    return list(connection.scalars(query))
