"""The list of transcripts: which there are, and what may be known before one is opened.

A summary holds no words of a visitor, so that reading the list is not reading a conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from bot.conversation.types import STAFF
from bot.database.tables import conversation, message, turn
from bot.transcripts.rules import reviewable

PAGE_SIZE = 25


@dataclass(frozen=True)
class Filters:
    """What to look for; empty means anything. `words` are searched in redacted text."""

    need: str = ""
    language: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""


@dataclass(frozen=True)
class Summary:
    """A conversation as the list shows it. `confidence` is that of its least certain turn."""

    conversation_id: str
    last_message_at: datetime
    language: str
    channel: str
    status: str
    turns: int
    needs: Sequence[str]
    outcome: str | None
    confidence: float | None
    articles: Sequence[str]


@dataclass(frozen=True)
class Page:
    summaries: Sequence[Summary]
    number: int
    more: bool


def find_transcripts(
    connection: Connection,
    filters: Filters,
    *,
    now: datetime,
    staff_review: bool,
    page: int = 1,
) -> Page:
    """Return one page of the conversations that staff may review, newest first."""
    rows = connection.execute(
        select(conversation)
        .where(reviewable(now, staff_review=staff_review), *_conditions(filters))
        .order_by(conversation.c.last_message_at.desc(), conversation.c.id)
        .limit(PAGE_SIZE + 1)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    shown = rows[:PAGE_SIZE]
    turns = _turns(connection, [row.id for row in shown])
    summaries = [
        Summary(
            conversation_id=row.id,
            last_message_at=row.last_message_at,
            language=row.language,
            channel=row.channel,
            status=row.status,
            **_summed(turns.get(row.id, [])),
        )
        for row in shown
    ]
    return Page(summaries, page, more=len(rows) > PAGE_SIZE)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.language:
        conditions.append(conversation.c.language == filters.language)
    if filters.need:
        conditions.append(_has_turn(turn.c.need == filters.need))
    if filters.outcome:
        conditions.append(_has_turn(turn.c.outcome == filters.outcome))
    if filters.since:
        conditions.append(conversation.c.last_message_at >= _midnight(filters.since))
    if filters.until and filters.until < date.max:
        after = _midnight(filters.until + timedelta(days=1))
        conditions.append(conversation.c.last_message_at < after)
    conditions += [_says(word) for word in filters.words.split()]
    return conditions


def _has_turn(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .where(turn.c.conversation_id == conversation.c.id, condition)
        .correlate(conversation)
    )


def _says(word: str) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            message.c.conversation_id == conversation.c.id,
            message.c.author != STAFF,  # what staff wrote is redacted only when it is shown
            or_(
                func.lower(message.c.text).contains(word.lower(), autoescape=True),
                message.c.text.contains(word, autoescape=True),  # SQLite lowers ASCII only
            ),
        )
        .correlate(conversation)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _turns(
    connection: Connection, conversation_ids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    rows = connection.execute(
        select(turn)
        .where(turn.c.conversation_id.in_(conversation_ids))
        .order_by(turn.c.created_at, turn.c.message_id)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.conversation_id, []).append(dict(row._mapping))
    return found


def _summed(turns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    certain = [item["confidence"] for item in turns if item["confidence"] is not None]
    sources = [source.get("title") for item in turns for source in item["sources"]]
    return {
        "turns": len(turns),
        "needs": list(dict.fromkeys(item["need"] for item in turns if item["need"])),
        "outcome": turns[-1]["outcome"] if turns else None,
        "confidence": min(certain, default=None),
        "articles": list(dict.fromkeys(title for title in sources if title)),
    }
