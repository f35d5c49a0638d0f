"""What counts now: grants that are live, and yeses that still wait for their confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from bot.consent.events import ConsentEvent
from bot.consent.ledger import events_of
from bot.consent.standing import fold
from bot.database.tables import consent_event, grant


@dataclass(frozen=True)
class Grant:
    """A live permission. `id` is the event that opened it, at `since`."""

    id: str
    visitor_id: str
    purpose: str
    channel: str
    contact_point_id: str
    scope_id: str
    expires_at: datetime | None
    since: datetime


def live_grants(connection: Connection, visitor_id: str, now: datetime) -> list[Grant]:
    """Return what a visitor permits now, oldest first."""
    return _read(connection, _live(now).where(grant.c.visitor_id == visitor_id))


def find_grant(
    connection: Connection,
    *,
    visitor_id: str,
    purpose: str,
    scope_id: str,
    now: datetime,
    channel: str | None = None,
    contact_point_id: str | None = None,
) -> Grant | None:
    """Return the newest live grant for exactly this; `channel` and address only if given."""
    wanted = {
        "visitor_id": visitor_id,
        "purpose": purpose,
        "scope_id": scope_id,
        "channel": channel,
        "contact_point_id": contact_point_id,
    }
    query = _live(now)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(grant.c[name] == value)
    found = _read(connection, query)
    return found[-1] if found else None


def grant_by_id(connection: Connection, grant_id: str, now: datetime) -> Grant | None:
    """Return a grant if it is live."""
    found = _read(connection, _live(now).where(grant.c.id == grant_id))
    return found[0] if found else None


def pending_confirmations(connection: Connection, visitor_id: str) -> list[ConsentEvent]:
    """Return the yeses of a visitor that open nothing until they are confirmed."""
    return list(fold(events_of(connection, visitor_id)).unconfirmed.values())


def _live(now: datetime) -> Select[Any]:
    return (
        select(grant, consent_event.c.occurred_at.label("since"))
        .join(consent_event, consent_event.c.id == grant.c.id)
        .where(or_(grant.c.expires_at.is_(None), grant.c.expires_at > now))
        .order_by(consent_event.c.seq)
    )


def _read(connection: Connection, query: Select[Any]) -> list[Grant]:
    return [Grant(**row) for row in connection.execute(query).mappings()]
