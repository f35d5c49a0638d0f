"""Purposes, the exact words of every question, the ledger, and the grants derived from it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
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

ACTIONS = (
    "requested",
    "given",
    "confirmed",
    "renewed",
    "refused",
    "deferred",
    "withdrawn",
    "expired",
    "revoked",
    "erased",
)

purpose = Table(
    "purpose",
    metadata,
    Column("code", Text, primary_key=True),
    Column("double_opt_in", Boolean, nullable=False),
    Column("legal_basis", Text, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purpose", Text, ForeignKey("purpose.code"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", Text, nullable=False),
    # the file as written (what a version stands for) and the words as shown
    Column("template_sha256", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_sha256", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("purpose", "version", "language", "body_sha256"),
)

contact_point = Table(
    "contact_point",
    metadata,
    Column("id", Text, primary_key=True),
    Column("visitor_id", Text, ForeignKey("visitor.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("value_encrypted", LargeBinary, nullable=False),
    Column("look_up", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("visitor_id", "kind", "look_up"),
)

# Append-only, hash-chained, without personal data; triggers guard it (bot/database/triggers).
consent_event = Table(
    "consent_event",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("visitor_id", Text, nullable=False),
    Column("purpose", Text, ForeignKey("purpose.code"), nullable=False),
    # by which medium contact or sharing is allowed: chat, email
    Column("channel", Text, nullable=False),
    Column("contact_point_id", Text, nullable=False),
    # for what: the conversation (handoff), the need's turn (follow_up), or '-'
    Column("scope_id", Text, nullable=False),
    # where it was asked: the channel of the conversation, a mail, the desk, the command line
    Column("asked_on", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("answers_event_id", Text, ForeignKey("consent_event.id")),
    Column("notice_id", Text, ForeignKey("notice.id")),
    Column("occurred_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("actor", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("evidence_commitment", Text),
    Column("idem_key", Text, nullable=False, unique=True),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    CheckConstraint(f"action IN {ACTIONS}", name="consent_event_action"),
    CheckConstraint(
        "action NOT IN ('given', 'confirmed', 'renewed', 'refused', 'deferred')"
        " OR answers_event_id IS NOT NULL",
        name="consent_event_answers",
    ),
    CheckConstraint(
        "action NOT IN ('requested', 'given', 'renewed') OR notice_id IS NOT NULL",
        name="consent_event_notice",
    ),
    CheckConstraint(
        "action NOT IN ('given', 'confirmed', 'renewed', 'refused') OR actor = 'visitor'",
        name="consent_event_actor",
    ),
    Index(
        "uq_consent_event_one_answer",
        "answers_event_id",
        unique=True,
        sqlite_where=text("action IN ('given', 'renewed', 'refused', 'confirmed')"),
        postgresql_where=text("action IN ('given', 'renewed', 'refused', 'confirmed')"),
    ),
    Index("ix_consent_event_visitor_id", "visitor_id"),
)

# The exact words and circumstances of an event; erasable, and unlinkable without its salt.
consent_evidence = Table(
    "consent_evidence",
    metadata,
    Column("event_id", Text, ForeignKey("consent_event.id"), primary_key=True),
    Column("visitor_id", Text, ForeignKey("visitor.id"), nullable=False),
    Column("salt", Text, nullable=False),
    Column("payload_encrypted", LargeBinary, nullable=False),
)

# What is live now. Written by the ledger's trigger alone.
grant = Table(
    "grant",
    metadata,
    Column("id", Text, ForeignKey("consent_event.id"), primary_key=True),
    Column("visitor_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("contact_point_id", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    Column("expires_at", UtcTime),
    UniqueConstraint(
        "visitor_id", "purpose", "channel", "contact_point_id", "scope_id", name="uq_grant_what"
    ),
    UniqueConstraint(
        "id",
        "visitor_id",
        "purpose",
        "channel",
        "contact_point_id",
        "scope_id",
        name="uq_grant_whole",
    ),
)
