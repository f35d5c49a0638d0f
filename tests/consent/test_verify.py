from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, create_engine, select, text, update

from bot.consent.events import digest
from bot.consent.verify import Problem, verify
from bot.database import Database
from bot.database.tables import consent_event
from bot.database.triggers import CURRENT, install, remove
from tests.conftest import FixedClock
from tests.consent.scene import add_handoff, asked, granted, notice_id, set_up


@pytest.fixture
def scene(database: Database, clock: FixedClock) -> Database:
    """Six events: two grants and a question."""
    with database.transaction() as connection:
        set_up(connection, clock.now())
        handoff = granted(connection, clock.now(), "handoff")
        add_handoff(connection, handoff, clock.now())
        granted(connection, clock.now(), "follow_up")
        asked(connection, clock.now(), "improve", scope="-")
    return database


@contextmanager
def _without_guards(database: Database) -> Iterator[Connection]:
    """What somebody who owns the database can do: take every guard off, and put it back."""
    engine = create_engine(database.engine.url)  # on SQLite without foreign keys
    with engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        remove(connection, CURRENT)
        yield connection
        install(connection, CURRENT)
    engine.dispose()


def _problems(database: Database) -> tuple[Problem, ...]:
    with database.reading() as connection:
        report = verify(connection)
    assert report.ok == (not report.problems)
    return report.problems


def test_verify_of_an_untouched_ledger_finds_nothing(scene: Database) -> None:
    assert _problems(scene) == ()
    with scene.reading() as connection:
        assert verify(connection).events == 6


@pytest.mark.parametrize("seq", [1, 3, 6])
@pytest.mark.parametrize(
    "change",
    [
        "method = 'Xuestion'",
        "visitor_id = 'eva'",
        "expires_at = '2099-01-01T00:00:00.000Z'",
        "hash = 'f' || substr(hash, 2) || 'f'",
        "occurred_at = 'yesterday'",
    ],
)
def test_verify_names_the_row_that_was_changed(scene: Database, seq: int, change: str) -> None:
    with _without_guards(scene) as connection:
        connection.execute(text(f"UPDATE consent_event SET {change} WHERE seq = {seq}"))
    problems = _problems(scene)
    assert problems[0] == Problem(seq, "the row was changed after it was written")


def test_verify_names_a_row_that_was_changed_and_hashed_again(scene: Database) -> None:
    with _without_guards(scene) as connection:
        row = connection.execute(select(consent_event).where(consent_event.c.seq == 3)).one()
        changed = {**row._mapping, "method": "forged"}
        connection.execute(
            update(consent_event)
            .where(consent_event.c.seq == 3)
            .values(method="forged", hash=digest(changed))
        )
    assert _problems(scene)[0] == Problem(4, "the row does not continue the one before it")


@pytest.mark.parametrize("seq", [1, 4])
def test_verify_names_a_row_that_was_taken_out(scene: Database, seq: int) -> None:
    with _without_guards(scene) as connection:
        connection.execute(text(f"DELETE FROM consent_event WHERE seq = {seq}"))
    assert _problems(scene)[0] == Problem(seq, "the row is missing")


def test_verify_names_a_changed_notice(scene: Database) -> None:
    with _without_guards(scene) as connection:
        connection.execute(text("UPDATE notice SET body = 'All?' WHERE purpose = 'handoff'"))
    assert _problems(scene) == (
        Problem(
            None,
            f"the words of notice {notice_id('handoff')} (handoff, version 1, en) were changed",
        ),
    )


def test_verify_names_a_grant_that_was_changed_or_forged(scene: Database) -> None:
    with _without_guards(scene) as connection:
        connection.execute(
            text(
                "UPDATE \"grant\" SET expires_at = '2099-01-01T00:00:00.000Z'"
                " WHERE purpose = 'follow_up'"
            )
        )
        connection.execute(
            text(
                'INSERT INTO "grant" SELECT id, visitor_id, purpose, channel, contact_point_id,'
                " scope_id, NULL FROM consent_event WHERE seq = 6"
            )
        )
    found = " ".join(problem.what for problem in _problems(scene))
    assert "differs from the ledger" in found
    assert "does not follow from the ledger" in found


def test_verify_names_a_missing_grant_and_the_row_that_lives_without(scene: Database) -> None:
    with _without_guards(scene) as connection:
        connection.execute(text("DELETE FROM \"grant\" WHERE purpose = 'handoff'"))
    found = " ".join(problem.what for problem in _problems(scene))
    assert "grant" in found
    assert "is missing" in found
    assert "is live without a live grant" in found


def test_verify_names_a_missing_guard(scene: Database) -> None:
    with scene.transaction() as connection:
        if scene.is_sqlite:
            connection.execute(text("DROP TRIGGER consent_event_update"))
        else:
            connection.execute(text("DROP TRIGGER consent_event_keep ON consent_event"))
    (problem,) = _problems(scene)
    assert problem.what.startswith("trigger consent_event_")
    assert problem.what.endswith("is missing")
