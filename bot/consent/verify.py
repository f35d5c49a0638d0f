"""Proves that the ledger is what was written: the chain, the notices, the grants, the guards.

It names the first bad row. It cannot see a tail that was cut off cleanly, nor a ledger that
its owner rewrote as a whole: only a copy kept elsewhere (a receipt, a backup) shows those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, select, type_coerce

from bot.clock import from_text
from bot.consent.events import GENESIS, ConsentEvent, digest
from bot.consent.standing import Standing, advance
from bot.database import tables, triggers
from bot.database.types import UtcTime


@dataclass(frozen=True)
class Problem:
    """Something that is not as it was written; `seq` names the row where there is one."""

    seq: int | None
    what: str


@dataclass(frozen=True)
class VerifyReport:
    """`problems` starts with the first bad row of the chain."""

    events: int
    ok: bool
    problems: tuple[Problem, ...]


def verify(connection: Connection) -> VerifyReport:
    """Read everything and report what does not fit. Raises nothing for a bad ledger."""
    standings: dict[str, Standing] = {}
    problems: list[Problem] = []
    events = 0
    double_opt_in = _double_opt_in(connection)
    previous: Mapping[str, Any] = {"seq": 0, "hash": GENESIS, "occurred_at": ""}
    for row in _rows(connection):
        events += 1
        problems += _row_problems(row, previous)
        previous = row
        event = _event(row)
        if event is None:
            problems.append(Problem(row["seq"], "a time in this row cannot be read"))
        else:
            standing = standings.setdefault(event.visitor_id, Standing())
            advance(standing, event, double_opt_in)
    problems += _notice_problems(connection)
    problems += _grant_problems(connection, standings)
    problems += _live_row_problems(connection)
    problems += [Problem(None, what) for what in triggers.problems(connection)]
    return VerifyReport(events, not problems, tuple(problems))


def _rows(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """Yield the ledger as it is stored: times as text, whatever stands there."""
    table = tables.consent_event
    columns = [
        type_coerce(column, Text).label(column.name) if isinstance(column.type, UtcTime) else column
        for column in table.columns
    ]
    query = select(*columns).order_by(table.c.seq)
    found = connection.execute(query, execution_options={"yield_per": 1000})
    for row in found.mappings():
        yield {str(name): value for name, value in row.items()}


def _row_problems(row: Mapping[str, Any], previous: Mapping[str, Any]) -> Iterator[Problem]:
    seq = row["seq"]
    if seq != previous["seq"] + 1:
        yield Problem(previous["seq"] + 1, "the row is missing")
    elif row["prev_hash"] != previous["hash"]:
        yield Problem(seq, "the row does not continue the one before it")
    if digest(row) != row["hash"]:
        yield Problem(seq, "the row was changed after it was written")
    if row["occurred_at"] < previous["occurred_at"]:
        yield Problem(seq, "the row is older than the one before it")


def _event(row: Mapping[str, Any]) -> ConsentEvent | None:
    try:
        times = {
            name: from_text(row[name]) if row[name] is not None else None
            for name in ("occurred_at", "expires_at")
        }
    except ValueError:
        return None
    return ConsentEvent(**{**row, **times})


def _double_opt_in(connection: Connection) -> set[str]:
    table = tables.purpose
    return set(connection.scalars(select(table.c.code).where(table.c.double_opt_in)))


def _notice_problems(connection: Connection) -> Iterator[Problem]:
    for row in connection.execute(select(tables.notice).order_by(tables.notice.c.id)):
        if hashlib.sha256(row.body.encode()).hexdigest() != row.body_sha256:
            name = f"{row.purpose}, version {row.version}, {row.language}"
            yield Problem(None, f"the words of notice {row.id} ({name}) were changed")


def _grant_problems(connection: Connection, standings: Mapping[str, Standing]) -> Iterator[Problem]:
    """Compare the grants with those that follow from the ledger."""
    expected = {
        event.id: (event.visitor_id, *event.what, event.expires_at)
        for standing in standings.values()
        for event in standing.live.values()
    }
    table = tables.grant
    found = {row.id: tuple(row[1:]) for row in connection.execute(select(table))}
    for event_id in sorted(expected.keys() | found.keys()):
        if event_id not in found:
            yield Problem(None, f"grant {event_id} is missing")
        elif event_id not in expected:
            yield Problem(None, f"grant {event_id} does not follow from the ledger")
        elif found[event_id] != expected[event_id]:
            yield Problem(None, f"grant {event_id} differs from the ledger")


def _live_row_problems(connection: Connection) -> Iterator[Problem]:
    ended = {
        tables.handoff: ("handed_back", "resolved", "revoked"),
        tables.follow_up: ("sent", "cancelled"),
    }
    for table, states in ended.items():
        query = (
            select(table.c.id)
            .outerjoin(tables.grant, tables.grant.c.id == table.c.live_grant_id)
            .where(table.c.state.not_in(states), tables.grant.c.id.is_(None))
        )
        for row_id in connection.scalars(query):
            yield Problem(None, f"{table.name} {row_id} is live without a live grant")
