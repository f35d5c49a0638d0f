"""Fixtures for all tests: a clock that tests move, keys, settings, and both databases.

PostgreSQL tests make databases of their own on a server that runs already and drop them.
`ASKFIRST_TEST_POSTGRESQL_URL` names another server; it is taken out of the environment,
because the program refuses settings it does not know.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.clock import SystemClock
from bot.database import Database
from bot.database.upgrade import upgrade
from bot.keys import MASTER_BYTES, Keys
from bot.settings import Settings, load_settings

pytest_plugins = ["tests.live"]

POSTGRESQL_URL = os.environ.pop(
    "ASKFIRST_TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
START_POSTGRESQL = (
    "docker run --rm -d -p 127.0.0.1:5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres:15"
)
BOTH = ("sqlite", "postgresql")


class FixedClock:
    """Stands still until a test moves it. It starts now: databases compare with their own."""

    def __init__(self) -> None:
        self._now = SystemClock().now()

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Move on (or back, below zero) and return the new moment."""
        self._now += timedelta(seconds=seconds)
        return self._now


class PostgresqlServer:
    """A running server on which tests make and drop databases."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._admin = psycopg.connect(
            url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True, connect_timeout=3
        )

    def create(self, template: str = "template1") -> str:
        """Make a database with a random name and return its name."""
        name = f"askfirst_test_{secrets.token_hex(6)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self._admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        self._admin.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys(b"k" * MASTER_BYTES)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "var", organisation="Example Ltd")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    try:
        server = PostgresqlServer(POSTGRESQL_URL)
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL at {make_url(POSTGRESQL_URL)!r}; start one: {START_POSTGRESQL}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason} ({error})")
        pytest.skip(reason)
    yield server
    server.close()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()  # the last connection moves the log into the file
    return path


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: PostgresqlServer) -> Iterator[str]:
    name = postgresql_server.create()
    database = Database(postgresql_server.url(name))
    upgrade(database)
    database.close()
    yield name
    postgresql_server.drop(name)


@pytest.fixture
def sqlite_database(_sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An upgraded SQLite file of its own."""
    path = tmp_path / "askfirst.db"
    shutil.copy(_sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgresql_database(
    _postgresql_template: str, postgresql_server: PostgresqlServer
) -> Iterator[Database]:
    """An upgraded PostgreSQL database of its own."""
    name = postgresql_server.create(_postgresql_template)
    database = Database(postgresql_server.url(name))
    yield database
    database.close()
    postgresql_server.drop(name)


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Database:
    """An upgraded database; the test runs once on each kind."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables; the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    name = server.create()
    yield server.url(name)
    server.drop(name)
