"""Retention: what is past its time goes by itself, and the ledger says what ended."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, exists, or_, select

from bot import handoff
from bot.consent.endings import UNCONFIRMED_DAYS, expire_due
from bot.consent.standing import YES
from bot.conversation.store import set_status
from bot.conversation.types import RESOLVED
from bot.database.tables import (
    article_helpful,
    consent_event,
    consent_evidence,
    contact_point,
    conversation,
    grant,
    message_original,
    outbox,
    purpose,
)
from bot.follow_ups.files import forget_mail_files
from bot.follow_ups.transport import outbox_folder
from bot.settings import Settings

logger = logging.getLogger(__name__)

IDLE = timedelta(days=14)
UNCONFIRMED = timedelta(days=UNCONFIRMED_DAYS)
HELPFUL = timedelta(days=730)
BATCH = 1000


@dataclass(frozen=True)
class Counts:
    """What one run ended or deleted."""

    resolved: int
    expired: int
    questions: int
    addresses: int
    originals: int
    mail_files: int
    helpful: int


def run_retention(connection: Connection, settings: Settings, now: datetime) -> Counts:
    """End and delete what is past its time, in the caller's transaction; again is harmless."""
    counts = Counts(
        resolved=_resolve_idle(connection, now),
        expired=_expire(connection, settings, now),
        questions=_forget_questions(connection, now),
        addresses=_forget_addresses(connection, now),
        originals=_forget_originals(connection, settings, now),
        mail_files=forget_mail_files(connection, outbox_folder(settings)),
        helpful=_forget_helpful(connection, now),
    )
    if any(vars(counts).values()):
        logger.info("retention ended or deleted: %s", counts)
    return counts


def _resolve_idle(connection: Connection, now: datetime) -> int:
    """Resolve conversations in which nobody said anything for 14 days."""
    idle = connection.scalars(
        select(conversation.c.id)
        .where(
            conversation.c.status != RESOLVED,
            conversation.c.last_message_at <= now - IDLE,
            conversation.c.erased_at.is_(None),
        )
        .limit(BATCH)
    ).all()
    for conversation_id in idle:
        if handoff.live_handoff(connection, conversation_id, now) is not None:
            handoff.resolve(connection, conversation_id, now)
        else:
            set_status(connection, conversation_id, RESOLVED, now)
    return len(idle)


def _expire(connection: Connection, settings: Settings, now: datetime) -> int:
    expired = expire_due(connection, now, handoff_days=settings.handoff_days)
    for visitor_id in {event.visitor_id for event in expired}:
        handoff.settle_status(connection, visitor_id)
    return len(expired)


def _forget_questions(connection: Connection, now: datetime) -> int:
    """Delete confirmation mails that are over, and the words of the yeses nobody confirmed."""
    answer = consent_event.alias()
    lapsed = (
        select(consent_event.c.id)
        .join(purpose, purpose.c.code == consent_event.c.purpose)
        .where(
            purpose.c.double_opt_in,
            consent_event.c.action.in_(YES),
            consent_event.c.occurred_at <= now - UNCONFIRMED,
            ~exists().where(
                answer.c.answers_event_id == consent_event.c.id, answer.c.action == "confirmed"
            ),
        )
    )
    connection.execute(delete(consent_evidence).where(consent_evidence.c.event_id.in_(lapsed)))
    over = outbox.c.created_at <= now - UNCONFIRMED
    return connection.execute(delete(outbox).where(over)).rowcount


def _forget_addresses(connection: Connection, now: datetime) -> int:
    """Delete addresses that no permission names, nor a question that may still be confirmed."""
    address = contact_point.c.id
    named = or_(
        exists().where(grant.c.contact_point_id == address),
        exists().where(outbox.c.contact_point_id == address),
        exists().where(
            and_(
                consent_event.c.contact_point_id == address,
                consent_event.c.action.in_(YES),
                consent_event.c.occurred_at > now - UNCONFIRMED,
            )
        ),
    )
    old = contact_point.c.created_at <= now - UNCONFIRMED
    return connection.execute(delete(contact_point).where(old, ~named)).rowcount


def _forget_originals(connection: Connection, settings: Settings, now: datetime) -> int:
    """Delete the encrypted wording of quiet conversations, unless it is shared with staff."""
    quiet = now - timedelta(hours=settings.originals_hours)
    shared = exists().where(
        grant.c.purpose == "handoff",
        grant.c.scope_id == conversation.c.id,
        or_(grant.c.expires_at.is_(None), grant.c.expires_at > now),
    )
    over = select(conversation.c.id).where(conversation.c.last_message_at <= quiet, ~shared)
    return connection.execute(
        delete(message_original).where(message_original.c.conversation_id.in_(over))
    ).rowcount


def _forget_helpful(connection: Connection, now: datetime) -> int:
    """Delete what was said of articles two years ago: they have changed since."""
    over = article_helpful.c.day < (now - HELPFUL).date()
    return connection.execute(delete(article_helpful).where(over)).rowcount
