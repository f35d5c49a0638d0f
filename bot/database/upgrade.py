"""Brings a database to this program's tables, and says whether it is as it should be."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.database import triggers
from bot.database.engine import Database
from bot.database.tables import metadata
from bot.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
UPGRADE_LOCK = 7305002


def upgrade(database: Database) -> None:
    """Run the steps that are missing, in one transaction; do nothing if there are none.

    Two processes may call it at the same moment: the second waits and finds nothing to do.
    Raises `DatabaseUnavailable` when the database was made by a newer program.
    """
    with database.transaction() as connection:
        if not database.is_sqlite:  # SQLite's transaction has the only write lock already
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
        before = _revision(connection)
        _refuse_newer(before)
        if before == _head():
            return
        command.upgrade(_config(connection), "head")
    logger.info("upgraded the database from revision %s to %s", before or "none", _head())


def check(database: Database) -> list[str]:
    """Return a sentence for everything that is not as this program expects; empty is well."""
    with database.reading() as connection:
        revision = _revision(connection)
        if revision is None:
            return ["the database has no tables yet: run `askfirst db upgrade`"]
        if revision not in _known():
            return [_newer(revision)]
        if revision != _head():
            return [f"the database is at revision {revision}: run `askfirst db upgrade`"]
        return [*_table_problems(connection), *triggers.problems(connection)]


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _known() -> set[str]:
    script = ScriptDirectory.from_config(_config())
    return {step.revision for step in script.walk_revisions()}


def _head() -> str:
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in _known():
        raise DatabaseUnavailable(_newer(revision))


def _newer(revision: str) -> str:
    return (
        f"the database is at revision {revision}, which this program does not know:"
        " it was made by a newer Askfirst; start that one"
    )


def _table_problems(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection)
    differences: list[Any] = compare_metadata(context, metadata)
    return [_sentence(step) for step in _flat(differences)]


def _flat(differences: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for step in differences:
        if isinstance(step, list):
            yield from _flat(step)
        else:
            yield step


def _sentence(step: tuple[Any, ...]) -> str:
    """Say of one step that Alembic would take (`add_column`, schema, table, column) why."""
    what, names = step[0], [part for part in step[1:] if part is not None]
    verb, _, noun = what.partition("_")
    named = [str(getattr(part, "name", part)) for part in names if not isinstance(part, dict)]
    table = getattr(getattr(names[-1], "table", None), "name", None)
    where = f" of table {table}" if table and table not in named else ""
    state = {"add": "is missing", "remove": "does not belong here"}.get(verb, "is different")
    return f"{noun} {' '.join(named)}{where} {state}"
