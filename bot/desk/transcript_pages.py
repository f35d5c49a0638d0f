"""`/desk/transcripts`: finding and reading finished conversations, redacted."""

from __future__ import annotations

import asyncio
from datetime import date
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from bot.desk.guard import AtDesk
from bot.desk.view import render
from bot.handoff import live_handoff
from bot.staff import staff_names
from bot.transcripts import Filters, Page, Transcript, find_transcripts, open_transcript
from bot.transcripts.reading import NEWEST
from bot.web_keys import DATABASE, SETTINGS

MAX_PAGE = 10_000
MAX_WORDS = 100
EARLIEST_YEAR = 2000


async def show_list(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    settings, filters = request.app[SETTINGS], read_filters(request)
    page: Page = await request.app[DATABASE].read(
        lambda c: find_transcripts(
            c,
            filters,
            now=desk.now,
            staff_review=settings.staff_review,
            page=_page_number(request),
        )
    )
    return render(
        request,
        "transcripts.html",
        page=page,
        filters=filters,
        languages=settings.languages,
        review=settings.staff_review,
        query=_query(filters),
    )


async def show(request: web.Request, desk: AtDesk) -> web.StreamResponse:
    """Show one transcript; who opened it, and whether from a search, is written down."""
    settings, conversation_id = request.app[SETTINGS], request.match_info["id"]
    searched = bool(request.query.get("words", "").strip())

    def work(connection: Connection) -> tuple[Transcript, dict[str, str], bool]:
        shown = open_transcript(
            connection,
            conversation_id,
            staff_id=desk.staff.id,
            staff_review=settings.staff_review,
            now=desk.now,
            action="transcript.search" if searched else "transcript.read",
        )
        live = live_handoff(connection, conversation_id, desk.now) is not None
        return shown, dict(staff_names(connection)), live

    shown, names, live = await asyncio.shield(request.app[DATABASE].write(work))
    back = _query(read_filters(request))
    return render(
        request,
        "transcript.html",
        transcript=shown,
        names=names,
        live=live,
        back=back,
        newest=NEWEST,
    )


def read_filters(request: web.Request) -> Filters:
    """Return the filters of the query; what cannot be read filters nothing."""
    query = {name: value.replace("\x00", "").strip() for name, value in request.query.items()}
    return Filters(
        need=query.get("need", ""),
        language=query.get("language", ""),
        outcome=query.get("outcome", ""),
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
        words=query.get("words", "")[:MAX_WORDS],
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year >= EARLIEST_YEAR else None


def _page_number(request: web.Request) -> int:
    try:
        number = int(request.query.get("page", "1"))
    except ValueError:
        return 1
    return min(max(number, 1), MAX_PAGE)


def _query(filters: Filters) -> str:
    """Return the filters as a query string, to keep them from page to page."""
    values = {name: getattr(filters, name) for name in Filters.__dataclass_fields__}
    return urlencode({name: str(value) for name, value in values.items() if value})
