"""Visitors, conversations and messages in the database: functions over one connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from bot.clock import new_id
from bot.conversation.types import ASSISTANT, RESOLVED, VISITOR, Conversation, Message
from bot.database.tables import conversation, message, turn, visitor
from bot.errors import NotFound


def create_conversation(
    connection: Connection,
    *,
    conversation_id: str,
    channel: str,
    language: str,
    now: datetime,
    token_hash: str | None = None,
    external_id: str | None = None,
    visitor_id: str | None = None,
) -> Conversation:
    """Store a new conversation, with a new visitor unless one is named."""
    if visitor_id is None:
        visitor_id = new_id()
        connection.execute(insert(visitor).values(id=visitor_id, created_at=now))
    connection.execute(
        insert(conversation).values(
            id=conversation_id,
            visitor_id=visitor_id,
            channel=channel,
            language=language,
            token_hash=token_hash,
            external_id=external_id,
            created_at=now,
            last_message_at=now,
        )
    )
    return get_conversation(connection, conversation_id)


def get_conversation(connection: Connection, conversation_id: str) -> Conversation:
    """Return a conversation; raise `NotFound` when there is none."""
    row = connection.execute(
        select(conversation).where(conversation.c.id == conversation_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such conversation.", code="conversation.not_found")
    return _to_conversation(row)


def find_by_token(connection: Connection, token_hash: str) -> Conversation | None:
    row = connection.execute(
        select(conversation).where(conversation.c.token_hash == token_hash)
    ).one_or_none()
    return None if row is None else _to_conversation(row)


def find_by_sender(connection: Connection, channel: str, external_id: str) -> Conversation | None:
    """Return the conversation of a sender that a channel names."""
    row = connection.execute(
        select(conversation).where(
            conversation.c.channel == channel, conversation.c.external_id == external_id
        )
    ).one_or_none()
    return None if row is None else _to_conversation(row)


def add_message(
    connection: Connection,
    *,
    message_id: str,
    conversation_id: str,
    author: str,
    text: str,
    channel: str,
    now: datetime,
    body: Mapping[str, Any] | None = None,
    native_id: str | None = None,
    in_reply_to: str | None = None,
    staff_id: str | None = None,
) -> Message:
    """Store a message under the conversation's next sequence number."""
    seq = connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(last_seq=conversation.c.last_seq + 1, last_message_at=now)
        .returning(conversation.c.last_seq)
    ).scalar_one()
    values = {
        "id": message_id,
        "conversation_id": conversation_id,
        "seq": seq,
        "author": author,
        "text": text,
        "body": dict(body or {}),
        "channel": channel,
        "in_reply_to": in_reply_to,
        "staff_id": staff_id,
        "native_id": native_id,
        "created_at": now,
    }
    connection.execute(insert(message).values(**values))
    return Message(**values)


def find_native(
    connection: Connection, conversation_id: str, channel: str, native_id: str
) -> Message | None:
    """Return the message that a channel already delivered under this native id."""
    row = connection.execute(
        select(message).where(
            message.c.channel == channel,
            message.c.conversation_id == conversation_id,
            message.c.native_id == native_id,
        )
    ).one_or_none()
    return None if row is None else to_message(row)


def get_message(connection: Connection, message_id: str) -> Message:
    row = connection.execute(select(message).where(message.c.id == message_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such message.", code="message.not_found")
    return to_message(row)


def messages_after(
    connection: Connection, conversation_id: str, seq: int, limit: int = 500
) -> Sequence[Message]:
    """Return what came after a sequence number, in order."""
    rows = connection.execute(
        select(message)
        .where(message.c.conversation_id == conversation_id, message.c.seq > seq)
        .order_by(message.c.seq)
        .limit(limit)
    )
    return [to_message(row) for row in rows]


def replies_to(connection: Connection, message_id: str) -> Sequence[Message]:
    rows = connection.execute(
        select(message).where(message.c.in_reply_to == message_id).order_by(message.c.seq)
    )
    return [to_message(row) for row in rows]


def set_status(connection: Connection, conversation_id: str, status: str, now: datetime) -> None:
    connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(status=status, resolved_at=now if status == RESOLVED else None)
    )


def set_language(connection: Connection, conversation_id: str, language: str) -> None:
    connection.execute(
        update(conversation).where(conversation.c.id == conversation_id).values(language=language)
    )


def unanswered(connection: Connection, limit: int = 1000) -> Sequence[Message]:
    """Return visitors' messages without a second commit, oldest first per conversation."""
    rows = connection.execute(
        select(message)
        .where(message.c.author == VISITOR, ~exists().where(turn.c.message_id == message.c.id))
        .order_by(message.c.created_at, message.c.seq)
        .limit(limit)
    )
    return [to_message(row) for row in rows]


def to_message(row: Row[Any]) -> Message:
    return Message(**row._mapping)


def _to_conversation(row: Row[Any]) -> Conversation:
    values = row._mapping
    return Conversation(**{name: values[name] for name in Conversation.__dataclass_fields__})


def last_answer(connection: Connection, conversation_id: str) -> Message | None:
    """Return the assistant's latest message that quoted an article, or None."""
    rows = connection.execute(
        select(message)
        .where(message.c.conversation_id == conversation_id, message.c.author == ASSISTANT)
        .order_by(message.c.seq.desc())
        .limit(50)
    )
    return next((to_message(row) for row in rows if row.body.get("kind") == "answer"), None)
