"""Follow-ups that are due: each leaves only under its own live grant, looked up again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.consent.contacts import open_contact_point
from bot.consent.grants import find_grant
from bot.database.tables import consent_event, follow_up
from bot.errors import Gone
from bot.follow_ups.content import Content
from bot.follow_ups.links import unsubscribe_url
from bot.follow_ups.message import Envelope, follow_up_mail
from bot.follow_ups.rows import RELEASED, MailParts, Rows

logger = logging.getLogger(__name__)

_ROWS = Rows(follow_up, "scheduled")


@dataclass(frozen=True)
class DueFollowUps:
    """The `follow_up` rows as a mailbox."""

    parts: MailParts

    def release_stuck(self, connection: Connection, now: datetime) -> None:
        for row_id in _ROWS.stuck(connection, now):
            state = "scheduled" if _allowed(connection, row_id, now) else "cancelled"
            _ROWS.move(
                connection, row_id, "sending", state, next_attempt_at=None, last_error=RELEASED
            )
            logger.warning("released a follow-up whose sending was interrupted: %s", row_id)

    def due(self, connection: Connection, now: datetime) -> Sequence[str]:
        return _ROWS.due(connection, now, follow_up.c.due_at <= now)

    def claim(self, connection: Connection, row_id: str, now: datetime) -> bool:
        if _allowed(connection, row_id, now):
            return _ROWS.claim(connection, row_id, now)
        _ROWS.move(connection, row_id, "scheduled", "cancelled", last_error="The grant has ended.")
        return False

    def compose(self, connection: Connection, row_id: str, now: datetime) -> EmailMessage:
        row = connection.execute(
            select(follow_up, consent_event.c.occurred_at.label("agreed_at"))
            .join(consent_event, consent_event.c.id == follow_up.c.grant_event_id)
            .where(follow_up.c.id == row_id, follow_up.c.state == "sending")
        ).one_or_none()
        if row is None:
            raise Gone("The follow-up was withdrawn before it left.")
        settings, keys = self.parts.settings, self.parts.keys
        envelope = Envelope(
            name=row.id,
            kind="follow-up",
            recipient=open_contact_point(connection, keys, row.contact_point_id),
            language=row.language,
            unsubscribe_url=unsubscribe_url(settings, keys, row.grant_event_id),
            now=now,
        )
        return follow_up_mail(
            envelope,
            content=Content.from_json(row.content),
            agreed_at=row.agreed_at,
            settings=settings,
            texts=self.parts.texts,
        )

    def sent(self, connection: Connection, row_id: str, now: datetime) -> None:
        if not _ROWS.sent(connection, row_id, now):
            logger.info("a follow-up was already on its way when it was withdrawn: %s", row_id)

    def failed(self, connection: Connection, row_id: str, reason: str, now: datetime) -> None:
        if _allowed(connection, row_id, now):
            _ROWS.retry(connection, row_id, reason, now)
        else:
            _ROWS.move(connection, row_id, "sending", "cancelled", last_error=reason)


def _allowed(connection: Connection, row_id: str, now: datetime) -> bool:
    row = _gate(connection, row_id)
    if row is None:
        return False
    grant = find_grant(
        connection,
        visitor_id=row.visitor_id,
        purpose=row.purpose,
        scope_id=row.scope_id,
        channel=row.channel,
        contact_point_id=row.contact_point_id,
        now=now,
    )
    return grant is not None and grant.id == row.live_grant_id


def _gate(connection: Connection, row_id: str) -> Row[Any] | None:
    return connection.execute(
        select(
            follow_up.c.visitor_id,
            follow_up.c.purpose,
            follow_up.c.channel,
            follow_up.c.contact_point_id,
            follow_up.c.scope_id,
            follow_up.c.live_grant_id,
        ).where(follow_up.c.id == row_id)
    ).one_or_none()
