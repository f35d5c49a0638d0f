"""Staff, how they sign in, and what they read."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from bot.database.types import UtcTime, metadata

staff = Table(
    "staff",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("failed_sign_ins", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcTime),
    Column("last_seen_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("staff_id", Text, ForeignKey("staff.id"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
)

# The one-time link that the first start prints; used once, then dead.
staff_invitation = Table(
    "staff_invitation",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

# Every staff read of a conversation; the visitor's export shows it.
access_log = Table(
    "access_log",
    metadata,
    Column("id", Text, primary_key=True),
    Column("staff_id", Text, ForeignKey("staff.id"), nullable=False),
    Column("conversation_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("grant_id", Text),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_access_log_conversation_id", "conversation_id"),
)
