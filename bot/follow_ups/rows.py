"""How a row on its way out is claimed, kept and finished; the same for both tables of mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Protocol

from sqlalchemy import Connection, Table, or_, select, update

from bot.keys import Keys
from bot.settings import Settings
from bot.texts import Texts

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(days=1),
)
# A claim is a lease: `next_attempt_at` of a row in `sending` says when it runs out.
LEASE = timedelta(minutes=15)
BATCH = 100
RELEASED = "Sending was interrupted; it is sent again under the same Message-ID."


@dataclass(frozen=True)
class MailParts:
    """What composing a mail reads."""

    settings: Settings
    keys: Keys
    texts: Texts


class Mailbox(Protocol):
    """One kind of mail that waits to be sent; every method runs inside a transaction."""

    def release_stuck(self, connection: Connection, now: datetime) -> None:
        """Make rows whose sender died due again."""
        ...

    def due(self, connection: Connection, now: datetime) -> Sequence[str]:
        """Return the ids of what is due, oldest first."""
        ...

    def claim(self, connection: Connection, row_id: str, now: datetime) -> bool:
        """Take a row for sending if it may still be sent; False when it may not."""
        ...

    def compose(self, connection: Connection, row_id: str, now: datetime) -> EmailMessage:
        """Return the mail of a claimed row."""
        ...

    def sent(self, connection: Connection, row_id: str, now: datetime) -> None: ...

    def failed(self, connection: Connection, row_id: str, reason: str, now: datetime) -> None:
        """Keep a row whose mail did not leave, for a later attempt."""
        ...


@dataclass(frozen=True)
class Rows:
    """The state changes both tables share. `ready` is the name a due row's state has."""

    table: Table
    ready: str

    def due(self, connection: Connection, now: datetime, *also: Any) -> Sequence[str]:
        columns = self.table.c
        next_at = columns.next_attempt_at
        rows = connection.execute(
            select(columns.id)
            .where(columns.state == self.ready, or_(next_at.is_(None), next_at <= now), *also)
            .order_by(columns.created_at, columns.id)
            .limit(BATCH)
        )
        return list(rows.scalars())

    def stuck(self, connection: Connection, now: datetime) -> Sequence[str]:
        columns = self.table.c
        rows = connection.execute(
            select(columns.id).where(columns.state == "sending", columns.next_attempt_at <= now)
        )
        return list(rows.scalars())

    def claim(self, connection: Connection, row_id: str, now: datetime) -> bool:
        return self.move(connection, row_id, self.ready, "sending", next_attempt_at=now + LEASE)

    def sent(self, connection: Connection, row_id: str, now: datetime) -> bool:
        return self.move(connection, row_id, "sending", "sent", sent_at=now, last_error=None)

    def retry(self, connection: Connection, row_id: str, reason: str, now: datetime) -> None:
        attempts = connection.execute(
            select(self.table.c.attempts).where(self.table.c.id == row_id)
        ).scalar_one_or_none()
        if attempts is None:  # erased while it was being sent
            return
        wait = BACK_OFF[min(attempts, len(BACK_OFF) - 1)]
        self.move(
            connection,
            row_id,
            "sending",
            self.ready,
            attempts=attempts + 1,
            next_attempt_at=now + wait,
            last_error=reason,
        )

    def move(
        self, connection: Connection, row_id: str, before: str, after: str, **values: Any
    ) -> bool:
        """Change a row's state if it still has the state expected; say whether it had."""
        changed = connection.execute(
            update(self.table)
            .where(self.table.c.id == row_id, self.table.c.state == before)
            .values(state=after, **values)
        )
        return changed.rowcount == 1
