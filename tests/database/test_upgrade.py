from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, text

from bot.database import Database
from bot.database.tables import metadata
from bot.database.upgrade import _config, check, upgrade
from bot.errors import DatabaseUnavailable
from tests.conftest import PostgresqlServer

UPGRADE_CHILD = """
import sys
from bot.database import Database
from bot.database.upgrade import check, upgrade
database = Database(sys.argv[1])
upgrade(database)
sys.exit("; ".join(check(database)) or 0)
"""


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def _constraints(database: Database) -> dict[str, list[Any]]:
    """Return every constraint and index of every table, in an order that does not matter."""
    found = inspect(database.engine)
    return {
        table: sorted(
            _plain(item)
            for read in (
                found.get_check_constraints,
                found.get_unique_constraints,
                found.get_foreign_keys,
                found.get_indexes,
            )
            for item in read(table)
        )
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def _plain(item: Any) -> str:
    """Write a reflected constraint so that equal ones are equal text."""
    if isinstance(item, dict):
        return str([(key, _plain(item[key])) for key in sorted(item)])
    return str(item)


def test_upgrade_makes_exactly_the_tables_of_metadata(database: Database) -> None:
    assert check(database) == []


def test_upgrade_makes_the_same_constraints_as_metadata(empty: Database) -> None:
    metadata.create_all(empty.engine)
    expected = _constraints(empty)
    metadata.drop_all(empty.engine)
    upgrade(empty)
    assert _constraints(empty) == expected


def test_upgrade_of_an_upgraded_database_changes_nothing(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("INSERT INTO visitor (id, created_at) VALUES ('v', 't')"))
    upgrade(database)
    with database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM visitor")) == 1


def test_upgrade_from_the_first_revision_keeps_what_is_there(empty: Database) -> None:
    with empty.transaction() as connection:
        command.upgrade(_config(connection), "0001")
        connection.execute(text("INSERT INTO visitor (id, created_at) VALUES ('v', 't')"))
    assert "run `askfirst db upgrade`" in check(empty)[0]
    upgrade(empty)
    assert check(empty) == []
    with empty.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM visitor")) == 1


def test_upgrade_in_two_processes_at_once_succeeds_in_both(empty_url: str) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE_CHILD, empty_url], stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    ended = [(child.communicate()[1], child.returncode) for child in children]
    assert [code for _, code in ended] == [0, 0], ended


def test_upgrade_refuses_a_database_of_a_newer_program(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="9999"):
        upgrade(database)
    assert "9999" in check(database)[0]


def test_check_of_an_empty_database_says_what_to_run(empty: Database) -> None:
    assert check(empty) == ["the database has no tables yet: run `askfirst db upgrade`"]


def test_check_names_a_missing_table_and_column(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("DROP TABLE access_log"))
        connection.execute(text("ALTER TABLE staff DROP COLUMN locked_until"))
    problems = check(database)
    assert "table access_log is missing" in problems
    assert any("column" in line and "locked_until" in line for line in problems), problems


def test_check_names_a_missing_and_a_foreign_trigger_on_sqlite(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as connection:
        connection.execute(text("DROP TRIGGER consent_event_delete"))
        connection.execute(text("DROP TRIGGER handoff_insert"))
        connection.execute(
            text("CREATE TRIGGER handoff_insert BEFORE INSERT ON handoff BEGIN SELECT 1; END")
        )
        connection.execute(
            text("CREATE TRIGGER mine BEFORE INSERT ON turn BEGIN SELECT RAISE(IGNORE); END")
        )
    assert check(sqlite_database) == [
        "trigger consent_event_delete is missing",
        "trigger handoff_insert is not as it should be",
        "trigger mine does not belong here",
    ]


def test_check_names_guards_changed_or_switched_off_on_postgresql(
    postgresql_database: Database,
) -> None:
    with postgresql_database.transaction() as connection:
        for statement in (
            "DROP TRIGGER consent_event_keep ON consent_event",
            "ALTER TABLE handoff DISABLE TRIGGER handoff_gate",
            "ALTER TABLE follow_up DISABLE TRIGGER ALL",
            "CREATE OR REPLACE FUNCTION askfirst_now() RETURNS text LANGUAGE sql AS 'SELECT NULL'",
            "CREATE RULE quiet AS ON INSERT TO consent_event DO INSTEAD NOTHING",
        ):
            connection.exec_driver_sql(statement)
    assert check(postgresql_database) == [
        "function askfirst_now is not as it should be",
        "rule quiet does not belong here",
        "trigger consent_event_keep is missing",
        "foreign keys of follow_up are switched off",
        "trigger follow_up_delete is switched off",
        "trigger follow_up_gate is switched off",
        "trigger follow_up_queue is switched off",
        "trigger follow_up_truncate is switched off",
        "trigger handoff_gate is switched off",
    ]


def test_guards_in_another_schema_than_public_are_as_expected(
    postgresql_server: PostgresqlServer,
) -> None:
    name = postgresql_server.create()
    database = Database(postgresql_server.url(name) + "?options=-csearch_path%3DAskfirst")
    try:
        with database.transaction() as connection:
            connection.exec_driver_sql("CREATE SCHEMA Askfirst")
        upgrade(database)
        assert check(database) == []
    finally:
        database.close()
        postgresql_server.drop(name)
