"""`/desk`: the inbox."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.desk.guard import AtDesk
from bot.desk.view import render
from bot.desk.waiting import read_inbox
from bot.web_keys import DATABASE, KNOWLEDGE

_DONE = frozenset({"handed_back", "resolved"})


async def show(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    database = request.app[DATABASE]
    rows = await asyncio.shield(database.write(lambda c: read_inbox(c, desk.staff.id, desk.now)))
    waiting = [row for row in rows if row.waits]
    mine = [row for row in rows if row.handoff.staff_id == desk.staff.id]
    others = [row for row in rows if not row.waits and row not in mine]
    done = request.query.get("done", "")
    return render(
        request,
        "inbox.html",
        rows=rows,
        groups=[("queue_waiting", waiting), ("queue_mine", mine), ("queue_others", others)],
        done=done if done in _DONE else "",
        held_back=request.app[KNOWLEDGE].held_back,
    )
