"""Laws that hold after any sequence of acts, legal or not, by any of two visitors."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select

from bot.clock import new_id
from bot.consent.acts import confirm, defer, refuse
from bot.consent.endings import expire_due, record_erasure, withdraw
from bot.consent.events import ConsentEvent, EventDraft
from bot.consent.ledger import append, events_of
from bot.consent.verify import verify
from bot.database import Database, tables
from bot.database.engine import translated_errors
from bot.errors import Conflict, ConsentRefused
from tests.conftest import FixedClock
from tests.consent.scene import add_follow_up, add_handoff, asked, set_state, set_up, yes

PEOPLE = ("anna", "eva")
PURPOSES = ("handoff", "follow_up")
SCOPES = ("anna-talk", "eva-talk")
ADDRESSES = ("-", "anna-mail", "anna-other")
STATES = ("accepted", "resolved", "revoked", "scheduled", "sending", "sent", "cancelled")
ENDED = ("handed_back", "resolved", "revoked", "sent", "cancelled")

pick = st.integers(0, 5)  # counted from the newest: what came last matters most
acts = st.one_of(
    st.tuples(
        st.just("ask"), st.sampled_from(PEOPLE), st.sampled_from(PURPOSES), st.sampled_from(SCOPES)
    ),
    st.tuples(
        st.just("grant"),
        st.sampled_from(PEOPLE),
        st.sampled_from(PURPOSES),
        st.sampled_from(SCOPES),
    ),
    st.tuples(st.sampled_from(("give", "renew")), pick, st.sampled_from(ADDRESSES)),
    st.tuples(st.sampled_from(("confirm", "refuse", "defer")), pick),
    st.tuples(
        st.sampled_from(("withdrawn", "revoked", "expired")), pick, st.booleans(), st.booleans()
    ),
    st.tuples(st.sampled_from(("stop", "erase")), st.sampled_from(PEOPLE)),
    st.tuples(st.just("sweep"), st.sampled_from((0, 3, 21))),
    st.tuples(st.just("row"), pick, st.booleans()),
    st.tuples(st.just("row"), pick, st.just(False)),
    st.tuples(st.just("step"), pick, st.sampled_from(STATES)),
    st.tuples(st.sampled_from(("steal", "drop")), pick),
)


@dataclass
class Play:
    """Runs acts as they come, remembers what was stored, and lets refusals pass."""

    connection: Connection
    clock: FixedClock
    events: list[ConsentEvent] = field(default_factory=list)
    rows: list[tuple[Any, str]] = field(default_factory=list)

    def run(self, act: tuple[Any, ...]) -> None:
        try:
            with translated_errors(), self.connection.begin_nested():
                getattr(self, f"_{act[0]}")(*act)
        except (ConsentRefused, Conflict, LookupError):
            return

    def _end(self, action: str, number: int, any_address: bool, any_scope: bool) -> None:
        """End what some event is about, or more than that."""
        event = _at(self.events, number)
        draft = EventDraft(
            event.visitor_id,
            event.purpose,
            event.channel,
            action,
            "web",
            "visitor",
            "button",
            idem_key=new_id(),
            contact_point_id="-" if any_address else event.contact_point_id,
            scope_id="-" if any_scope else event.scope_id,
        )
        append(self.connection, draft, self.clock.now())

    _withdrawn = _revoked = _expired = _end

    def _ask(self, _: str, person: str, purpose: str, scope: str) -> None:
        self.events.append(asked(self.connection, self.clock.now(), purpose, person, scope))

    def _grant(self, _: str, person: str, purpose: str, scope: str) -> None:
        """Ask, and get the whole yes."""
        self._ask("ask", person, purpose, scope)
        self._give("give", 0, f"{person}-mail")
        if purpose == "follow_up":
            self._confirm("confirm", 0)

    def _give(self, name: str, number: int, address: str) -> None:
        request = _at(self.events, number)
        event = yes(
            self.connection,
            self.clock.now(),
            request,
            renewed=name == "renew",
            contact_point_id=address if request.purpose == "follow_up" else "-",
            expires_at=self.clock.now() + timedelta(days=20),
        )
        self.events.append(event)

    _renew = _give

    def _confirm(self, _: str, number: int) -> None:
        event_id = _at(self.events, number).id
        self.events.append(confirm(self.connection, event_id, self.clock.now(), "email_link"))

    def _refuse(self, name: str, number: int) -> None:
        act = refuse if name == "refuse" else defer
        act(
            self.connection,
            self.clock.now(),
            request_event_id=_at(self.events, number).id,
            method="button",
            idem_key=new_id(),
        )

    _defer = _refuse

    def _stop(self, name: str, person: str) -> None:
        act = withdraw if name == "stop" else record_erasure
        act(
            self.connection,
            person,
            self.clock.now(),
            asked_on="web",
            method="keyword",
            idem_prefix=new_id(),
        )

    _erase = _stop

    def _sweep(self, _: str, days: int) -> None:
        expire_due(self.connection, self.clock.advance(days * 86400), handoff_days=7)

    def _row(self, _: str, number: int, astray: bool) -> None:
        """Insert what hangs on a grant, for what the event is about or for another scope."""
        event = _at(self.events, number)
        scope = "eva-talk" if astray else event.scope_id
        where = {"visitor_id": event.visitor_id, "conversation_id": scope, "scope_id": scope}
        if event.purpose == "handoff":
            row_id = add_handoff(self.connection, event, self.clock.now(), **where)
            self.rows.append((tables.handoff, row_id))
        else:
            where["contact_point_id"] = event.contact_point_id
            row_id = add_follow_up(self.connection, event, self.clock.now(), **where)
            self.rows.append((tables.follow_up, row_id))

    def _step(self, _: str, number: int, state: str) -> None:
        table, row_id = _at(self.rows, number)
        set_state(self.connection, table, row_id, state)

    def _steal(self, _: str, number: int) -> None:
        """Try to open a grant past the ledger."""
        event = _at(self.events, number)
        names = ("id", "visitor_id", "purpose", "channel", "contact_point_id", "scope_id")
        values = {name: getattr(event, name) for name in names}
        self.connection.execute(insert(tables.grant).values(values))

    def _drop(self, _: str, number: int) -> None:
        """Try to end a grant past the ledger."""
        event = _at(self.events, number)
        self.connection.execute(delete(tables.grant).where(tables.grant.c.id == event.id))


def _at(items: list[Any], number: int) -> Any:
    """Return an item counted from the newest, round and round."""
    if not items:
        raise LookupError
    return items[-1 - number % len(items)]


def _expected_grants(events: list[ConsentEvent]) -> set[str]:
    """Say from the ledger alone what is live: an opening that nothing later ended or replaced."""
    live = set()
    for place, opening in enumerate(events):
        later = events[place + 1 :]
        if _opens(opening) and not any(_over(opening, event) for event in later):
            live.add(opening.id)
    return live


def _opens(event: ConsentEvent) -> bool:
    if event.purpose == "follow_up":
        return event.action == "confirmed"
    return event.action in {"given", "renewed"}


def _over(opening: ConsentEvent, event: ConsentEvent) -> bool:
    same = (event.purpose, event.channel) == (opening.purpose, opening.channel)
    exact = event.what == opening.what
    around = (
        same
        and event.contact_point_id in ("-", opening.contact_point_id)
        and event.scope_id in ("-", opening.scope_id)
    )
    return (
        event.action == "erased"
        or (around and event.action in {"withdrawn", "revoked", "refused"})
        or (exact and event.action == "expired" and event.answers_event_id in (None, opening.id))
        or (exact and _opens(event))
    )


def _check_laws(connection: Connection) -> None:
    grants = {row.id: row for row in connection.execute(select(tables.grant))}
    ledger = {person: events_of(connection, person) for person in PEOPLE}
    expected = set(itertools.chain(*(_expected_grants(events) for events in ledger.values())))
    assert set(grants) == expected
    for events in ledger.values():
        _check_withdrawn_wins(events)
    for table in (tables.handoff, tables.follow_up):
        for row in connection.execute(select(table)):
            _check_row(row, grants)


def _check_withdrawn_wins(events: list[ConsentEvent]) -> None:
    """No yes counts whose question is older than a withdrawal of the same."""
    by_id = {event.id: event for event in events}
    for event in events:
        if event.action not in {"given", "renewed", "confirmed"}:
            continue
        answered = by_id[event.answers_event_id or ""]
        between = [other for other in events if answered.seq < other.seq < event.seq]
        assert not any(
            other.action in {"withdrawn", "revoked", "erased"} and _over(event, other)
            for other in between
        )


def _check_row(row: Any, grants: dict[str, Any]) -> None:
    if row.state in ENDED:
        assert row.live_grant_id is None
        return
    grant = grants[row.live_grant_id]
    assert row.grant_event_id == row.live_grant_id
    for name in ("visitor_id", "purpose", "channel", "contact_point_id", "scope_id"):
        assert getattr(row, name) == getattr(grant, name)


@pytest.fixture
def scene(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as connection:
        set_up(connection, clock.now(), PEOPLE)
    return database


@settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=st.lists(acts, min_size=15, max_size=30))
def test_laws_hold_after_any_sequence(scene: Database, sequence: list[tuple[Any, ...]]) -> None:
    with scene.engine.connect() as connection:
        play = Play(connection, FixedClock())
        for act in sequence:
            play.run(act)
            _check_laws(connection)
        assert verify(connection).problems == ()
        connection.rollback()
