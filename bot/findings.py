"""What was found in a visitor's message, kept with it: for staff, and for the visitor's export.

It is written into the message's `body` under `found`, by the turn's one commit, and goes when
the message goes. E-mail addresses and telephone numbers are left out, and values are redacted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, update

from bot.conversation.types import Turn
from bot.database.tables import message
from bot.days import resolve
from bot.engine.agent import PRIVATE_ENTITIES
from bot.redaction import redact

MOST_FOUND = 12  # a pasted log can be full of numbers
MOST_CHARS = 120
# A visitor who wants something sent speaks of what is to come: "Tuesday" is then the next one.
LOOKS_AHEAD = frozenset({"ask_follow_up"})


def record_findings(connection: Connection, turn: Turn) -> None:
    """Write what was found in the turn's message; nothing when there was nothing."""
    found = findings_of(turn)
    # a button pressed about an earlier message repeats what was found in that one
    repeated = turn.about is not None and turn.need not in LOOKS_AHEAD
    if found and not repeated:
        connection.execute(
            update(message)
            .where(message.c.id == turn.message.id)
            .values(body={**turn.message.body, "found": found})
        )


def findings_of(turn: Turn) -> list[dict[str, str]]:
    """Return `{entity, value}` of each thing found, a date with `first` and `last` if certain.

    Days are ISO dates, counted from the day of the message by this machine's own time zone.
    """
    said_on = turn.message.created_at.astimezone().date()
    ahead = turn.need in LOOKS_AHEAD
    unique = {tuple(sorted(one.items())): one for one in _findings(turn, said_on, ahead=ahead)}
    return list(unique.values())[:MOST_FOUND]


def _findings(turn: Turn, said_on: date, *, ahead: bool) -> Iterator[dict[str, str]]:
    for entity in turn.entities:
        value = redact(str(entity["value"]))
        if entity["entity"] not in PRIVATE_ENTITIES and len(value) <= MOST_CHARS:
            days = _days(entity.get("when") or {}, said_on, ahead=ahead)
            yield {"entity": str(entity["entity"]), "value": value, **days}


def _days(when: Mapping[str, Any], said_on: date, *, ahead: bool) -> dict[str, str]:
    period = resolve(when, said_on, ahead=ahead)
    if period is None:
        return {}
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}
