from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import insert, text

from bot.consent.endings import withdraw_grant
from bot.consent.events import digest
from bot.consent.ledger import event_by_id
from bot.database import Database, tables
from bot.errors import ConsentRefused
from tests.conftest import FixedClock
from tests.consent.scene import (
    add_follow_up,
    add_handoff,
    asked,
    grant_ids,
    granted,
    notice_id,
    set_up,
)

CHANGES = {
    "consent_event": "UPDATE consent_event SET method = 'x'",
    "notice": "UPDATE notice SET body = 'Do you agree to everything?'",
    "purpose": "UPDATE purpose SET double_opt_in = (1 = 0)",
    "grant": "UPDATE \"grant\" SET scope_id = 'another'",
}
REPLACEMENTS = {
    "consent_event by seq": (
        "INSERT OR REPLACE INTO consent_event"
        " SELECT seq, 'x', 'eve', purpose, channel, contact_point_id, scope_id, asked_on, action,"
        " answers_event_id, notice_id, occurred_at, expires_at, actor, method,"
        " evidence_commitment, 'x', prev_hash, 'x' FROM consent_event WHERE seq = 1"
    ),
    "notice by id": (
        "INSERT OR REPLACE INTO notice SELECT id, purpose, version, language, template_sha256,"
        " 'Everything?', 'x', created_at FROM notice WHERE purpose = 'handoff'"
    ),
    "notice by rowid": (
        "INSERT OR REPLACE INTO notice (rowid, id, purpose, version, language, template_sha256,"
        " body, body_sha256, created_at) VALUES (1, 'x', 'handoff', 9, 'en', 't', 'b', 's', 't')"
    ),
    "purpose by code": "INSERT OR REPLACE INTO purpose VALUES ('follow_up', 0, 'consent')",
    "purpose by rowid": (
        "INSERT OR REPLACE INTO purpose (rowid, code, double_opt_in, legal_basis)"
        " VALUES (1, 'x', 0, 'consent')"
    ),
    "grant by id": (
        'INSERT OR REPLACE INTO "grant"'
        " SELECT id, visitor_id, purpose, channel, contact_point_id, 'another', expires_at"
        ' FROM "grant"'
    ),
    "follow_up by id": (
        "INSERT OR REPLACE INTO follow_up SELECT id, conversation_id, visitor_id, purpose, channel,"
        " contact_point_id, scope_id, grant_event_id, live_grant_id, 'offered', kind, language,"
        " 'Another subject', content, due_at, attempts, next_attempt_at, last_error, created_at,"
        " sent_at FROM follow_up"
    ),
    "handoff by id": (
        "INSERT OR REPLACE INTO handoff SELECT id, conversation_id, visitor_id, purpose, channel,"
        " contact_point_id, scope_id, grant_event_id, live_grant_id, 'requested', staff_id,"
        " 'another reason', requested_at, accepted_at, ended_at FROM handoff"
    ),
}


@pytest.fixture
def granted_database(database: Database, clock: FixedClock) -> Database:
    """A database with one live handoff grant."""
    with database.transaction() as connection:
        set_up(connection, clock.now())
        granted(connection, clock.now())
    return database


@pytest.fixture
def careless(sqlite_database: Database, clock: FixedClock) -> Iterator[sqlite3.Connection]:
    """A client of the file with every protection of its own switched off."""
    with sqlite_database.transaction() as connection:
        set_up(connection, clock.now())
        grant = granted(connection, clock.now())
        add_handoff(connection, grant, clock.now())
        mailed = granted(connection, clock.now(), "follow_up")
        add_follow_up(connection, mailed, clock.now())
    path = sqlite_database.engine.url.database
    client = sqlite3.connect(str(path), isolation_level=None)
    for pragma in ("foreign_keys=OFF", "recursive_triggers=OFF", "ignore_check_constraints=ON"):
        client.execute(f"PRAGMA {pragma}")
    yield client
    client.close()


@pytest.mark.parametrize("table", CHANGES)
def test_change_of_what_was_recorded_is_refused(granted_database: Database, table: str) -> None:
    with pytest.raises(ConsentRefused), granted_database.transaction() as connection:
        connection.execute(text(CHANGES[table]))


@pytest.mark.parametrize("table", CHANGES)
def test_deletion_of_what_was_recorded_is_refused(granted_database: Database, table: str) -> None:
    with pytest.raises(ConsentRefused), granted_database.transaction() as connection:
        connection.execute(text(f'DELETE FROM "{table}"'))


@pytest.mark.parametrize("table", [*CHANGES, "handoff", "follow_up"])
def test_truncation_is_refused_on_postgresql(
    postgresql_database: Database, clock: FixedClock, table: str
) -> None:
    with postgresql_database.transaction() as connection:
        set_up(connection, clock.now())
        granted(connection, clock.now())
    with pytest.raises(ConsentRefused), postgresql_database.transaction() as connection:
        connection.execute(text(f'TRUNCATE "{table}" CASCADE'))


@pytest.mark.parametrize("what", REPLACEMENTS)
def test_replacement_is_refused_without_recursive_triggers(
    careless: sqlite3.Connection, what: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="askfirst:"):
        careless.execute(REPLACEMENTS[what])


@pytest.mark.parametrize("table", ["consent_event", "notice", "purpose", '"grant"', "handoff"])
def test_careless_client_cannot_delete(careless: sqlite3.Connection, table: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="askfirst:"):
        careless.execute(f"DELETE FROM {table}")


def test_careless_client_cannot_delete_a_grant_in_use(careless: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="the grant is in use"):
        careless.execute('DELETE FROM "grant"')


def test_careless_client_cannot_record_a_yes_by_staff(
    careless: sqlite3.Connection, sqlite_database: Database, clock: FixedClock
) -> None:
    with sqlite_database.transaction() as connection:
        request = asked(connection, clock.now(), "improve")
    columns = [column.name for column in tables.consent_event.columns]
    values = {
        **vars(request),
        "seq": request.seq + 1,
        "id": "forged",
        "action": "given",
        "actor": "staff",
        "answers_event_id": request.id,
        "occurred_at": "9999-01-01T00:00:00.000Z",
        "idem_key": "forged",
        "prev_hash": request.hash,
        "hash": "forged",
    }
    with pytest.raises(sqlite3.IntegrityError, match="only the visitor can answer"):
        careless.execute(
            f"INSERT INTO consent_event VALUES ({', '.join(':' + name for name in columns)})",
            {name: values[name] for name in columns},
        )


def test_forged_grant_is_refused(granted_database: Database, clock: FixedClock) -> None:
    with granted_database.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
    for event_id in (request.id, "nothing"):
        with pytest.raises(ConsentRefused), granted_database.transaction() as connection:
            connection.execute(
                insert(tables.grant).values(
                    id=event_id,
                    visitor_id="anna",
                    purpose="follow_up",
                    channel="email",
                    contact_point_id="-",
                    scope_id="anna-talk",
                )
            )


def test_grant_that_was_withdrawn_cannot_be_put_back(
    granted_database: Database, clock: FixedClock
) -> None:
    with granted_database.transaction() as connection:
        grant_id = grant_ids(connection).pop()
        given = event_by_id(connection, grant_id)
        assert given is not None
        withdraw_grant(
            connection,
            "anna",
            grant_id,
            clock.now(),
            asked_on="web",
            method="button",
            idem_key="stop",
        )
    with pytest.raises(ConsentRefused), granted_database.transaction() as connection:
        connection.execute(
            insert(tables.grant).values(
                id=grant_id,
                visitor_id="anna",
                purpose="handoff",
                channel="chat",
                contact_point_id="-",
                scope_id="anna-talk",
            )
        )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"seq": 9}, "does not continue the chain"),
        ({"prev_hash": "genesis"}, "does not continue the chain"),
        ({"occurred_at": -1}, "older than the one before"),
        ({"notice_id": notice_id("improve")}, "stored notice of its purpose"),
        ({"contact_point_id": "eva-mail"}, "address is not one of this visitor"),
    ],
)
def test_event_that_does_not_fit_is_refused(
    database: Database, clock: FixedClock, changed: dict[str, object], reason: str
) -> None:
    with database.transaction() as connection:
        set_up(connection, clock.now(), ("anna", "eva"))
        last = asked(connection, clock.now(), "follow_up")
    row = {**vars(last), "id": "next", "idem_key": "next", "seq": last.seq + 1}
    row |= {"prev_hash": last.hash, **changed}
    if changed.get("occurred_at") == -1:
        row["occurred_at"] = clock.advance(-60)
    row["hash"] = digest(row)
    with pytest.raises(ConsentRefused, match=reason), database.transaction() as connection:
        connection.execute(insert(tables.consent_event).values(row))
