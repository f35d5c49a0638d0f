"""What the database says when something goes wrong."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.database import Database


def traceback_of(database: Database, statement: str, **values: str) -> str:
    with pytest.raises(DBAPIError) as caught, database.transaction() as connection:
        connection.execute(text(statement), values)
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("INSERT INTO visitor (id, created_at) VALUES (:words, NULL)", "created_at"),
        (
            "INSERT INTO conversation (id, visitor_id, channel, language, status, last_seq,"
            " created_at, last_message_at) VALUES (:words, 'x', 'web', 'en', :words,"
            " 0, :now, :now)",
            "conversation_status",
        ),
    ],
)
def test_error_names_the_rule_and_does_not_carry_what_was_written(
    database: Database, statement: str, named: str
) -> None:
    values = {"words": "my secret", "now": "2026-01-01 00:00:00"}
    told = traceback_of(database, statement, **values)
    assert "IntegrityError" in told
    assert named in told
    assert "my secret" not in told


def test_error_of_a_wrong_value_does_not_carry_it(postgresql_database: Database) -> None:
    for statement in ("SELECT CAST(:words AS integer)", "SELECT CAST(:words AS json)"):
        told = traceback_of(postgresql_database, statement, words="my secret")
        assert "22P02" in told
        assert "my secret" not in told
