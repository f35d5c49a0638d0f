"""How permission ends: withdrawn, expired, or erased with the visitor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, or_, select

from bot.clock import derived_id
from bot.consent.acts import VISITOR
from bot.consent.events import ANY, ConsentEvent, EventDraft
from bot.consent.ledger import append, event_by_id, events_of, take_ledger_lock
from bot.consent.standing import YES, fold
from bot.database.tables import consent_event, conversation, grant, purpose

UNCONFIRMED_DAYS = 7


def withdraw(
    connection: Connection,
    visitor_id: str,
    now: datetime,
    *,
    asked_on: str,
    method: str,
    idem_prefix: str,
    purposes: Collection[str] | None = None,
    actor: str = VISITOR,
) -> list[ConsentEvent]:
    """End all a visitor permits, or all for some purposes, and return what was recorded.

    Yeses without confirmation and questions without answer end too, so that neither a late
    mail link nor an old button opens anything. With nothing to end, nothing is recorded.
    """
    take_ledger_lock(connection)
    standing = fold(events_of(connection, visitor_id))
    ended = {event.what: event for event in reversed(standing.everything())}
    source = EventDraft(
        visitor_id, "", "", "withdrawn", asked_on, actor, method, idem_key=idem_prefix
    )
    return [
        append(connection, _ending(source, event), now)
        for event in ended.values()
        if purposes is None or event.purpose in purposes
    ]


def withdraw_grant(
    connection: Connection,
    visitor_id: str,
    grant_id: str,
    now: datetime,
    *,
    asked_on: str,
    method: str,
    idem_key: str,
) -> ConsentEvent | None:
    """End one grant of this visitor; None if it is not live any more or not theirs."""
    take_ledger_lock(connection)
    event = fold(events_of(connection, visitor_id)).live.get(grant_id)
    if event is None:
        return None
    source = EventDraft(visitor_id, "", "", "withdrawn", asked_on, VISITOR, method, idem_key)
    return append(connection, _ending(source, event), now)


def record_erasure(
    connection: Connection,
    visitor_id: str,
    now: datetime,
    *,
    asked_on: str,
    method: str,
    idem_prefix: str,
    actor: str = VISITOR,
) -> list[ConsentEvent]:
    """Withdraw everything, then record per purpose that the visitor was erased.

    Afterwards no handoff or follow-up of theirs is live, so all such rows may be deleted.
    """
    recorded = withdraw(
        connection,
        visitor_id,
        now,
        asked_on=asked_on,
        method=method,
        idem_prefix=idem_prefix,
        actor=actor,
    )
    for code in sorted({event.purpose for event in events_of(connection, visitor_id)}):
        draft = EventDraft(
            visitor_id,
            code,
            ANY,
            "erased",
            asked_on,
            actor,
            method,
            idem_key=f"{idem_prefix}/erased/{code}",
        )
        recorded.append(append(connection, draft, now))
    return recorded


def expire_due(
    connection: Connection,
    now: datetime,
    *,
    handoff_days: int,
    unconfirmed_days: int = UNCONFIRMED_DAYS,
) -> list[ConsentEvent]:
    """End every grant whose time is over and every yes that nobody confirmed in time.

    A handoff grant is over `handoff_days` after its conversation was resolved.
    """
    take_ledger_lock(connection)
    over = _over(connection, now, now - timedelta(days=handoff_days))
    lapsed = _lapsed(connection, now - timedelta(days=unconfirmed_days))
    return [append(connection, _ending(_expiry(event), event), now) for event in [*over, *lapsed]]


def _over(connection: Connection, now: datetime, resolved: datetime) -> list[ConsentEvent]:
    query = (
        select(grant.c.id)
        .outerjoin(conversation, conversation.c.id == grant.c.scope_id)
        .where(
            or_(
                grant.c.expires_at <= now,
                and_(grant.c.purpose == "handoff", conversation.c.resolved_at <= resolved),
            )
        )
    )
    found = (event_by_id(connection, event_id) for event_id in connection.scalars(query).all())
    return [event for event in found if event is not None]


def _lapsed(connection: Connection, given: datetime) -> list[ConsentEvent]:
    """Return the old yeses without confirmation; an ending by our own hand names what it ends."""
    answer = consent_event.alias()
    query = (
        select(consent_event.c.visitor_id)
        .join(purpose, purpose.c.code == consent_event.c.purpose)
        .where(
            purpose.c.double_opt_in,
            consent_event.c.action.in_(YES),
            consent_event.c.occurred_at <= given,
            ~exists().where(answer.c.answers_event_id == consent_event.c.id),
        )
        .distinct()
    )
    return [
        event
        for visitor_id in connection.scalars(query).all()
        for event in fold(events_of(connection, visitor_id)).unconfirmed.values()
        if event.occurred_at <= given
    ]


def _expiry(event: ConsentEvent) -> EventDraft:
    return EventDraft(
        event.visitor_id, "", "", "expired", "system", "system", "expiry", idem_key="expiry"
    )


def _ending(source: EventDraft, event: ConsentEvent) -> EventDraft:
    """Return the draft that ends `event`, with a key and identifier of its own."""
    name = f"{source.action}/{event.id}"
    return replace(
        source,
        purpose=event.purpose,
        channel=event.channel,
        contact_point_id=event.contact_point_id,
        scope_id=event.scope_id,
        answers_event_id=event.id,
        id=derived_id(source.idem_key, name),
        idem_key=f"{source.idem_key}/{name}",
    )
