"""The double opt-in question as the ledger has it: still open, confirmed, or over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from bot.consent.events import ConsentEvent
from bot.consent.ledger import event_by_id, events_of
from bot.consent.standing import YES, fold
from bot.errors import NotFound

LAPSES_AFTER = timedelta(days=7)
State = Literal["open", "confirmed", "ended", "lapsed"]


@dataclass(frozen=True)
class Question:
    """A yes to mail that waits for its confirmation, or no longer does."""

    given: ConsentEvent
    state: State


def find_question(connection: Connection, given_event_id: str, now: datetime) -> Question:
    """Return what became of a yes to mail; raise `NotFound` when there is no such yes."""
    given = event_by_id(connection, given_event_id)
    if given is None or given.action not in YES:
        raise NotFound("There is no such question.", code="follow_up.no_question")
    return Question(given, _state(connection, given, now))


def has_lapsed(given: ConsentEvent, now: datetime) -> bool:
    """Say whether a yes that nobody confirmed has waited too long."""
    ended = given.expires_at is not None and given.expires_at <= now
    return ended or now > given.occurred_at + LAPSES_AFTER


def _state(connection: Connection, given: ConsentEvent, now: datetime) -> State:
    standing = fold(events_of(connection, given.visitor_id))
    if any(event.answers_event_id == given.id for event in standing.live.values()):
        return "confirmed"
    if given.id not in standing.unconfirmed:
        return "ended"
    return "lapsed" if has_lapsed(given, now) else "open"
