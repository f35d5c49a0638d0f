"""The desk alone, behind the barrier that gives every page its headers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import aiohttp_jinja2
import jinja2
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import desk
from bot.conversation.stream import Wakeups
from bot.database import Database
from bot.keys import Keys
from bot.knowledge import Knowledge, Library
from bot.services import KnowledgeHolder
from bot.settings import PROJECT_DIR, Settings
from bot.staff import Staff
from bot.texts import load_texts
from bot.web_barrier import barrier
from bot.web_keys import CLOCK, DATABASE, KEYS, KNOWLEDGE, SETTINGS, TEXTS, WAKEUPS
from tests.conftest import FixedClock
from tests.desk.scene import PASSWORD, Scene

FACE = PROJECT_DIR / "bot" / "desk"


def make_app(
    settings: Settings, database: Database, keys: Keys, clock: FixedClock
) -> web.Application:
    app = web.Application(middlewares=[barrier])
    app[SETTINGS], app[DATABASE], app[KEYS] = settings, database, keys
    app[CLOCK], app[WAKEUPS] = clock, Wakeups()
    app[KNOWLEDGE] = KnowledgeHolder(Knowledge(Library(())))
    app[TEXTS] = load_texts(PROJECT_DIR, settings.languages)
    loaders = {
        "desk": jinja2.FileSystemLoader(FACE / "templates"),
        "pages": jinja2.FileSystemLoader(PROJECT_DIR / "bot" / "pages" / "templates"),
    }
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.PrefixLoader(loaders),
        autoescape=jinja2.select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    desk.setup(app)
    app.router.add_static("/static/desk", FACE / "static")
    return app


class Seat:
    """One browser without JavaScript: it keeps its cookie and sends forms as pages hold them."""

    def __init__(self, server: TestServer, session: aiohttp.ClientSession) -> None:
        self._server, self._session = server, session
        self.page = ""
        self.status = 0

    async def get(self, path: str, **headers: str) -> str:
        """Open a page (without following to another) and return it."""
        async with self._session.get(
            self._server.make_url(path), headers=headers, allow_redirects=False
        ) as response:
            return await self._seen(response)

    async def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> str:
        """Send a form with the hidden fields of the page last seen."""
        hidden = dict(re.findall(r'name="(form_token|nonce)" value="([^"]+)"', self.page))
        async with self._session.post(
            self._server.make_url(path),
            data={**hidden, **fields},
            headers=headers,
            allow_redirects=False,
        ) as response:
            return await self._seen(response)

    async def _seen(self, response: aiohttp.ClientResponse) -> str:
        self.status, self.headers = response.status, response.headers
        self.page = await response.text()
        self.where = response.headers.get("Location", "")
        return self.page

    async def sign_in(self, staff: Staff, password: str = PASSWORD) -> None:
        await self.post("/desk/sign-in", email=staff.email, password=password)

    def stream(self, path: str) -> aiohttp.client._RequestContextManager:
        return self._session.get(self._server.make_url(path))


Seats = Callable[[], Seat]


@pytest.fixture
def scene(sqlite_database: Database, keys: Keys, clock: FixedClock) -> Scene:
    return Scene(sqlite_database, keys, clock)


@pytest.fixture
def app(settings: Settings, scene: Scene) -> web.Application:
    return make_app(settings, scene.database, scene.keys, scene.clock)


@pytest_asyncio.fixture
async def seat_down(app: web.Application) -> AsyncIterator[Seats]:
    """A function that opens another browser."""
    server = TestServer(app)
    await server.start_server()
    sessions: list[aiohttp.ClientSession] = []

    def sit() -> Seat:
        sessions.append(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        return Seat(server, sessions[-1])

    yield sit
    for session in sessions:
        await session.close()
    await server.close()


@pytest_asyncio.fixture
async def seat(seat_down: Seats) -> Seat:
    return seat_down()


@pytest.fixture
def at_desk(scene: Scene, seat_down: Seats) -> Callable[[str], Awaitable[Seat]]:
    """A function that adds a staff member by name and signs them in."""

    async def arrive(name: str) -> Seat:
        seat = seat_down()
        await seat.sign_in(scene.staff(name))
        return seat

    return arrive
