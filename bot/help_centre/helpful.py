""" "Was this helpful?": a count for each article, language and day, and nothing of who said it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.database.tables import article_helpful
from bot.errors import BadInput, NotFound, TooMany
from bot.help_centre.folders import is_index
from bot.help_centre.rendering import knowledge_of
from bot.knowledge.links import page_url
from bot.web_guard import Bucket, refuse_foreign_write
from bot.web_keys import CLOCK, DATABASE

POSTED = "helpful"
YES, NO = ANSWERS = ("yes", "no")
ATTEMPTS = web.AppKey("help_centre_attempts", Bucket)
_INSERT: Mapping[str, Callable[..., Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


@dataclass(frozen=True)
class Said:
    """How often an article in a language was called helpful and not."""

    article: str
    language: str
    yes: int
    no: int


def setup(app: web.Application) -> None:
    """Let an article's page be posted to: its query says `helpful=yes` or `helpful=no`."""
    app[ATTEMPTS] = Bucket()
    app.router.add_post("/help/{language}/{path:.+}", receive)


async def receive(request: web.Request) -> web.StreamResponse:
    """Count an answer and show the article again; the request's body is not read.

    Raises `NotAllowed` for other sites' forms, `TooMany` when one network sends too many;
    addresses are counted in memory alone.
    """
    refuse_foreign_write(request)
    said, language = request.query.get(POSTED, ""), request.match_info["language"]
    if said not in ANSWERS:
        raise BadInput("`helpful` is yes or no.", field=POSTED)
    article = knowledge_of(request).library.find_page(language, request.match_info["path"])
    if article is None or is_index(article):
        raise NotFound("There is no such article.")
    now = request.app[CLOCK].now()
    if not request.app[ATTEMPTS].take(request.remote or "", now):
        raise TooMany("Too many answers at once. Wait a minute.")
    work = request.app[DATABASE].write(lambda c: count(c, article.id, language, now.date(), said))
    await asyncio.shield(work)
    headers = {"Location": f"{page_url(article)}?{POSTED}={said}#page.helpful"}
    return web.Response(status=303, headers={**headers, "Cache-Control": "no-store"})


def count(connection: Connection, article: str, language: str, day: date, said: str) -> None:
    """Add one to what was said of an article on a day."""
    insert = _INSERT[connection.dialect.name](article_helpful)
    row = insert.values(article=article, language=language, day=day, **{said: 1})
    column = article_helpful.c[said]
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["article", "language", "day"], set_={said: column + 1}
        )
    )


def counts_since(connection: Connection, day: date) -> Sequence[Said]:
    """Return what was said of each article from a day on, most often unhelpful first."""
    table = article_helpful.c
    yes, no = func.sum(table.yes), func.sum(table.no)
    rows = connection.execute(
        select(table.article, table.language, yes, no)
        .where(table.day >= day)
        .group_by(table.article, table.language)
        .order_by(no.desc(), yes, table.article, table.language)
    )
    return [Said(article, language, int(yes), int(no)) for article, language, yes, no in rows]
