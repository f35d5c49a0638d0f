"""One conversation, line by line: need, confidence, sources and permissions at every turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from bot.conversation.store import get_conversation, messages_after
from bot.conversation.types import VISITOR, Conversation, Message
from bot.database.tables import consent_event, turn
from bot.redaction import redact
from bot.staff import record_access
from bot.transcripts.rules import find_access

NEWEST = 500  # as many lines as one page shows


@dataclass(frozen=True)
class Permission:
    """Something that happened to a permission, without any words of the visitor."""

    purpose: str
    action: str
    occurred_at: datetime


@dataclass(frozen=True)
class Line:
    """A message with what the assistant made of it; `words` are what the reader may see."""

    message: Message
    words: str
    need: str | None = None
    confidence: float | None = None
    outcome: str | None = None
    sources: Sequence[Mapping[str, Any]] = ()
    permissions: Sequence[Permission] = ()


@dataclass(frozen=True)
class Transcript:
    conversation: Conversation
    lines: Sequence[Line]


def open_transcript(
    connection: Connection,
    conversation_id: str,
    *,
    staff_id: str,
    staff_review: bool,
    now: datetime,
    action: str = "transcript.read",
) -> Transcript:
    """Return the redacted transcript, and write who read it and under which grant.

    Raises `NotReviewable` when the rules do not allow it.
    """
    access = find_access(connection, conversation_id, now, staff_review=staff_review)
    record_access(
        connection,
        staff_id=staff_id,
        conversation_id=conversation_id,
        action=action,
        now=now,
        grant_id=access.grant_id,
    )
    conversation = get_conversation(connection, conversation_id)
    # redacted once more: what staff wrote keeps addresses in the conversation itself
    return Transcript(
        conversation, read_lines(connection, conversation, lambda found: redact(found.text))
    )


def read_lines(
    connection: Connection, conversation: Conversation, words: Callable[[Message], str]
) -> Sequence[Line]:
    """Return the newest lines in order; `words` decides what of a message is shown."""
    after = max(0, conversation.last_seq - NEWEST)
    messages = messages_after(connection, conversation.id, after, NEWEST)
    turns = _turns(connection, conversation.id)
    permissions = _permissions(connection, conversation, messages)
    return [
        Line(
            message=found,
            words=words(found),
            permissions=permissions.get(found.id, ()),
            **turns.get(found.id, {}),
        )
        for found in messages
    ]


def _turns(connection: Connection, conversation_id: str) -> Mapping[str, Mapping[str, Any]]:
    names = ("need", "confidence", "outcome", "sources")
    rows = connection.execute(
        select(turn.c.message_id, *(turn.c[name] for name in names)).where(
            turn.c.conversation_id == conversation_id
        )
    )
    return {row.message_id: {name: row._mapping[name] for name in names} for row in rows}


def _permissions(
    connection: Connection, conversation: Conversation, messages: Sequence[Message]
) -> Mapping[str, Sequence[Permission]]:
    """Return what happened to permissions, by the visitor's message that it followed."""
    asked = [found for found in messages if found.author == VISITOR]
    if not asked:
        return {}
    event, scopes = consent_event.c, [conversation.id, *(found.id for found in asked)]
    rows = connection.execute(
        select(event.purpose, event.action, event.occurred_at)
        .where(
            event.visitor_id == conversation.visitor_id,
            or_(event.scope_id.in_(scopes), event.scope_id == "-"),
            event.occurred_at >= conversation.created_at,
        )
        .order_by(event.seq)
    )
    placed: dict[str, list[Permission]] = {}
    for row in rows:
        before = [found for found in asked if found.created_at <= row.occurred_at]
        placed.setdefault((before or asked)[-1 if before else 0].id, []).append(
            Permission(row.purpose, row.action, row.occurred_at)
        )
    return placed
