"""Confirmation mails that are due: one per yes, and none once the question is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import Connection, func, select

from bot.consent.contacts import open_contact_point
from bot.database.tables import contact_point, outbox
from bot.errors import Gone
from bot.follow_ups.links import confirm_url, unsubscribe_url
from bot.follow_ups.message import Envelope, confirmation_mail
from bot.follow_ups.questions import find_question
from bot.follow_ups.rows import RELEASED, MailParts, Rows
from bot.follow_ups.wishes import find_wish

# Somebody may type an address that is not theirs, again and again; its owner gets few mails.
QUESTIONS_PER_ADDRESS = 3
PER = timedelta(days=1)

_ROWS = Rows(outbox, "waiting")


@dataclass(frozen=True)
class DueConfirmations:
    """The `outbox` rows as a mailbox.

    `asked` remembers for a day, by the keyed digest of the address, what left: an erasure
    deletes the rows, and must not make room for the next mail to somebody else's address.
    """

    parts: MailParts
    asked: dict[str, list[datetime]] = field(default_factory=dict, repr=False)

    def release_stuck(self, connection: Connection, now: datetime) -> None:
        for row_id in _ROWS.stuck(connection, now):
            _ROWS.move(
                connection, row_id, "sending", "waiting", next_attempt_at=now, last_error=RELEASED
            )

    def due(self, connection: Connection, now: datetime) -> Sequence[str]:
        return _ROWS.due(connection, now)

    def claim(self, connection: Connection, row_id: str, now: datetime) -> bool:
        reason = _obstacle(connection, row_id, now) or self._too_often(connection, row_id, now)
        if reason is None:
            return _ROWS.claim(connection, row_id, now)
        _ROWS.move(connection, row_id, "waiting", "failed", last_error=reason)
        return False

    def compose(self, connection: Connection, row_id: str, now: datetime) -> EmailMessage:
        row = connection.execute(select(outbox).where(outbox.c.id == row_id)).one_or_none()
        if row is None:
            raise Gone("The question was erased before it left.")
        settings, keys = self.parts.settings, self.parts.keys
        question = find_question(connection, row.given_event_id, now)
        wish = find_wish(connection, question.given.scope_id, settings.base_url)
        envelope = Envelope(
            name=row.id,
            kind="confirmation",
            recipient=open_contact_point(connection, keys, row.contact_point_id),
            language=row.language,
            unsubscribe_url=unsubscribe_url(settings, keys, row.given_event_id),
            now=now,
        )
        return confirmation_mail(
            envelope,
            title=wish.content.title if wish and wish.content else "",
            asked_at=question.given.occurred_at,
            confirm_url=confirm_url(settings, keys, row.given_event_id),
            settings=settings,
            texts=self.parts.texts,
        )

    def sent(self, connection: Connection, row_id: str, now: datetime) -> None:
        _ROWS.sent(connection, row_id, now)
        look_up = _look_up(connection, row_id)
        if look_up is not None:
            self.asked.setdefault(look_up, []).append(now)

    def _too_often(self, connection: Connection, row_id: str, now: datetime) -> str | None:
        look_up = _look_up(connection, row_id)
        for known in list(self.asked):
            self.asked[known] = [moment for moment in self.asked[known] if moment > now - PER]
            if not self.asked[known]:
                del self.asked[known]
        often = look_up is not None and len(self.asked.get(look_up, ())) >= QUESTIONS_PER_ADDRESS
        return "This address was asked often enough today." if often else None

    def failed(self, connection: Connection, row_id: str, reason: str, now: datetime) -> None:
        _ROWS.retry(connection, row_id, reason, now)


def _obstacle(connection: Connection, row_id: str, now: datetime) -> str | None:
    """Return why the question may not be mailed any more, or None."""
    given = connection.execute(
        select(outbox.c.given_event_id, contact_point.c.look_up)
        .join(contact_point, contact_point.c.id == outbox.c.contact_point_id)
        .where(outbox.c.id == row_id)
    ).one_or_none()
    if given is None or find_question(connection, given.given_event_id, now).state != "open":
        return "The question is no longer open."
    if _mailed_lately(connection, given.look_up, now) >= QUESTIONS_PER_ADDRESS:
        return "This address was asked often enough today."
    return None


def _look_up(connection: Connection, row_id: str) -> str | None:
    return connection.execute(
        select(contact_point.c.look_up)
        .join(outbox, outbox.c.contact_point_id == contact_point.c.id)
        .where(outbox.c.id == row_id)
    ).scalar_one_or_none()


def _mailed_lately(connection: Connection, look_up: str, now: datetime) -> int:
    count = connection.execute(
        select(func.count())
        .select_from(outbox.join(contact_point, contact_point.c.id == outbox.c.contact_point_id))
        .where(contact_point.c.look_up == look_up, outbox.c.sent_at > now - PER)
    ).scalar_one()
    return int(count)
