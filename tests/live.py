"""Fixtures with the whole assistant: in this process on both databases, or as a server of its own.

The model is trained once by the program's own training process and kept between runs, named
after the data it was made from.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from playwright.sync_api import Browser, sync_playwright

from bot.assembly import connect
from bot.clock import new_id
from bot.consent.notices import load_notices, register
from bot.database import Database
from bot.engine.agent import Engine
from bot.engine.training import ensure_model
from bot.keys import Keys
from bot.knowledge import Knowledge
from bot.services import KnowledgeHolder, Services
from bot.settings import PROJECT_DIR, Settings, load_settings
from bot.texts import Texts, load_texts
from bot.web import Assistant, create_app
from tests.conftest import FixedClock

MODELS = PROJECT_DIR / ".test-models"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
WAIT_SECONDS = 90


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model for the project's present data; one test process trains it."""
    MODELS.mkdir(exist_ok=True)
    with (MODELS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return asyncio.run(ensure_model(load_settings(data_dir=MODELS), accept=True))


@pytest.fixture(scope="session")
def engine(model: Path) -> Engine:
    loaded = Engine("Example Ltd")
    loaded.load(model)
    return loaded


@pytest.fixture(scope="session")
def shipped_knowledge() -> Knowledge:
    return Knowledge.load(PROJECT_DIR / "knowledge", languages=("en", "nl"))


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts(PROJECT_DIR, ("en", "nl"))


@pytest.fixture
def services(request: pytest.FixtureRequest, database: Database) -> Services:
    return _services(request, database)


@pytest.fixture
def sqlite_services(request: pytest.FixtureRequest, sqlite_database: Database) -> Services:
    return _services(request, sqlite_database)


def _services(request: pytest.FixtureRequest, database: Database) -> Services:
    settings: Settings = request.getfixturevalue("settings")
    keys: Keys = request.getfixturevalue("keys")
    clock: FixedClock = request.getfixturevalue("clock")
    texts: Texts = request.getfixturevalue("texts")
    holder = KnowledgeHolder(request.getfixturevalue("shipped_knowledge"))
    notices = load_notices(settings)
    with database.transaction() as connection:
        register(connection, notices, clock.now())
    return Services(settings, database, keys, notices, texts, holder, clock)


@pytest.fixture
def assistant(services: Services, engine: Engine) -> Assistant:
    """A whole assistant on a database of its own; the test runs once on each kind."""
    return connect(services, engine)


@pytest.fixture
async def client(assistant: Assistant) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(create_app(assistant, work=False))) as found:
        yield found


@dataclass
class Visitor:
    """A visitor with a conversation of their own, over the widget's protocol."""

    client: TestClient[Any, Any]
    token: str
    seen: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def send(self, text: str, *, payload: str | None = None, id: str | None = None) -> Any:
        """Post a message and return the acknowledgement's body."""
        body = {"id": id or new_id(), "text": text, "payload": payload}
        async with self.client.post(
            "/api/v1/messages", json=body, headers=self.headers
        ) as response:
            assert response.status == 202, await response.text()
            return await response.json()

    async def news(self, *, wait: int = 10) -> list[dict[str, Any]]:
        """Return what is new to this visitor, waiting for it."""
        query = f"?after={self.seen}&wait={wait}"
        async with self.client.get(f"/api/v1/messages{query}", headers=self.headers) as response:
            assert response.status == 200, await response.text()
            messages = (await response.json())["messages"]
        if messages:
            self.seen = messages[-1]["seq"]
        return list(messages)

    async def ask(self, text: str, *, payload: str | None = None) -> list[dict[str, Any]]:
        """Post a message and return what others than the visitor then said."""
        await self.send(text, payload=payload)
        replies: list[dict[str, Any]] = []
        while not replies:
            fresh = await self.news()
            assert fresh, f"no reply to {text!r}"
            replies += [
                found
                for found in fresh
                if found["author"] != "visitor" and found["kind"] != "disclosure"
            ]
        return replies

    async def press(self, message: dict[str, Any], number: int) -> list[dict[str, Any]]:
        """Press a button of a message."""
        button = message["buttons"][number]
        return await self.ask(button["title"], payload=button["payload"])


async def new_visitor(client: TestClient[Any, Any], language: str = "en") -> Visitor:
    async with client.post("/api/v1/conversations", json={"language": language}) as response:
        assert response.status == 201, await response.text()
        return Visitor(client, (await response.json())["token"])


@pytest.fixture
async def visitor(client: TestClient[Any, Any]) -> Visitor:
    return await new_visitor(client)


class LiveServer:
    """`askfirst run` as a process of its own, on a free port and a data directory of its own."""

    def __init__(self, data_dir: Path, *arguments: str, **environment: str) -> None:
        self.data_dir = data_dir
        (data_dir / "models").mkdir(parents=True, exist_ok=True)
        for found in (MODELS / "models").glob("*.tar.gz"):
            target = data_dir / "models" / found.name
            if not target.exists():
                os.link(found, target)
        self._log = data_dir / "server.log"
        self._command = [sys.executable, "-m", "bot.cli", "run", "--port", "0", *arguments]
        self._environment = {
            **os.environ,
            "ASKFIRST_DATA_DIR": str(data_dir),
            "ASKFIRST_ORGANISATION": "Example Ltd",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.staff_link = ""

    def start(self) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT_DIR,
                env=self._environment,
            )
        deadline = time.monotonic() + WAIT_SECONDS
        while "Stop it with" not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)
        found = re.search(r"Help centre +(\S+?)/\n", self.log)
        assert found, self.log
        self.url = found[1]
        link = re.search(r"First staff +(\S+)", self.log)
        self.staff_link = link[1] if link else ""

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture(scope="session")
def live(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server for all browser tests, with the shipped articles."""
    server = LiveServer(tmp_path_factory.mktemp("live"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def live_server(live: LiveServer) -> str:
    return live.url


@pytest.fixture(scope="module")  # longer, and its loop would stand in async tests' way
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        reason = "no Chromium; install it: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield found
        found.close()
