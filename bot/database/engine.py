"""The database: one writer on SQLite, a small pool on PostgreSQL, never on the event loop.

Code hands over a *unit of work*, a function of one connection; it runs in one transaction in
a worker thread. Whatever it raises rolls the transaction back.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from bot.errors import ConsentRefused, DatabaseUnavailable, NoLiveGrant, SettingsError

logger = logging.getLogger(__name__)

T = TypeVar("T")

BUSY_TIMEOUT_SECONDS = 10
POSTGRESQL_CONNECTIONS = 8
SQLITE_READERS = 4
GATE_MARK = "askfirst:"  # every trigger's message starts with it
DATA_EXCEPTIONS = "22"  # the class of errors whose first line quotes a value


class Database:
    """Reads and writes in transactions, from threads (`transaction`) or the loop (`write`)."""

    def __init__(self, url: str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _create_engine(url, busy_timeout_seconds)
        writers = 1 if self.is_sqlite else POSTGRESQL_CONNECTIONS
        readers = SQLITE_READERS if self.is_sqlite else POSTGRESQL_CONNECTIONS
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="db-read")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that writes; commit at the end of the block."""
        with translated_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a consistent view that must not write."""
        with translated_errors(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection = connection.execution_options(sqlite_read=True)
            yield connection

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction, off the event loop, and return its result."""
        return await asyncio.get_running_loop().run_in_executor(
            self._writers, self._run_write, work
        )

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a consistent view, off the event loop, and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run_read, work)

    def _run_write(self, work: Callable[[Connection], T]) -> T:
        with self.transaction() as connection:
            return work(connection)

    def _run_read(self, work: Callable[[Connection], T]) -> T:
        with self.reading() as connection:
            return work(connection)

    def close(self) -> None:
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self.engine.dispose()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the drivers' errors into the project's tree; a gate's refusal keeps its reason."""
    try:
        yield
    except DBAPIError as error:
        text = str(error.orig)
        if GATE_MARK in text:
            reason = text.split(GATE_MARK, 1)[1].split("\n")[0].strip()
            kind = NoLiveGrant if "no live grant" in reason else ConsentRefused
            raise kind(reason) from error
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise _unavailable(text) from error
        raise


def _unavailable(reason: str) -> DatabaseUnavailable:
    """Log the driver's own first line for the operator; a visitor gets none of it."""
    logger.warning("the database did not answer: %s", reason.strip().split("\n")[0])
    return DatabaseUnavailable("The database is not available; nothing was stored. Try again.")


def _create_engine(url: str, busy_timeout_seconds: float) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise SettingsError(
                "database_url: use sqlite:///FILE or postgresql://...", field="database_url"
            )
        if parsed.get_backend_name() == "postgresql":
            engine = create_engine(
                parsed, pool_size=POSTGRESQL_CONNECTIONS, pool_pre_ping=True, hide_parameters=True
            )
            event.listen(engine, "handle_error", _hide_values)
            return engine
        # hidden parameters: an error that is logged must not carry what somebody wrote
        waits = {"timeout": busy_timeout_seconds}
        engine = create_engine(parsed, connect_args=waits, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingsError(f"database_url: {error}", field="database_url") from error
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _hide_values(context: ExceptionContext) -> None:
    """Leave of PostgreSQL's message what names constraints and columns.

    Its further lines quote the row (DETAIL: Failing row contains ...), the key or the JSON.
    """
    error: Any = context.original_exception
    wrapper, code = context.sqlalchemy_exception, getattr(error, "sqlstate", None)
    if wrapper is None or not code:
        return
    safe = None if code.startswith(DATA_EXCEPTIONS) else error.diag.message_primary
    whole, safe = str(error), safe or f"a value was refused, SQLSTATE {code}"
    error.args = (safe,)
    wrapper.args = tuple(str(part).replace(whole, safe) for part in wrapper.args)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; sqlite3 would say it too late
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("sqlite_read", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
