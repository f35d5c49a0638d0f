"""A visitor's data: all of it handed over, all of it erased, and no table forgotten."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.clock import to_text
from bot.consent.acts import ask, give
from bot.consent.verify import verify
from bot.conversation.store import create_conversation, find_by_sender
from bot.database import Database
from bot.database.tables import (
    access_log,
    consent_event,
    conversation,
    grant,
    metadata,
    staff,
    tracker,
    turn,
    visitor,
)
from bot.errors import NotFound
from bot.follow_ups import confirm_follow_up
from bot.handoff import OpenHandoff
from bot.keys import Keys
from bot.privacy import EraseVisitor, erase_visitor, export_visitor, subject_summary
from bot.privacy.belongings import rows_of
from bot.privacy.erasure import DELETED, KEPT
from bot.privacy.export import EXPORTS
from bot.settings import Settings
from tests.conftest import FixedClock
from tests.follow_ups.scene import ADDRESS, PASSAGE, WORDS, Asked, ask_for_mail, some_notices

PERSONAL = {"visitor_id", "conversation_id", "message_id"}


@pytest.fixture
def asked(database: Database, settings: Settings, keys: Keys, clock: FixedClock) -> Asked:
    """A visitor with something in every table that can hold something of a visitor."""
    return fill(database, settings, keys, clock)


def fill(database: Database, settings: Settings, keys: Keys, clock: FixedClock) -> Asked:
    now = clock.now()
    with database.transaction() as connection:
        found = ask_for_mail(connection, settings, keys, now)
        confirm_follow_up(connection, found.given_event_id, now, settings=settings)
        notice = some_notices().find("handoff", "en")
        assert notice is not None
        request = ask(
            connection,
            now,
            visitor_id=found.visitor_id,
            purpose="handoff",
            channel="chat",
            scope_id=found.conversation_id,
            asked_on="web",
            notice_id=notice.id,
            idem_key="handoff/asked",
        )
        given = give(
            connection, now, request_event_id=request.id, method="button", idem_key="handoff/given"
        )
        OpenHandoff("handoff-1", found.conversation_id, found.visitor_id, given.id).apply(
            connection, now
        )
        connection.execute(
            insert(turn).values(
                message_id=found.message_id,
                conversation_id=found.conversation_id,
                outcome="asked",
                sources=[],
                seconds=0.1,
                created_at=now,
            )
        )
        connection.execute(
            insert(tracker).values(
                conversation_id=found.conversation_id, state={"heard": WORDS}, updated_at=now
            )
        )
        connection.execute(
            insert(staff).values(
                id="s1", email="ann@example.com", name="Ann", password_hash="-", created_at=now
            )
        )
        connection.execute(
            insert(access_log).values(
                id="a1",
                staff_id="s1",
                conversation_id=found.conversation_id,
                action="read",
                grant_id=given.id,
                created_at=now,
            )
        )
    return found


def erase(database: Database, asked: Asked, clock: FixedClock) -> Any:
    with database.transaction() as connection:
        return erase_visitor(
            connection, asked.visitor_id, clock.now(), asked_on="web", idem_prefix="forget"
        )


def test_every_table_of_a_visitor_has_an_exporter_and_an_eraser() -> None:
    personal = {
        name for name, table in metadata.tables.items() if PERSONAL & set(table.columns.keys())
    }
    assert personal | {"visitor"} == set(EXPORTS)
    assert personal | {"visitor"} == {table.name for table in DELETED} | set(KEPT)


def test_export_holds_every_row_of_the_visitor(
    database: Database, keys: Keys, asked: Asked, clock: FixedClock
) -> None:
    with database.reading() as connection:
        data = export_visitor(connection, keys, asked.visitor_id, clock.now())
        for name, table in metadata.tables.items():
            if name in EXPORTS:
                stored = connection.scalar(
                    select(func.count()).select_from(table).where(rows_of(table, asked.visitor_id))
                )
                assert stored, f"the scene has nothing in {name}"
                assert len(data[name]) == stored, name
    json.dumps(data)


def test_export_opens_what_is_encrypted_and_names_the_wording(
    database: Database, keys: Keys, asked: Asked, clock: FixedClock
) -> None:
    with database.reading() as connection:
        data = export_visitor(connection, keys, asked.visitor_id, clock.now())
    assert data["contact_point"][0]["value"] == ADDRESS
    assert data["message_original"][0]["text"] == f"{WORDS} to {ADDRESS}"
    assert data["consent_evidence"][0]["words"] == "yes please"
    assert data["follow_up"][0]["content"]["quotes"][0]["passage"] == PASSAGE
    wordings = {event["wording"] for event in data["consent_event"] if event["wording"]}
    assert {"follow_up (en)?", "handoff (en)?"} <= {words.split("\n")[0] for words in wordings}
    assert data["access_log"][0]["said"] == f"opened by staff Ann at {to_text(clock.now())}"
    assert "token_hash" not in data["conversation"][0]


def test_export_of_an_unknown_visitor_is_not_found(
    sqlite_database: Database, keys: Keys, clock: FixedClock
) -> None:
    with sqlite_database.reading() as connection, pytest.raises(NotFound):
        export_visitor(connection, keys, "nobody", clock.now())


def test_summary_counts_what_is_kept(database: Database, asked: Asked, clock: FixedClock) -> None:
    with database.reading() as connection:
        summary = subject_summary(connection, asked.visitor_id, clock.now())
    assert vars(summary) == {
        "messages": 2,
        "originals": 1,
        "permissions": 2,
        "addresses": 1,
        "mails": 2,
        "reads": 1,
    }


def test_erasure_leaves_only_what_it_says_and_the_ledger_verifies(
    database: Database, keys: Keys, asked: Asked, clock: FixedClock
) -> None:
    receipt = erase(database, asked, clock)
    with database.reading() as connection:
        for table in (*DELETED, grant):
            query = select(func.count()).select_from(table)
            assert connection.scalar(query) == 0, table.name
        report = verify(connection)
        actions = list(connection.scalars(select(consent_event.c.action).order_by("seq")))
        data = export_visitor(connection, keys, asked.visitor_id, clock.now())
    assert report.ok, report.problems
    assert actions.count("withdrawn") == 2
    assert actions.count("erased") == 2
    assert receipt.deleted["message"] == 2
    assert receipt.as_json()["deleted"]["contact_point"] == 1
    assert not any(data[table.name] for table in DELETED)
    assert WORDS not in json.dumps(data)


def test_erasure_lets_the_sender_start_anew_and_the_chat_read_its_end(
    database: Database, asked: Asked, clock: FixedClock
) -> None:
    erase(database, asked, clock)
    with database.transaction() as connection:
        assert find_by_sender(connection, "web", "web/anna") is None
        row = connection.execute(select(conversation)).one()
        assert (row.erased_at, row.status) == (clock.now(), "resolved")
        assert row.token_hash is not None
        assert connection.scalar(select(visitor.c.erased_at)) == clock.now()
        create_conversation(
            connection,
            conversation_id="new",
            channel="web",
            language="en",
            now=clock.now(),
            external_id="web/anna",
        )


def test_erasure_twice_changes_nothing_more(
    database: Database, asked: Asked, clock: FixedClock
) -> None:
    first = erase(database, asked, clock)
    clock.advance(60)
    with database.transaction() as connection:
        effect = EraseVisitor(asked.visitor_id, "web", "forget again")
        effect.apply(connection, clock.now())
    again = erase(database, asked, clock)
    assert again.erased_at == first.erased_at
    assert (sum(again.deleted.values()), again.recorded) == (0, 0)


def test_erasure_spares_other_visitors(
    database: Database, settings: Settings, keys: Keys, asked: Asked, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        other = ask_for_mail(connection, settings, keys, clock.now(), person="bert")
    erase(database, asked, clock)
    with database.reading() as connection:
        summary = subject_summary(connection, other.visitor_id, clock.now())
    assert (summary.messages, summary.addresses, summary.mails) == (2, 1, 1)


def test_erased_words_are_nowhere_in_the_file(
    sqlite_database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    found = fill(sqlite_database, settings, keys, clock)
    with sqlite_database.transaction() as connection:  # an address that slipped past redaction
        connection.execute(update(tracker).values(state={"heard": f"{WORDS} {ADDRESS}" * 500}))
    assert hits(sqlite_database, WORDS) > 0
    assert hits(sqlite_database, ADDRESS) > 0
    erase(sqlite_database, found, clock)
    assert hits(sqlite_database, WORDS) == 0
    assert hits(sqlite_database, ADDRESS) == 0
    with sqlite_database.reading() as connection:
        assert verify(connection).ok


def hits(database: Database, words: str) -> int:
    """Count the words in the bytes of an SQLite database, its log included."""
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = database.engine.url.database
    assert path is not None
    found = 0
    for suffix in ("", "-wal", "-journal"):
        try:
            with open(f"{path}{suffix}", "rb") as file:  # noqa: PTH123
                found += file.read().count(words.encode())
        except FileNotFoundError:
            continue
    return found
