"""A person: who waits, who has taken over, and what that does to the conversation.

Every function here runs inside the caller's transaction. A handoff lives under a grant for
its conversation alone; without one the database refuses the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from bot.conversation.store import set_status
from bot.conversation.types import OPEN, PENDING, RESOLVED
from bot.database.tables import conversation, grant, handoff, staff
from bot.errors import Conflict, NotFound

REQUESTED, ACCEPTED = "requested", "accepted"
LIVE = (REQUESTED, ACCEPTED)
# Staff count as present while their desk is open: its stream renews `last_seen_at`.
PRESENT_SECONDS = 60


@dataclass(frozen=True)
class Handoff:
    id: str
    conversation_id: str
    visitor_id: str
    state: str
    staff_id: str | None
    grant_event_id: str
    requested_at: datetime
    accepted_at: datetime | None


@dataclass(frozen=True)
class OpenHandoff:
    """Effect: staff get the conversation, under the grant named. Nothing if one is live."""

    handoff_id: str
    conversation_id: str
    visitor_id: str
    grant_event_id: str
    reason: str | None = None

    def apply(self, connection: Connection, now: datetime) -> None:
        if live_handoff(connection, self.conversation_id, now) is not None:
            return
        connection.execute(
            insert(handoff).values(
                id=self.handoff_id,
                conversation_id=self.conversation_id,
                visitor_id=self.visitor_id,
                purpose="handoff",
                channel="chat",
                contact_point_id="-",
                scope_id=self.conversation_id,
                grant_event_id=self.grant_event_id,
                live_grant_id=self.grant_event_id,
                state=REQUESTED,
                reason=self.reason,
                requested_at=now,
            )
        )
        set_status(connection, self.conversation_id, OPEN, now)


@dataclass(frozen=True)
class SettleStatus:
    """Effect: an open conversation whose handoff was revoked goes back to the assistant."""

    visitor_id: str

    def apply(self, connection: Connection, now: datetime) -> None:
        settle_status(connection, self.visitor_id)


def settle_status(connection: Connection, visitor_id: str) -> None:
    """Give every open conversation without a live handoff back to the assistant."""
    held = select(handoff.c.conversation_id).where(handoff.c.state.in_(LIVE))
    connection.execute(
        update(conversation)
        .where(
            conversation.c.visitor_id == visitor_id,
            conversation.c.status == OPEN,
            conversation.c.id.not_in(held),
        )
        .values(status=PENDING)
    )


def live_handoff(connection: Connection, conversation_id: str, now: datetime) -> Handoff | None:
    """Return the handoff that staff may act on: not ended, under a grant that still counts."""
    row = connection.execute(
        _live(now).where(handoff.c.conversation_id == conversation_id)
    ).one_or_none()
    return None if row is None else _to_handoff(row)


def queue(connection: Connection, now: datetime) -> Sequence[Handoff]:
    """Return every live handoff, longest waiting first."""
    rows = connection.execute(_live(now).order_by(handoff.c.requested_at, handoff.c.id))
    return [_to_handoff(row) for row in rows]


def waiting_position(connection: Connection, conversation_id: str, now: datetime) -> int | None:
    """Return the place in line of a conversation that waits, 1 for the next; else None."""
    waiting = [item.conversation_id for item in queue(connection, now) if item.state == REQUESTED]
    return waiting.index(conversation_id) + 1 if conversation_id in waiting else None


def staff_present(connection: Connection, now: datetime) -> int:
    """Return how many staff have the desk open."""
    since = now - timedelta(seconds=PRESENT_SECONDS)
    count = connection.execute(
        select(func.count()).where(staff.c.last_seen_at > since, staff.c.disabled_at.is_(None))
    ).scalar_one()
    return int(count)


def take_over(
    connection: Connection, conversation_id: str, staff_id: str, now: datetime
) -> Handoff:
    """Give a waiting conversation to one staff member; whoever is second gets `Conflict`."""
    found = _require_live(connection, conversation_id, now)
    taken = connection.execute(
        update(handoff)
        .where(handoff.c.id == found.id, handoff.c.state == REQUESTED)
        .values(state=ACCEPTED, staff_id=staff_id, accepted_at=now)
    )
    if taken.rowcount == 0:
        raise Conflict("Somebody else has taken this conversation.", code="handoff.taken")
    return _require_live(connection, conversation_id, now)


def take_from(
    connection: Connection, conversation_id: str, holder_id: str, staff_id: str, now: datetime
) -> Handoff:
    """Pass a conversation that a colleague holds to another; `Conflict` if they no longer do."""
    found = _require_live(connection, conversation_id, now)
    taken = connection.execute(
        update(handoff)
        .where(
            handoff.c.id == found.id, handoff.c.state == ACCEPTED, handoff.c.staff_id == holder_id
        )
        .values(staff_id=staff_id, accepted_at=now)
    )
    if taken.rowcount == 0:
        raise Conflict("Somebody else has taken this conversation.", code="handoff.taken")
    return _require_live(connection, conversation_id, now)


def hand_back(connection: Connection, conversation_id: str, now: datetime) -> None:
    """End a handoff; the assistant answers again. The grant stays until it ends by itself."""
    _end(connection, conversation_id, "handed_back", now)
    set_status(connection, conversation_id, PENDING, now)


def resolve(connection: Connection, conversation_id: str, now: datetime) -> None:
    """End a handoff and the conversation with it."""
    _end(connection, conversation_id, "resolved", now)
    set_status(connection, conversation_id, RESOLVED, now)


def _end(connection: Connection, conversation_id: str, state: str, now: datetime) -> None:
    found = _require_live(connection, conversation_id, now)
    connection.execute(
        update(handoff)
        .where(handoff.c.id == found.id)
        .values(state=state, live_grant_id=None, ended_at=now)
    )


def _require_live(connection: Connection, conversation_id: str, now: datetime) -> Handoff:
    found = live_handoff(connection, conversation_id, now)
    if found is None:
        raise NotFound("No live handoff for this conversation.", code="handoff.not_found")
    return found


def _live(now: datetime) -> Any:
    return (
        select(handoff)
        .join(grant, grant.c.id == handoff.c.live_grant_id)
        .where(
            handoff.c.state.in_(LIVE), or_(grant.c.expires_at.is_(None), grant.c.expires_at > now)
        )
    )


def _to_handoff(row: Row[Any]) -> Handoff:
    values = row._mapping
    return Handoff(**{name: values[name] for name in Handoff.__dataclass_fields__})
