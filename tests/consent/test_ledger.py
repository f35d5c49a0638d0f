from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from bot.clock import new_id
from bot.consent.events import EventDraft, commitment
from bot.consent.ledger import append, event_by_id, events_of
from bot.consent.verify import verify
from bot.database import Database, tables
from bot.errors import Conflict, ConsentRefused
from bot.keys import Keys
from tests.conftest import FixedClock
from tests.consent.scene import asked, notice_id, set_up, yes

REQUEST = EventDraft(
    visitor_id="anna",
    purpose="handoff",
    channel="chat",
    action="requested",
    asked_on="web",
    actor="assistant",
    method="question",
    idem_key="first",
    scope_id="anna-talk",
    notice_id=notice_id("handoff"),
)


@pytest.fixture
def scene(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as connection:
        set_up(connection, clock.now())
    return database


def test_append_returns_what_is_stored(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        event = append(connection, REQUEST, clock.now())
    with scene.reading() as connection:
        assert event_by_id(connection, event.id) == event
        assert (event.seq, event.prev_hash, event.occurred_at) == (1, "genesis", clock.now())


def test_append_of_the_same_act_twice_stores_one_event(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        first = append(connection, REQUEST, clock.now())
    with scene.transaction() as connection:
        again = append(connection, replace(REQUEST, id=new_id()), clock.advance(5))
        assert again == first
        assert len(events_of(connection, "anna")) == 1


def test_append_of_another_act_under_the_same_key_is_a_conflict(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        append(connection, REQUEST, clock.now())
    with pytest.raises(Conflict), scene.transaction() as connection:
        append(connection, replace(REQUEST, scope_id="another"), clock.now())


def test_ledger_time_never_runs_backwards(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        first = append(connection, REQUEST, clock.now())
        clock.advance(-3600)
        second = append(connection, replace(REQUEST, idem_key="second"), clock.now())
    assert second.occurred_at == first.occurred_at
    assert second.seq == first.seq + 1


def test_refused_event_leaves_no_trace(scene: Database, clock: FixedClock) -> None:
    with pytest.raises(ConsentRefused), scene.transaction() as connection:
        append(connection, replace(REQUEST, action="given", actor="visitor"), clock.now())
    with scene.reading() as connection:
        assert events_of(connection, "anna") == []


def test_evidence_is_kept_encrypted_and_erasable(
    scene: Database, clock: FixedClock, keys: Keys
) -> None:
    words = "yes please, share it"
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "handoff")
        given = yes(connection, clock.now(), request, evidence=words, keys=keys)
        row = connection.execute(select(tables.consent_evidence)).one()
        assert row.event_id == given.id
        assert words.encode() not in row.payload_encrypted
        assert keys.decrypt(row.payload_encrypted) == words
        assert given.evidence_commitment == commitment(row.salt, words)
        connection.execute(delete(tables.consent_evidence))
    with scene.reading() as connection:
        assert verify(connection).ok


def test_evidence_without_keys_is_not_kept(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "handoff")
        given = yes(connection, clock.now(), request, evidence="yes")
        assert given.evidence_commitment is None
        assert connection.execute(select(tables.consent_evidence)).all() == []


def test_appends_from_many_threads_keep_one_chain(scene: Database, clock: FixedClock) -> None:
    def append_ten(worker: int) -> None:
        for number in range(10):
            draft = replace(REQUEST, idem_key=f"{worker}/{number}", scope_id=f"{worker}/{number}")
            with scene.transaction() as connection:
                append(connection, draft, clock.now())

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(append_ten, range(6)))
    with scene.reading() as connection:
        report = verify(connection)
    assert (report.events, report.problems) == (60, ())


def test_same_act_from_many_threads_is_stored_once(scene: Database, clock: FixedClock) -> None:
    def append_once(_: int) -> str:
        with scene.transaction() as connection:
            return append(connection, REQUEST, clock.now()).id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(append_once, range(12)))) == 1
