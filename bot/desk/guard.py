"""Who may come in: sessions, the form token, and no writes from other sites."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from bot.desk.view import AT_DESK, problem_page
from bot.errors import AskfirstError, BadInput, NotAllowed
from bot.handoff import REQUESTED, queue
from bot.staff import Session, Staff, find_session, renew_session
from bot.web_body import in_time
from bot.web_guard import Bucket, refuse_foreign_write
from bot.web_keys import CLOCK, DATABASE, KEYS

logger = logging.getLogger(__name__)

COOKIE = "askfirst_desk"
SIGN_IN = "/desk/sign-in"
RENEW_AFTER = timedelta(seconds=20)
ATTEMPTS = web.AppKey("desk_attempts", Bucket)


@dataclass(frozen=True)
class AtDesk:
    """A request of somebody who is signed in. `waiting` is how many visitors wait now."""

    staff: Staff
    token: str = field(repr=False)
    form_token: str = field(repr=False)
    waiting: int
    now: datetime


Page = Callable[[web.Request], Awaitable[web.StreamResponse]]
DeskPage = Callable[[web.Request, AtDesk], Awaitable[web.StreamResponse]]


def outside(page: Page) -> Page:
    """Serve a page that needs no session: errors as pages, nothing cached, no foreign writes."""

    @wraps(page)
    async def served(request: web.Request) -> web.StreamResponse:
        try:
            refuse_foreign_write(request)
            response = await page(request)
        except AskfirstError as error:
            if error.status >= 500:
                raise
            response = problem_page(request, error)
        if not response.prepared:
            response.headers["Cache-Control"] = "no-store"
        return response

    return served


def signed_in(page: DeskPage) -> Page:
    """Serve a page to staff alone; everybody else is sent to the sign-in page."""

    @wraps(page)
    async def served(request: web.Request) -> web.StreamResponse:
        desk = await find_desk(request)
        if desk is None:
            after = f"?next={quote(request.path)}" if request.method == "GET" else ""
            return see_other(f"{SIGN_IN}{after}")
        request[AT_DESK] = desk
        if request.method == "POST":
            given = (await form(request)).get("form_token", "")
            if not hmac.compare_digest(given.encode(), desk.form_token.encode()):
                raise NotAllowed("The form is out of date.", code="access.csrf")
        return await page(request, desk)

    return outside(served)


async def find_desk(request: web.Request) -> AtDesk | None:
    """Return who is signed in, noting that they are here."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    now, database = request.app[CLOCK].now(), request.app[DATABASE]

    def work(connection: Connection) -> tuple[Session, int] | None:
        session = find_session(connection, token, now)
        if session is None:
            return None
        return session, sum(item.state == REQUESTED for item in queue(connection, now))

    found = await database.read(work)
    if found is None:
        return None
    session, waiting = found
    seen = session.staff.last_seen_at
    if seen is None or now - seen > RENEW_AFTER:
        await asyncio.shield(database.write(lambda c: renew_session(c, token, now)))
    return AtDesk(session.staff, token, form_token(request, token), waiting, now)


def form_token(request: web.Request, session_token: str) -> str:
    """Return what every form of a session carries: derived from it, so it needs no storage."""
    return request.app[KEYS].look_up(f"desk form {session_token}")


async def form(request: web.Request) -> Mapping[str, str]:
    """Return the text fields of a form; raise `BadInput` for what cannot be read as one."""
    try:
        posted = await in_time(request.post())
    except (ValueError, LookupError) as error:  # broken encodings and multipart bodies
        raise BadInput("The form cannot be read.", code="input.form") from error
    return {
        name: value.replace("\x00", "").replace("\r\n", "\n")
        for name, value in posted.items()
        if isinstance(value, str)
    }


def see_other(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
