"""Questions that wait for an answer."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.consent.events import ConsentEvent
from bot.consent.ledger import events_of
from bot.consent.standing import fold

__all__ = ["ConsentEvent", "open_request", "open_requests"]


def open_requests(connection: Connection, visitor_id: str) -> list[ConsentEvent]:
    """Return the questions put to a visitor that a yes or no could still answer."""
    return list(fold(events_of(connection, visitor_id)).unanswered.values())


def open_request(connection: Connection, event_id: str, visitor_id: str) -> ConsentEvent | None:
    """Return one question of this visitor.

    None when it was answered, was withdrawn, was asked again since, or is somebody else's.
    """
    return fold(events_of(connection, visitor_id)).unanswered.get(event_id)
