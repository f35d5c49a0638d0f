from __future__ import annotations

import sqlite3
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text, update

from bot.clock import SystemClock, to_text
from bot.consent.endings import expire_due, record_erasure, withdraw, withdraw_grant
from bot.consent.events import EventDraft
from bot.consent.ledger import append
from bot.database import Database, tables
from bot.database.engine import translated_errors
from bot.errors import ConsentRefused, NoLiveGrant
from tests.conftest import FixedClock
from tests.consent.scene import (
    add_follow_up,
    add_handoff,
    asked,
    follow_up_row,
    grant_ids,
    granted,
    handoff_row,
    set_state,
    set_up,
    state_of,
    yes,
)

HANDOFF, FOLLOW_UP = tables.handoff, tables.follow_up
ROWS = {"handoff": handoff_row, "follow_up": follow_up_row}
LEGAL = {
    "handoff": {
        "requested": {"accepted", "handed_back", "resolved", "revoked"},
        "accepted": {"handed_back", "resolved", "revoked"},
    },
    "follow_up": {
        "offered": {"scheduled", "cancelled"},
        "scheduled": {"sending", "cancelled"},
        "sending": {"sent", "scheduled", "cancelled"},
    },
}
STATES = {
    "handoff": ("requested", "accepted", "handed_back", "resolved", "revoked"),
    "follow_up": ("offered", "scheduled", "sending", "sent", "cancelled"),
}
PATHS = {
    "accepted": ("accepted",),
    "handed_back": ("handed_back",),
    "resolved": ("resolved",),
    "revoked": ("revoked",),
    "scheduled": ("scheduled",),
    "sending": ("scheduled", "sending"),
    "sent": ("scheduled", "sending", "sent"),
    "cancelled": ("cancelled",),
}


@pytest.fixture
def scene(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as connection:
        set_up(connection, clock.now(), ("anna", "eva"))
    return database


def _insert_raw(database: Database, table: str, row: dict[str, Any]) -> None:
    """Insert with plain SQL; on SQLite as a client that knows neither keys nor checks."""
    columns = ", ".join(row)
    if not database.is_sqlite:
        with database.transaction() as connection:
            marks = ", ".join(f":{name}" for name in row)
            values = {key: _plain(value) for key, value in row.items()}
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), values)
        return
    client = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    client.execute("PRAGMA foreign_keys=OFF")
    client.execute("PRAGMA ignore_check_constraints=ON")
    try:
        client.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})",
            [_plain(value) for value in row.values()],
        )
    except sqlite3.IntegrityError as error:
        raise NoLiveGrant(str(error)) from error
    finally:
        client.close()


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) or value is None else to_text(value)


@pytest.mark.parametrize("table", ROWS)
def test_row_with_its_live_grant_is_accepted(
    scene: Database, clock: FixedClock, table: str
) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), table)
    _insert_raw(scene, table, ROWS[table](grant, clock.now()))
    with scene.reading() as connection:
        assert connection.scalar(select(tables.metadata.tables[table].c.live_grant_id)) == grant.id


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"live_grant_id": "nothing", "grant_event_id": "nothing"},
        {"live_grant_id": None},
        {"visitor_id": "eva"},
        {"channel": "sms"},
        {"contact_point_id": "anna-other"},
        {"scope_id": "eva-talk"},
        {"scope_id": "eva-talk", "conversation_id": "eva-talk"},
        {"purpose": "improve"},
    ],
    ids=str,
)
def test_row_without_exactly_its_grant_is_refused(
    scene: Database, clock: FixedClock, table: str, wrong: dict[str, Any]
) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), table)
    with pytest.raises(NoLiveGrant, match="no live grant"):
        _insert_raw(scene, table, ROWS[table](grant, clock.now(), **wrong))


def test_handoff_of_a_conversation_is_no_handoff_of_another(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), "handoff", scope="anna-talk")
    with pytest.raises(NoLiveGrant):  # its scope kept, but the conversation exchanged
        _insert_raw(scene, "handoff", handoff_row(grant, clock.now(), conversation_id="eva-talk"))


@pytest.mark.parametrize("table", ROWS)
def test_grant_of_one_purpose_does_not_open_the_other(
    scene: Database, clock: FixedClock, table: str
) -> None:
    other = "follow_up" if table == "handoff" else "handoff"
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), other)
    row = ROWS[table](grant, clock.now(), channel=grant.channel)
    row |= {"contact_point_id": grant.contact_point_id}
    for purpose in (table, other):
        with pytest.raises(NoLiveGrant):
            _insert_raw(scene, table, {**row, "purpose": purpose})


def test_unconfirmed_yes_opens_no_follow_up(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
        given = yes(connection, clock.now(), request, contact_point_id="anna-mail")
        assert grant_ids(connection) == set()
    with pytest.raises(NoLiveGrant):
        _insert_raw(scene, "follow_up", follow_up_row(given, clock.now()))


def test_expired_grant_opens_nothing_though_nobody_swept(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        past = clock.now() - timedelta(seconds=1)
        grant = granted(connection, clock.now(), "handoff", expires_at=past)
        assert grant_ids(connection) == {grant.id}
    with pytest.raises(NoLiveGrant):
        _insert_raw(scene, "handoff", handoff_row(grant, clock.now()))


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize(
    "state", ["accepted", "handed_back", "sending", "sent", "cancelled", "other"]
)
def test_row_cannot_start_in_a_later_state(
    scene: Database, clock: FixedClock, table: str, state: str
) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), table)
    with pytest.raises(ConsentRefused, match="cannot start"):
        _insert_raw(scene, table, ROWS[table](grant, clock.now(), state=state))


@pytest.mark.parametrize("name", ROWS)
def test_only_legal_changes_of_state_are_accepted(
    scene: Database, clock: FixedClock, name: str
) -> None:
    table: Table = tables.metadata.tables[name]
    accepted: dict[str, set[str]] = {}
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), name)
        for before in STATES[name]:
            for after in STATES[name]:
                row = ROWS[name](grant, clock.now())
                connection.execute(insert(table).values(row))
                for step in PATHS.get(before, ()):
                    set_state(connection, table, row["id"], step)
                if before != after and _is_accepted(connection, table, row["id"], after):
                    accepted.setdefault(before, set()).add(after)
    assert accepted == LEGAL[name]


def _is_accepted(connection: Connection, table: Table, row_id: str, state: str) -> bool:
    try:
        with translated_errors(), connection.begin_nested():
            set_state(connection, table, row_id, state)
    except ConsentRefused:
        return False
    return True


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize(
    "column",
    [
        "id",
        "conversation_id",
        "visitor_id",
        "channel",
        "contact_point_id",
        "scope_id",
        "grant_event_id",
    ],
)
def test_what_a_row_was_granted_for_cannot_change(
    scene: Database, clock: FixedClock, name: str, column: str
) -> None:
    table: Table = tables.metadata.tables[name]
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), name)
        connection.execute(insert(table).values(ROWS[name](grant, clock.now())))
    with (
        pytest.raises(ConsentRefused, match="cannot change"),
        scene.transaction() as connection,
    ):
        connection.execute(update(table).values({column: "eva-talk"}))


@pytest.mark.parametrize("name", ROWS)
def test_row_lives_on_only_while_its_grant_does(
    scene: Database, clock: FixedClock, name: str
) -> None:
    table: Table = tables.metadata.tables[name]
    with scene.transaction() as connection:
        soon = clock.now() + timedelta(milliseconds=1200)
        grant = granted(connection, clock.now(), name, expires_at=soon)
        connection.execute(insert(table).values(ROWS[name](grant, clock.now())))
    _wait_until_past(soon)
    step = LEGAL[name][STATES[name][0]] - {"revoked", "cancelled", "handed_back", "resolved"}
    with pytest.raises(NoLiveGrant), scene.transaction() as connection:
        connection.execute(update(table).values(state=step.pop()))
    with scene.transaction() as connection:  # ending it is always possible
        connection.execute(update(table).values(state=STATES[name][-1]))


def _wait_until_past(moment: datetime) -> None:
    while SystemClock().now() <= moment:
        time.sleep(0.05)


def test_row_that_ends_lets_go_of_its_grant(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), "handoff")
        handoff_id = add_handoff(connection, grant, clock.now())
        set_state(connection, HANDOFF, handoff_id, "accepted")
        set_state(connection, HANDOFF, handoff_id, "resolved")
        assert state_of(connection, HANDOFF, handoff_id) == ("resolved", None)
        assert grant_ids(connection) == {grant.id}  # resolving does not withdraw
        connection.execute(update(HANDOFF).values(live_grant_id=grant.id))  # no way back in
        assert state_of(connection, HANDOFF, handoff_id) == ("resolved", None)
        withdraw(connection, "anna", clock.now(), asked_on="web", method="keyword", idem_prefix="s")
        assert grant_ids(connection) == set()
        assert state_of(connection, HANDOFF, handoff_id) == ("resolved", None)


def test_withdrawal_ends_live_rows_in_the_same_transaction(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        shared = granted(connection, clock.now(), "handoff")
        mailed = granted(connection, clock.now(), "follow_up")
        handoff_id = add_handoff(connection, shared, clock.now())
        offered = add_follow_up(connection, mailed, clock.now())
        sending = add_follow_up(connection, mailed, clock.now(), state="scheduled")
        set_state(connection, FOLLOW_UP, sending, "sending")
        withdraw(connection, "anna", clock.now(), asked_on="web", method="keyword", idem_prefix="s")
        assert state_of(connection, HANDOFF, handoff_id) == ("revoked", None)
        assert connection.scalar(select(HANDOFF.c.ended_at)) == clock.now()
        assert state_of(connection, FOLLOW_UP, offered) == ("cancelled", None)
        assert state_of(connection, FOLLOW_UP, sending) == ("cancelled", None)


@pytest.mark.parametrize(
    "action", ["withdrawn", "revoked", "refused", "expired", "erased", "given"]
)
def test_every_ending_ends_the_rows_and_the_grant(
    scene: Database, clock: FixedClock, action: str
) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), "handoff")
        handoff_id = add_handoff(connection, grant, clock.now())
        answers = (
            asked(connection, clock.now(), "handoff") if action in {"refused", "given"} else None
        )
        draft = EventDraft(
            "anna",
            "handoff",
            "chat",
            action,
            "web",
            "visitor",
            "button",
            idem_key="end",
            scope_id="anna-talk",
            answers_event_id=answers.id if answers else None,
            notice_id=answers.notice_id if answers else None,
        )
        ending = append(connection, draft, clock.now())
        assert state_of(connection, HANDOFF, handoff_id) == ("revoked", None)
        # a new yes takes the place of the old one; what hung on the old one ends with it
        assert grant_ids(connection) == ({ending.id} if action == "given" else set())


def test_withdrawal_of_one_grant_leaves_the_others(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        one = granted(connection, clock.now(), "follow_up", scope="m1")
        two = granted(connection, clock.now(), "follow_up", scope="m2")
        eva = granted(connection, clock.now(), "follow_up", person="eva", scope="m1")
        kept = add_follow_up(connection, two, clock.now(), scope_id="m2")
        withdraw_grant(
            connection,
            "anna",
            one.id,
            clock.now(),
            asked_on="web",
            method="button",
            idem_key="stop",
        )
        assert grant_ids(connection) == {two.id, eva.id}
        assert state_of(connection, FOLLOW_UP, kept) == ("offered", two.id)


def test_live_row_cannot_be_deleted_but_an_ended_one_can(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), "follow_up")
        follow_up_id = add_follow_up(connection, grant, clock.now())
    with pytest.raises(ConsentRefused, match="before deleting"), scene.transaction() as connection:
        connection.execute(delete(FOLLOW_UP))
    with scene.transaction() as connection:
        set_state(connection, FOLLOW_UP, follow_up_id, "cancelled")
        connection.execute(delete(FOLLOW_UP))


def test_expiry_sweep_ends_rows_of_a_grant_that_is_over(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        end = clock.now() + timedelta(days=90)
        grant = granted(connection, clock.now(), "follow_up", expires_at=end)
        follow_up_id = add_follow_up(connection, grant, clock.now(), state="scheduled")
        assert expire_due(connection, clock.now(), handoff_days=7) == []
        ended = expire_due(connection, clock.advance(90 * 86400), handoff_days=7)
        assert [event.action for event in ended] == ["expired"]
        assert state_of(connection, FOLLOW_UP, follow_up_id) == ("cancelled", None)
        assert expire_due(connection, clock.now(), handoff_days=7) == []


def test_erased_visitor_leaves_only_the_ledger(scene: Database, clock: FixedClock) -> None:
    """The order in which the privacy code deletes; the ledger stands in the way of nothing."""
    with scene.transaction() as connection:
        shared = granted(connection, clock.now(), "handoff")
        mailed = granted(connection, clock.now(), "follow_up")
        add_handoff(connection, shared, clock.now())
        add_follow_up(connection, mailed, clock.now())
        record_erasure(
            connection, "anna", clock.now(), asked_on="web", method="page", idem_prefix="erase"
        )
        for table in (HANDOFF, FOLLOW_UP, tables.consent_evidence, tables.contact_point):
            connection.execute(delete(table).where(table.c.visitor_id == "anna"))
        connection.execute(
            delete(tables.conversation).where(tables.conversation.c.visitor_id == "anna")
        )
        connection.execute(delete(tables.visitor).where(tables.visitor.c.id == "anna"))
    with scene.reading() as connection:
        actions = connection.scalars(
            select(tables.consent_event.c.action).order_by(tables.consent_event.c.seq.desc())
        ).all()
        assert actions[:4] == ["erased", "erased", "withdrawn", "withdrawn"]
        assert grant_ids(connection) == set()
