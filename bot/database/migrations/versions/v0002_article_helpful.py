"""Counts of "was this helpful" in the help centre."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "article_helpful",
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("yes", sa.Integer, server_default="0", nullable=False),
        sa.Column("no", sa.Integer, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("article", "language", "day", name="pk_article_helpful"),
    )
