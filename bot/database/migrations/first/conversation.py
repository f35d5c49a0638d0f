"""Visitors, their conversations and messages, as migration 0001 made them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    _visitor()
    _conversation()
    _message()
    _message_original()
    _turn()
    _tracker()


def _visitor() -> None:
    op.create_table(
        "visitor",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("erased_at", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_visitor"),
    )


def _conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("visitor_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("token_hash", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("status", sa.Text, server_default="pending", nullable=False),
        sa.Column("last_seq", sa.Integer, server_default="0", nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("last_message_at", sa.Text, nullable=False),
        sa.Column("resolved_at", sa.Text),
        sa.Column("erased_at", sa.Text),
        sa.CheckConstraint("status IN ('pending', 'open', 'resolved')", name="conversation_status"),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitor.id"], name="fk_conversation_visitor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
        sa.UniqueConstraint("channel", "external_id", name="uq_conversation_channel_external_id"),
        sa.UniqueConstraint("token_hash", name="uq_conversation_token_hash"),
    )
    op.create_index("ix_conversation_last_message_at", "conversation", ["last_message_at"])
    op.create_index("ix_conversation_visitor_id", "conversation", ["visitor_id"])


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("native_id", sa.Text),
        sa.Column("in_reply_to", sa.Text),
        sa.Column("staff_id", sa.Text),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.CheckConstraint(
            "author IN ('visitor', 'assistant', 'staff', 'system')", name="message_author"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_message_conversation_id"
        ),
        sa.ForeignKeyConstraint(["in_reply_to"], ["message.id"], name="fk_message_in_reply_to"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_message_conversation_id_seq"),
    )
    op.create_index(
        "uq_message_native_id",
        "message",
        ["channel", "conversation_id", "native_id"],
        unique=True,
        sqlite_where=sa.text("native_id IS NOT NULL"),
        postgresql_where=sa.text("native_id IS NOT NULL"),
    )


def _message_original() -> None:
    op.create_table(
        "message_original",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("text_encrypted", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_message_original_conversation_id"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name="fk_message_original_message_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_message_original"),
    )
    op.create_index("ix_message_original_conversation_id", "message_original", ["conversation_id"])


def _turn() -> None:
    op.create_table(
        "turn",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("need", sa.Text),
        sa.Column("confidence", sa.Float),
        sa.Column("language", sa.Text),
        sa.Column("sources", sa.JSON, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_turn_conversation_id"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_turn_message_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_turn"),
    )
    op.create_index("ix_turn_conversation_id", "turn", ["conversation_id"])


def _tracker() -> None:
    op.create_table(
        "tracker",
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_tracker_conversation_id"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_tracker"),
    )
