"""Visitors, their conversations, and every message in order."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.database.types import UtcTime, metadata

visitor = Table(
    "visitor",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("erased_at", UtcTime),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("visitor_id", Text, ForeignKey("visitor.id"), nullable=False),
    Column("channel", Text, nullable=False),
    # the sender a channel names (namespaced); absent on channels that hand out tokens
    Column("external_id", Text),
    Column("token_hash", Text, unique=True),
    Column("language", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="pending"),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcTime, nullable=False),
    Column("last_message_at", UtcTime, nullable=False),
    Column("resolved_at", UtcTime),
    Column("erased_at", UtcTime),
    CheckConstraint("status IN ('pending', 'open', 'resolved')", name="conversation_status"),
    UniqueConstraint("channel", "external_id"),
    Index("ix_conversation_last_message_at", "last_message_at"),
    Index("ix_conversation_visitor_id", "visitor_id"),
)

message = Table(
    "message",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversation.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("author", Text, nullable=False),
    # what is read anywhere: typed placeholders stand for cards, secrets and addresses
    Column("text", Text, nullable=False),
    # of a reply: kind, buttons, sources, the text as a tree; of a visitor's message: the button
    # pressed, the interface's language and, as `found`, the numbers, amounts, dates and products
    # named in it: redacted values, dates with their first and last day (`bot.findings`)
    Column("body", JSON, nullable=False),
    Column("channel", Text, nullable=False),
    Column("native_id", Text),
    Column("in_reply_to", Text, ForeignKey("message.id")),
    Column("staff_id", Text),
    Column("created_at", UtcTime, nullable=False),
    CheckConstraint("author IN ('visitor', 'assistant', 'staff', 'system')", name="message_author"),
    UniqueConstraint("conversation_id", "seq"),
    Index(
        "uq_message_native_id",
        "channel",
        "conversation_id",
        "native_id",
        unique=True,
        sqlite_where=text("native_id IS NOT NULL"),
        postgresql_where=text("native_id IS NOT NULL"),
    ),
)

message_original = Table(
    "message_original",
    metadata,
    Column("message_id", Text, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversation.id"), nullable=False),
    Column("text_encrypted", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_message_original_conversation_id", "conversation_id"),
)

# The second commit of a turn. A visitor's message without one is run again after a restart.
turn = Table(
    "turn",
    metadata,
    Column("message_id", Text, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversation.id"), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("need", Text),
    Column("confidence", Float),
    Column("language", Text),
    Column("sources", JSON, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_turn_conversation_id", "conversation_id"),
)

# What Rasa reads of a conversation: bounded, replaced as a whole with every turn.
tracker = Table(
    "tracker",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversation.id"), primary_key=True),
    Column("state", JSON, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)
