"""The rows of a turn: what its run needs in one read, and what its commit writes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.conversation import store
from bot.conversation.payloads import read_payload
from bot.conversation.types import PENDING, RESOLVED, VISITOR, Conversation, Message, Turn
from bot.database.tables import (
    conversation,
    handoff,
    message,
    message_original,
    staff,
    tracker,
    turn,
)
from bot.handoff import LIVE, settle_status, waiting_position
from bot.keys import Keys, WrongKey

logger = logging.getLogger(__name__)


_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True)
class Loaded:
    """The oldest unanswered message of a conversation, with all that its turn starts from."""

    conversation: Conversation
    message: Message
    raw_text: str
    state: Mapping[str, Any] | None
    about: str | None = None


def add_original(connection: Connection, stored: Message, encrypted: bytes, now: datetime) -> None:
    connection.execute(
        insert(message_original).values(
            message_id=stored.id,
            conversation_id=stored.conversation_id,
            text_encrypted=encrypted,
            created_at=now,
        )
    )


def load_next(connection: Connection, keys: Keys, conversation_id: str) -> Loaded | None:
    """Return the oldest message of a conversation that has no second commit, or None."""
    row = connection.execute(
        select(message)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.author == VISITOR,
            ~exists().where(turn.c.message_id == message.c.id),
        )
        .order_by(message.c.seq)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    found = store.to_message(row)
    state = connection.execute(
        select(tracker.c.state).where(tracker.c.conversation_id == conversation_id)
    ).scalar_one_or_none()
    current = store.get_conversation(connection, conversation_id)
    about = _words_about(connection, keys, found, state)
    return Loaded(current, found, _words_of(connection, keys, found), state, about)


def asked_about(state: Mapping[str, Any] | None) -> str | None:
    """Return the id of the message of which the last reply asked what is meant, if it did."""
    pending = (state or {}).get("slots", {}).get("pending_question") or {}
    about = pending.get("about")
    return None if about is None else str(about)


def _words_about(
    connection: Connection, keys: Keys, pressed: Message, state: Mapping[str, Any] | None
) -> str | None:
    """Return the words that a choice is about: a message of this visitor here, or None."""
    payload = pressed.body.get("payload")
    named = read_payload(payload).about if payload else asked_about(state)
    if named is None:
        return None
    row = connection.execute(
        select(message).where(
            message.c.id == named,
            message.c.conversation_id == pressed.conversation_id,
            message.c.author == VISITOR,
        )
    ).one_or_none()
    return None if row is None else _words_of(connection, keys, store.to_message(row))


def _words_of(connection: Connection, keys: Keys, stored: Message) -> str:
    """Return the original wording; the redacted text if that is deleted or does not open."""
    encrypted = connection.execute(
        select(message_original.c.text_encrypted).where(message_original.c.message_id == stored.id)
    ).scalar_one_or_none()
    if encrypted is None:
        return stored.text
    try:
        return keys.decrypt(encrypted)
    except WrongKey:
        logger.warning("an original does not open with this key; its redacted text is used")
        return stored.text


def open_turn(connection: Connection, running: Turn, seconds: float) -> bool:
    """Write the turn's row; False when another run of the same message was first."""
    written = connection.execute(
        _INSERT[connection.dialect.name](turn)
        .on_conflict_do_nothing()
        .values(
            message_id=running.message.id,
            conversation_id=running.conversation.id,
            outcome=running.outcome,
            need=running.need,
            confidence=running.confidence,
            language=running.language,
            sources=[
                {"title": source.title, "url": source.url, "article": source.article}
                for source in running.sources
            ],
            seconds=round(seconds, 4),
            created_at=running.now,
        )
        .returning(turn.c.message_id)
    )
    return written.first() is not None


def close_turn(connection: Connection, stored: Message, outcome: str, now: datetime) -> None:
    """Write the turn of a message that the assistant does not answer."""
    connection.execute(
        insert(turn).values(
            message_id=stored.id,
            conversation_id=stored.conversation_id,
            outcome=outcome,
            sources=[],
            seconds=0.0,
            created_at=now,
        )
    )


def finish_turn(connection: Connection, running: Turn, state: Mapping[str, Any]) -> bool:
    """Write the dialogue state after the effects; return whether they erased the visitor."""
    current = store.get_conversation(connection, running.conversation.id)
    if current.erased_at is not None:
        return True
    settle_status(connection, running.conversation.visitor_id)
    if running.language != current.language:
        store.set_language(connection, current.id, running.language)
    values = {"state": dict(state), "updated_at": running.now}
    changed = connection.execute(
        update(tracker).where(tracker.c.conversation_id == current.id).values(**values)
    )
    if changed.rowcount == 0:
        connection.execute(insert(tracker).values(conversation_id=current.id, **values))
    return False


def reopen_if_resolved(connection: Connection, current: Conversation, now: datetime) -> None:
    """A visitor who writes again after the end is with the assistant again."""
    if current.status == RESOLVED:
        store.set_status(connection, current.id, PENDING, now)


def state_of(connection: Connection, conversation_id: str, now: datetime) -> dict[str, Any]:
    """Return what a visitor may know of who has the conversation."""
    status = connection.execute(
        select(conversation.c.status).where(conversation.c.id == conversation_id)
    ).scalar_one()
    name = connection.execute(
        select(staff.c.name)
        .join(handoff, handoff.c.staff_id == staff.c.id)
        .where(handoff.c.conversation_id == conversation_id, handoff.c.state.in_(LIVE))
    ).scalar()
    waiting = waiting_position(connection, conversation_id, now)
    return {"status": status, "staff": name, "waiting": waiting}


def staff_names(connection: Connection, conversation_id: str) -> dict[str, str]:
    """Return the names of the staff who wrote in a conversation, by id."""
    rows = connection.execute(
        select(staff.c.id, staff.c.name)
        .join(message, message.c.staff_id == staff.c.id)
        .where(message.c.conversation_id == conversation_id)
        .distinct()
    )
    return {row.id: row.name for row in rows}
