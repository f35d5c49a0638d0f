"""The doors: the one-time welcome of the first staff member, signing in, signing out."""

from __future__ import annotations

import asyncio
import logging
import re

from aiohttp import web

from bot.desk.guard import ATTEMPTS, COOKIE, SIGN_IN, AtDesk, find_desk, form, see_other
from bot.desk.view import render, words_for
from bot.errors import AskfirstError, BadInput, Conflict, NotSignedIn, TooMany
from bot.staff import (
    accept_invitation,
    check_invitation,
    close_session,
    hash_password,
)
from bot.staff import sign_in as open_session
from bot.staff.sessions import open_session as start_session
from bot.web_keys import CLOCK, DATABASE, SETTINGS

logger = logging.getLogger(__name__)

_INSIDE = re.compile(r"/desk(?:/[A-Za-z0-9_-]+)*")


async def show_welcome(request: web.Request) -> web.StreamResponse:
    await _check_invitation(request)
    return render(request, "welcome.html", entered={})


async def welcome(request: web.Request) -> web.StreamResponse:
    """Make the first account and sign it in. The link is used up with it."""
    _take_attempt(request)
    await _check_invitation(request)
    entered, token = await form(request), request.match_info["token"]
    database, now = request.app[DATABASE], request.app[CLOCK].now()
    try:
        hashed = await asyncio.to_thread(hash_password, entered.get("password", ""))
        session = await database.write(
            lambda c: start_session(
                c,
                accept_invitation(
                    c,
                    token,
                    email=entered.get("email", ""),
                    name=entered.get("name", ""),
                    password_hash=hashed,
                    now=now,
                ).id,
                now,
            )
        )
    except (BadInput, Conflict) as error:
        text = words_for(request).error(error)
        return render(
            request, "welcome.html", error.status, entered=entered, text=text, field=error.field
        )
    logger.info("the first staff member was added")
    return _let_in(request, session, "/desk")


async def _check_invitation(request: web.Request) -> None:
    token, now = request.match_info["token"], request.app[CLOCK].now()
    await request.app[DATABASE].read(lambda c: check_invitation(c, token, now))


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    if await find_desk(request) is not None:
        return see_other(_inside(request.query.get("next", "")))
    return render(request, "sign_in.html", entered={"next": request.query.get("next", "")})


async def sign_in(request: web.Request) -> web.StreamResponse:
    entered = await form(request)
    try:
        _take_attempt(request)
        session = await open_session(
            request.app[DATABASE],
            request.app[CLOCK],
            email=entered.get("email", ""),
            password=entered.get("password", ""),
        )
    except (NotSignedIn, TooMany) as error:
        return _sign_in_again(request, error, entered.get("email", ""), entered.get("next", ""))
    return _let_in(request, session, _inside(entered.get("next", "")))


def _sign_in_again(
    request: web.Request, error: AskfirstError, email: str, after: str
) -> web.Response:
    entered = {"email": email, "next": after}
    text = words_for(request).error(error)
    return render(request, "sign_in.html", error.status, entered=entered, text=text)


async def sign_out(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    await request.app[DATABASE].write(lambda c: close_session(c, desk.token))
    response = see_other(SIGN_IN)
    response.del_cookie(COOKIE, path="/desk")
    return response


def _take_attempt(request: web.Request) -> None:
    if not request.app[ATTEMPTS].take(request.remote or "", request.app[CLOCK].now()):
        raise TooMany("Too many attempts. Wait a minute.", code="staff.sign_in_rate")


def _let_in(request: web.Request, session: str, path: str) -> web.Response:
    response = see_other(path)
    response.set_cookie(
        COOKIE,
        session,
        path="/desk",
        httponly=True,
        samesite="Lax",
        secure=request.app[SETTINGS].base_url.startswith("https:"),
    )
    return response


def _inside(path: str) -> str:
    """Return where to go after signing in: only ever a page of the desk."""
    return path if _INSIDE.fullmatch(path) and path != "/desk/stream" else "/desk"
