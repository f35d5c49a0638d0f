"""`/desk/follow-ups`: mails that wait, fail or need their words written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import Connection

from bot.desk.follow_up_rows import (
    Confirmation,
    FollowUpRow,
    list_follow_ups,
    read_follow_up,
    schedule_news,
    unsent_confirmations,
)
from bot.desk.guard import AtDesk, form, see_other
from bot.desk.view import render, words_for
from bot.errors import BadInput
from bot.web_keys import DATABASE, KEYS

MAX_NEWS = 8000


async def show_list(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    keys = request.app[KEYS]

    def work(connection: Connection) -> tuple[Sequence[FollowUpRow], Sequence[Confirmation]]:
        return list_follow_ups(connection, keys, desk.now), unsent_confirmations(connection)

    rows, confirmations = await request.app[DATABASE].read(work)
    done = request.query.get("done") == "news"
    return render(request, "follow_ups.html", rows=rows, confirmations=confirmations, done=done)


async def show(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    return await _page(request, desk)


async def write_news(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    follow_up_id = request.match_info["id"]
    text = (await form(request)).get("text", "").strip()
    try:
        _check(text)
    except BadInput as error:
        problem = words_for(request).error(error)
        return await _page(request, desk, status=error.status, problem=problem, draft=text)
    await asyncio.shield(
        request.app[DATABASE].write(lambda c: schedule_news(c, follow_up_id, text, desk.now))
    )
    return see_other("/desk/follow-ups?done=news")


def _check(text: str) -> None:
    if not text:
        raise BadInput("Write something first.", field="text", code="desk.reply_empty")
    if len(text) > MAX_NEWS:
        raise BadInput(f"News has at most {MAX_NEWS} characters.", field="text")


async def _page(
    request: web.Request,
    desk: AtDesk,
    *,
    status: int = 200,
    problem: str = "",
    draft: str = "",
) -> web.StreamResponse:
    keys, follow_up_id = request.app[KEYS], request.match_info["id"]
    row, asked = await asyncio.shield(
        request.app[DATABASE].write(
            lambda c: read_follow_up(c, keys, follow_up_id, staff_id=desk.staff.id, now=desk.now)
        )
    )
    return render(
        request,
        "news.html",
        status,
        row=row,
        asked=asked,
        problem=problem,
        draft=draft,
        max_news=MAX_NEWS,
    )
