"""`/desk/conversations/ID`: a live conversation, and what staff do in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from aiohttp import web
from sqlalchemy import Connection

from bot.conversation.store import get_conversation
from bot.conversation.stream import DESK
from bot.desk import acts, live
from bot.desk.endings import NotShared
from bot.desk.guard import AtDesk, form, see_other
from bot.desk.view import render, words_for
from bot.errors import BadInput, Conflict
from bot.handoff import live_handoff
from bot.keys import new_token
from bot.staff import staff_names
from bot.transcripts.reading import NEWEST
from bot.web_keys import DATABASE, KEYS, TEXTS, WAKEUPS

MAX_REPLY = 4000
_NONCE = re.compile(r"[\w-]{16,100}", re.ASCII)

Work = Callable[[Connection], object]


async def show(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    return await _page(request, desk)


async def take_over(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    conversation_id = request.match_info["id"]
    holder_id = (await form(request)).get("holder") or None

    def work(connection: Connection) -> None:
        line = _line(request, connection, "desk.visitor_joined", desk)
        acts.take_over(
            connection, conversation_id, desk.staff, desk.now, holder_id=holder_id, line=line
        )

    try:
        return await _do(request, desk, work)
    except Conflict:
        return await _lost_race(request, desk)


async def _lost_race(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    """Tell who took the conversation, and how long ago."""
    conversation_id, words = request.match_info["id"], words_for(request)

    def work(connection: Connection) -> tuple[str, str] | None:
        found = live_handoff(connection, conversation_id, desk.now)
        if found is None or found.staff_id is None or found.accepted_at is None:
            return None
        seconds = max(0, int((desk.now - found.accepted_at).total_seconds()))
        ago = f"{seconds} s" if seconds < 60 else words.duration(found.accepted_at, desk.now)
        return staff_names(connection)[found.staff_id], ago

    winner = await request.app[DATABASE].read(work)
    if winner is None:
        return await _page(request, desk)
    text = words.say("lost_race", name=winner[0], time=winner[1])
    return await _page(request, desk, status=409, problem=text)


async def reply(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    """Store the reply once, however often the form arrives; a refusal keeps the words."""
    conversation_id, entered = request.match_info["id"], await form(request)
    text, nonce = entered.get("text", "").strip(), entered.get("nonce", "")

    def work(connection: Connection) -> None:
        acts.reply(connection, conversation_id, desk.staff, desk.now, text=text, nonce=nonce)

    try:
        _check_reply(text, nonce)
        return await _do(request, desk, work)
    except (BadInput, Conflict) as error:
        problem = words_for(request).error(error)
        return await _page(request, desk, status=error.status, problem=problem, draft=text)


def _check_reply(text: str, nonce: str) -> None:
    if not text:
        raise BadInput("Write something first.", field="text", code="desk.reply_empty")
    if len(text) > MAX_REPLY:
        raise BadInput("The reply is too long.", field="text", code="desk.reply_long")
    if not _NONCE.fullmatch(nonce):
        raise BadInput("The form is incomplete.", field="nonce", code="access.csrf")


async def hand_back(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    conversation_id = request.match_info["id"]

    def work(connection: Connection) -> None:
        line = _line(request, connection, "desk.visitor_handed_back", desk)
        acts.hand_back(connection, conversation_id, desk.staff, desk.now, line)

    return await _end(request, desk, work, "handed_back")


async def resolve(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    conversation_id = request.match_info["id"]

    def work(connection: Connection) -> None:
        line = _line(request, connection, "desk.visitor_resolved", desk)
        acts.resolve(connection, conversation_id, desk.staff, desk.now, line)

    return await _end(request, desk, work, "resolved")


async def _end(request: web.Request, desk: AtDesk, work: Work, done: str) -> web.StreamResponse:
    try:
        await _do(request, desk, work)
    except Conflict as error:
        problem = words_for(request).error(error)
        return await _page(request, desk, status=error.status, problem=problem)
    except NotShared as error:
        if error.ending != done:  # else it was sent twice
            raise
    return see_other(f"/desk?done={done}")


async def _do(request: web.Request, desk: AtDesk, work: Work) -> web.StreamResponse:
    """Write, wake whoever follows this conversation, and return to its page."""
    conversation_id = request.match_info["id"]
    await asyncio.shield(request.app[DATABASE].write(work))
    request.app[WAKEUPS].notify(conversation_id, DESK)
    return see_other(f"/desk/conversations/{conversation_id}")


async def _page(
    request: web.Request,
    desk: AtDesk,
    *,
    status: int = 200,
    problem: str = "",
    draft: str = "",
) -> web.StreamResponse:
    keys, conversation_id = request.app[KEYS], request.match_info["id"]
    renewal = request.headers.get("X-Desk-Renewal") == "1"

    def work(connection: Connection) -> tuple[live.Live, dict[str, str]]:
        shown = live.read_live(
            connection, keys, conversation_id, staff_id=desk.staff.id, now=desk.now, renewal=renewal
        )
        return shown, dict(staff_names(connection))

    shown, names = await asyncio.shield(request.app[DATABASE].write(work))
    return render(
        request,
        "conversation.html",
        status,
        live=shown,
        names=names,
        problem=problem,
        draft=draft,
        nonce=new_token(),
        newest=NEWEST,
        max_reply=MAX_REPLY,
    )


def _line(request: web.Request, connection: Connection, key: str, desk: AtDesk) -> str:
    """Return what the visitor reads, in the language of the conversation."""
    language = get_conversation(connection, request.match_info["id"]).language
    return request.app[TEXTS].say(language, key, name=desk.staff.name)
