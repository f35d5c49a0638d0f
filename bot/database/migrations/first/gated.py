"""What hangs on a grant, and the outbox, as migration 0001 made them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    _handoff()
    _follow_up_wish()
    _follow_up()
    _outbox()


def _handoff() -> None:
    op.create_table(
        "handoff",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("visitor_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, server_default="handoff", nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("contact_point_id", sa.Text, nullable=False),
        sa.Column("scope_id", sa.Text, nullable=False),
        sa.Column("grant_event_id", sa.Text, nullable=False),
        sa.Column("live_grant_id", sa.Text),
        sa.Column("state", sa.Text, server_default="requested", nullable=False),
        sa.Column("staff_id", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("requested_at", sa.Text, nullable=False),
        sa.Column("accepted_at", sa.Text),
        sa.Column("ended_at", sa.Text),
        sa.CheckConstraint("purpose = 'handoff'", name="handoff_purpose"),
        sa.CheckConstraint(
            "state IN ('handed_back', 'resolved', 'revoked')"
            " OR (live_grant_id IS NOT NULL AND live_grant_id = grant_event_id)",
            name="handoff_live_grant",
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'accepted', 'handed_back', 'resolved', 'revoked')",
            name="handoff_state",
        ),
        sa.CheckConstraint("scope_id = conversation_id", name="handoff_scope"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_handoff_conversation_id"
        ),
        sa.ForeignKeyConstraint(
            ["grant_event_id"], ["consent_event.id"], name="fk_handoff_grant_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["live_grant_id", "visitor_id", "purpose", "channel", "contact_point_id", "scope_id"],
            [
                "grant.id",
                "grant.visitor_id",
                "grant.purpose",
                "grant.channel",
                "grant.contact_point_id",
                "grant.scope_id",
            ],
            name="fk_handoff_live_grant",
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_handoff_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_handoff"),
    )
    op.create_index("ix_handoff_conversation_id", "handoff", ["conversation_id"])
    op.create_index("ix_handoff_live_grant_id", "handoff", ["live_grant_id"])
    op.create_index("ix_handoff_state", "handoff", ["state"])


def _follow_up_wish() -> None:
    op.create_table(
        "follow_up_wish",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("answer_message_id", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('answer', 'news')", name="follow_up_wish_kind"),
        sa.ForeignKeyConstraint(
            ["answer_message_id"], ["message.id"], name="fk_follow_up_wish_answer_message_id"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_follow_up_wish_conversation_id"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_follow_up_wish_message_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_follow_up_wish"),
    )


def _follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("visitor_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, server_default="follow_up", nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("contact_point_id", sa.Text, nullable=False),
        sa.Column("scope_id", sa.Text, nullable=False),
        sa.Column("grant_event_id", sa.Text, nullable=False),
        sa.Column("live_grant_id", sa.Text),
        sa.Column("state", sa.Text, server_default="offered", nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("due_at", sa.Text),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.Text),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("sent_at", sa.Text),
        sa.CheckConstraint("kind IN ('answer', 'news')", name="follow_up_kind"),
        sa.CheckConstraint("purpose = 'follow_up'", name="follow_up_purpose"),
        sa.CheckConstraint(
            "state IN ('offered', 'scheduled', 'sending', 'sent', 'cancelled')",
            name="follow_up_state",
        ),
        sa.CheckConstraint(
            "state IN ('sent', 'cancelled')"
            " OR (live_grant_id IS NOT NULL AND live_grant_id = grant_event_id)",
            name="follow_up_live_grant",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_follow_up_conversation_id"
        ),
        sa.ForeignKeyConstraint(
            ["grant_event_id"], ["consent_event.id"], name="fk_follow_up_grant_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["live_grant_id", "visitor_id", "purpose", "channel", "contact_point_id", "scope_id"],
            [
                "grant.id",
                "grant.visitor_id",
                "grant.purpose",
                "grant.channel",
                "grant.contact_point_id",
                "grant.scope_id",
            ],
            name="fk_follow_up_live_grant",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up"),
    )
    op.create_index("ix_follow_up_live_grant_id", "follow_up", ["live_grant_id"])
    op.create_index("ix_follow_up_state", "follow_up", ["state", "due_at"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("visitor_id", sa.Text, nullable=False),
        sa.Column("contact_point_id", sa.Text, nullable=False),
        sa.Column("given_event_id", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("state", sa.Text, server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.Text, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("sent_at", sa.Text),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed')", name="outbox_state"
        ),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name="fk_outbox_contact_point_id"
        ),
        sa.ForeignKeyConstraint(
            ["given_event_id"], ["consent_event.id"], name="fk_outbox_given_event_id"
        ),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitor.id"], name="fk_outbox_visitor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("given_event_id", name="uq_outbox_given_event_id"),
    )
