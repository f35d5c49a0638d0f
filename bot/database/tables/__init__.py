"""Every table, by concept. Importing this module completes `metadata`."""

from bot.database.tables.consent import (
    consent_event,
    consent_evidence,
    contact_point,
    grant,
    notice,
    purpose,
)
from bot.database.tables.conversation import (
    conversation,
    message,
    message_original,
    tracker,
    turn,
    visitor,
)
from bot.database.tables.gated import follow_up, follow_up_wish, handoff, outbox
from bot.database.tables.help_centre import article_helpful
from bot.database.tables.staff import access_log, staff, staff_invitation, staff_session
from bot.database.types import metadata

__all__ = [
    "access_log",
    "article_helpful",
    "consent_event",
    "consent_evidence",
    "contact_point",
    "conversation",
    "follow_up",
    "follow_up_wish",
    "grant",
    "handoff",
    "message",
    "message_original",
    "metadata",
    "notice",
    "outbox",
    "purpose",
    "staff",
    "staff_invitation",
    "staff_session",
    "tracker",
    "turn",
    "visitor",
]
