"""What may exist only under a live grant, and what leaves by mail.

A live row carries a composite foreign key to a grant of the same person, purpose, channel,
address and scope; triggers repeat the check where foreign keys can be switched off.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
)

from bot.database.types import UtcTime, metadata


def _gate_columns(purpose: str) -> tuple[Any, ...]:
    """Return the columns that tie a row to its grant, for one purpose."""
    return (
        Column("visitor_id", Text, nullable=False),
        Column("purpose", Text, nullable=False, server_default=purpose),
        Column("channel", Text, nullable=False),
        Column("contact_point_id", Text, nullable=False),
        Column("scope_id", Text, nullable=False),
        Column("grant_event_id", Text, ForeignKey("consent_event.id"), nullable=False),
        Column("live_grant_id", Text),
    )


def _gate_constraints(table: str, purpose: str, ended: str) -> tuple[Any, ...]:
    """Return the constraints that make a live row without its grant impossible."""
    whole = ("visitor_id", "purpose", "channel", "contact_point_id", "scope_id")
    return (
        ForeignKeyConstraint(
            ("live_grant_id", *whole),
            tuple(f"grant.{name}" for name in ("id", *whole)),
            name=f"fk_{table}_live_grant",
        ),
        CheckConstraint(f"purpose = '{purpose}'", name=f"{table}_purpose"),
        CheckConstraint(
            f"state IN ({ended}) OR (live_grant_id IS NOT NULL AND live_grant_id = grant_event_id)",
            name=f"{table}_live_grant",
        ),
    )


handoff = Table(
    "handoff",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversation.id"), nullable=False),
    *_gate_columns("handoff"),
    Column("state", Text, nullable=False, server_default="requested"),
    Column("staff_id", Text, ForeignKey("staff.id")),
    Column("reason", Text),
    Column("requested_at", UtcTime, nullable=False),
    Column("accepted_at", UtcTime),
    Column("ended_at", UtcTime),
    CheckConstraint(
        "state IN ('requested', 'accepted', 'handed_back', 'resolved', 'revoked')",
        name="handoff_state",
    ),
    CheckConstraint("scope_id = conversation_id", name="handoff_scope"),
    *_gate_constraints("handoff", "handoff", "'handed_back', 'resolved', 'revoked'"),
    Index("ix_handoff_conversation_id", "conversation_id"),
    Index("ix_handoff_state", "state"),
    Index("ix_handoff_live_grant_id", "live_grant_id"),
)

# What a visitor asked to be sent, before any permission is complete: no address, no promise.
follow_up_wish = Table(
    "follow_up_wish",
    metadata,
    # the visitor's message that asked for it: the scope of the permission
    Column("message_id", Text, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversation.id"), nullable=False),
    Column("kind", Text, nullable=False),
    # the reply to send (an answer already given), for kind `answer`
    Column("answer_message_id", Text, ForeignKey("message.id")),
    Column("language", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    CheckConstraint("kind IN ('answer', 'news')", name="follow_up_wish_kind"),
)

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversation.id"), nullable=False),
    *_gate_columns("follow_up"),
    Column("state", Text, nullable=False, server_default="offered"),
    Column("kind", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", Text),
    Column("due_at", UtcTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", UtcTime),
    Column("last_error", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    CheckConstraint(
        "state IN ('offered', 'scheduled', 'sending', 'sent', 'cancelled')",
        name="follow_up_state",
    ),
    CheckConstraint("kind IN ('answer', 'news')", name="follow_up_kind"),
    *_gate_constraints("follow_up", "follow_up", "'sent', 'cancelled'"),
    Index("ix_follow_up_state", "state", "due_at"),
    Index("ix_follow_up_live_grant_id", "live_grant_id"),
)

# Mails that are part of asking (the double opt-in question), not follow-ups: one per request.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("visitor_id", Text, ForeignKey("visitor.id"), nullable=False),
    Column("contact_point_id", Text, ForeignKey("contact_point.id"), nullable=False),
    Column("given_event_id", Text, ForeignKey("consent_event.id"), nullable=False, unique=True),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", UtcTime, nullable=False),
    Column("last_error", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed')", name="outbox_state"),
)
