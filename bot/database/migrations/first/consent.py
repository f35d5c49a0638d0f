"""Purposes, notices, the ledger and its grants, as migration 0001 made them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    _purpose()
    _notice()
    _contact_point()
    _consent_event()
    _consent_evidence()
    _grant()


def _purpose() -> None:
    op.create_table(
        "purpose",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("double_opt_in", sa.Boolean, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_purpose"),
    )


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("template_sha256", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["purpose"], ["purpose.code"], name="fk_notice_purpose"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint(
            "purpose",
            "version",
            "language",
            "body_sha256",
            name="uq_notice_purpose_version_language_body_sha256",
        ),
    )


def _contact_point() -> None:
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("visitor_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value_encrypted", sa.LargeBinary, nullable=False),
        sa.Column("look_up", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitor.id"], name="fk_contact_point_visitor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_point"),
        sa.UniqueConstraint(
            "visitor_id", "kind", "look_up", name="uq_contact_point_visitor_id_kind_look_up"
        ),
    )


def _consent_event() -> None:
    op.create_table(
        "consent_event",
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("visitor_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("contact_point_id", sa.Text, nullable=False),
        sa.Column("scope_id", sa.Text, nullable=False),
        sa.Column("asked_on", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("answers_event_id", sa.Text),
        sa.Column("notice_id", sa.Text),
        sa.Column("occurred_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("evidence_commitment", sa.Text),
        sa.Column("idem_key", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.CheckConstraint(
            "action IN ('requested', 'given', 'confirmed', 'renewed', 'refused', 'deferred', "
            "'withdrawn', 'expired', 'revoked', 'erased')",
            name="consent_event_action",
        ),
        sa.CheckConstraint(
            "action NOT IN ('given', 'confirmed', 'renewed', 'refused') OR actor = 'visitor'",
            name="consent_event_actor",
        ),
        sa.CheckConstraint(
            "action NOT IN ('given', 'confirmed', 'renewed', 'refused', 'deferred')"
            " OR answers_event_id IS NOT NULL",
            name="consent_event_answers",
        ),
        sa.CheckConstraint(
            "action NOT IN ('requested', 'given', 'renewed') OR notice_id IS NOT NULL",
            name="consent_event_notice",
        ),
        sa.ForeignKeyConstraint(
            ["answers_event_id"], ["consent_event.id"], name="fk_consent_event_answers_event_id"
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_consent_event_notice_id"),
        sa.ForeignKeyConstraint(["purpose"], ["purpose.code"], name="fk_consent_event_purpose"),
        sa.PrimaryKeyConstraint("seq", name="pk_consent_event"),
        sa.UniqueConstraint("hash", name="uq_consent_event_hash"),
        sa.UniqueConstraint("id", name="uq_consent_event_id"),
        sa.UniqueConstraint("idem_key", name="uq_consent_event_idem_key"),
    )
    op.create_index("ix_consent_event_visitor_id", "consent_event", ["visitor_id"])
    op.create_index(
        "uq_consent_event_one_answer",
        "consent_event",
        ["answers_event_id"],
        unique=True,
        sqlite_where=sa.text("action IN ('given', 'renewed', 'refused', 'confirmed')"),
        postgresql_where=sa.text("action IN ('given', 'renewed', 'refused', 'confirmed')"),
    )


def _consent_evidence() -> None:
    op.create_table(
        "consent_evidence",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("visitor_id", sa.Text, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("payload_encrypted", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["consent_event.id"], name="fk_consent_evidence_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["visitor.id"], name="fk_consent_evidence_visitor_id"
        ),
        sa.PrimaryKeyConstraint("event_id", name="pk_consent_evidence"),
    )


def _grant() -> None:
    op.create_table(
        "grant",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("visitor_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("contact_point_id", sa.Text, nullable=False),
        sa.Column("scope_id", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text),
        sa.ForeignKeyConstraint(["id"], ["consent_event.id"], name="fk_grant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_grant"),
        sa.UniqueConstraint(
            "id",
            "visitor_id",
            "purpose",
            "channel",
            "contact_point_id",
            "scope_id",
            name="uq_grant_whole",
        ),
        sa.UniqueConstraint(
            "visitor_id", "purpose", "channel", "contact_point_id", "scope_id", name="uq_grant_what"
        ),
    )
