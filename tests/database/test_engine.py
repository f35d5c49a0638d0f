"""What the database says when something goes wrong."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.database import Database


def test_error_does_not_carry_what_was_written(database: Database) -> None:
    statement = text("INSERT INTO visitor (id, created_at) VALUES (:words, NULL)")
    with pytest.raises(IntegrityError) as caught, database.transaction() as connection:
        connection.execute(statement, {"words": "my secret"})
    assert "hidden" in str(caught.value)
    assert "my secret" not in caught.value.args[0].split("DETAIL")[0]
