"""The link in every mail that ends its permission: exactly that one, for good, without sign-in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.consent.acts import VISITOR
from bot.consent.events import ConsentEvent, EventDraft
from bot.consent.ledger import append, event_by_id, events_of, take_ledger_lock
from bot.consent.standing import fold
from bot.errors import NotFound


def find_permission(connection: Connection, event_id: str) -> ConsentEvent:
    """Return the event a link names; raise `NotFound` when the ledger has none."""
    event = event_by_id(connection, event_id)
    if event is None:
        raise NotFound("There is no such permission.", code="permission.not_found")
    return event


def unsubscribe(
    connection: Connection, event_id: str, now: datetime, *, method: str
) -> ConsentEvent | None:
    """End what this event permits: same person, purpose, address and scope, confirmed or not.

    None when nothing of it counts any more: a link may be used again, years later.
    """
    event = find_permission(connection, event_id)
    take_ledger_lock(connection)
    standing = fold(events_of(connection, event.visitor_id))
    held = [
        other
        for other in (*standing.live.values(), *standing.unconfirmed.values())
        if other.what == event.what
    ]
    if not held:
        return None
    draft = EventDraft(
        visitor_id=event.visitor_id,
        purpose=event.purpose,
        channel=event.channel,
        action="withdrawn",
        asked_on="email",
        actor=VISITOR,
        method=method,
        idem_key=f"unsubscribe/{held[0].id}",
        contact_point_id=event.contact_point_id,
        scope_id=event.scope_id,
        answers_event_id=held[0].id,
    )
    return append(connection, draft, now)
