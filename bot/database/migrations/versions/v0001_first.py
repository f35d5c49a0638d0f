"""The first tables and the first set of guards."""

from __future__ import annotations

from alembic import op

from bot.database.migrations.first import consent, conversation, gated, staff
from bot.database.triggers import install

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make everything; there is no way back, because a ledger is never taken apart."""
    conversation.create()
    staff.create()
    consent.create()
    gated.create()
    install(op.get_bind(), "0001")
