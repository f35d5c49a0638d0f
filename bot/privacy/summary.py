"""What is kept about a visitor, in numbers, for the answer in the chat and the data page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, select

from bot.consent.grants import live_grants
from bot.database.tables import (
    access_log,
    contact_point,
    follow_up,
    message,
    message_original,
    outbox,
)
from bot.privacy.belongings import rows_of

# The link to one's own data: signed for a visitor, good for an hour.
DATA_LINK_USE = "privacy.data"
DATA_LINK_SECONDS = 3600


@dataclass(frozen=True)
class Summary:
    """Rows kept now; `permissions` counts those that are live, `reads` openings by staff."""

    messages: int
    originals: int
    permissions: int
    addresses: int
    mails: int
    reads: int


def subject_summary(connection: Connection, visitor_id: str, now: datetime) -> Summary:
    def count(table: Table) -> int:
        query = select(func.count()).select_from(table).where(rows_of(table, visitor_id))
        return int(connection.execute(query).scalar_one())

    return Summary(
        messages=count(message),
        originals=count(message_original),
        permissions=len(live_grants(connection, visitor_id, now)),
        addresses=count(contact_point),
        mails=count(outbox) + count(follow_up),
        reads=count(access_log),
    )
