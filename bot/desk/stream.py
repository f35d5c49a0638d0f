"""`/desk/stream`: tells an open desk page that something is new. It carries no words at all.

The page then fetches itself, so that what staff may see is decided in one place. While the
stream is open its owner counts as present, and their session does not idle out.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aiohttp import web
from sqlalchemy import Connection, select

from bot.conversation.stream import DESK
from bot.database.tables import conversation
from bot.desk.endings import ending_of
from bot.desk.guard import AtDesk
from bot.errors import NotFound
from bot.handoff import REQUESTED, live_handoff, queue
from bot.staff import renew_session
from bot.web_keys import CLOCK, DATABASE, WAKEUPS

# Rows are looked at this often even without a wake-up: another process may have written them.
LOOK_SECONDS = 5.0
PRESENCE_SECONDS = 20.0


@dataclass(frozen=True)
class State:
    """What an open page shows, in short; when it differs, there is news."""

    waiting: int
    queue: tuple[object, ...]
    conversation: tuple[object, ...] | None = None
    ending: str | None = None


async def follow(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    stream = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    conversation_id = request.query.get("conversation", "")[:64].replace("\x00", "")
    wakeups = request.app[WAKEUPS]
    async with wakeups.listen(DESK) as news, wakeups.listen(conversation_id or DESK) as more:
        await stream.prepare(request)
        await _tell_news(request, stream, desk, conversation_id, (news, more))
    return stream


async def _tell_news(
    request: web.Request,
    stream: web.StreamResponse,
    desk: AtDesk,
    conversation_id: str,
    signals: tuple[asyncio.Event, ...],
) -> None:
    app, told, renewed = request.app, None, float("-inf")
    loop = asyncio.get_running_loop()
    while not app[WAKEUPS].closed:
        for signal in signals:
            signal.clear()
        now = app[CLOCK].now()
        if loop.time() - renewed >= PRESENCE_SECONDS:
            renewed = loop.time()
            if not await _renew(request, desk, now):
                await stream.write(_event("signed_out", {}))
                return
        look = partial(_look, conversation_id=conversation_id, now=now)
        state = await app[DATABASE].read(look)
        await stream.write(_news(state, told) or b": beat\n\n")
        told = state
        await _wait(signals)


async def _renew(request: web.Request, desk: AtDesk, now: datetime) -> bool:
    return await asyncio.shield(
        request.app[DATABASE].write(lambda c: renew_session(c, desk.token, now))
    )


async def _wait(signals: tuple[asyncio.Event, ...]) -> None:
    """Wait for any signal, or until it is time to look again."""
    waiters = [asyncio.create_task(signal.wait()) for signal in signals]
    try:
        await asyncio.wait(waiters, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()


def _look(connection: Connection, conversation_id: str, now: datetime) -> State:
    items = queue(connection, now)
    waiting = sum(item.state == REQUESTED for item in items)
    shown = tuple((item.id, item.state, item.staff_id) for item in items)
    if not conversation_id:
        return State(waiting, shown)
    found = live_handoff(connection, conversation_id, now)
    if found is None:
        return State(waiting, shown, ending=_ending(connection, conversation_id))
    last_seq = connection.execute(
        select(conversation.c.last_seq).where(conversation.c.id == conversation_id)
    ).scalar_one()
    return State(waiting, shown, conversation=(last_seq, found.state, found.staff_id))


def _ending(connection: Connection, conversation_id: str) -> str:
    try:
        return ending_of(connection, conversation_id)
    except NotFound:
        return "never"


def _news(state: State, told: State | None) -> bytes:
    """Return the events by which a page learns that it is behind; nothing if it is not."""
    events = b""
    if told is None or (state.waiting, state.queue) != (told.waiting, told.queue):
        events += _event("queue", {"waiting": state.waiting})
    if state.conversation and (told is None or state.conversation != told.conversation):
        events += _event("conversation", {"seq": state.conversation[0]})
    if state.ending and (told is None or state.ending != told.ending):
        events += _event("ended", {"reason": state.ending})
    return events


def _event(name: str, content: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(content)}\n\n".encode()
