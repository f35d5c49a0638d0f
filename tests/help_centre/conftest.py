from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp_jinja2
import jinja2
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot import help_centre
from bot.database import Database
from bot.knowledge import Knowledge
from bot.services import KnowledgeHolder
from bot.settings import PROJECT_DIR, load_settings
from bot.texts import load_texts
from bot.web_barrier import barrier
from bot.web_keys import CLOCK, DATABASE, KNOWLEDGE, SETTINGS, TEXTS
from tests.conftest import FixedClock
from tests.help_centre.articles import MORE
from tests.knowledge.samples import ARTICLES, write_articles

FACE = PROJECT_DIR / "bot" / "help_centre"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "articles", {**ARTICLES, **MORE})


@pytest.fixture(scope="session")
def sample_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The same articles, indexed once for all tests."""
    folder = write_articles(tmp_path_factory.mktemp("samples"), {**ARTICLES, **MORE})
    return Knowledge.load(folder, languages=("en", "nl"))


@pytest.fixture
def app(
    articles: Path, sample_knowledge: Knowledge, sqlite_database: Database, clock: FixedClock
) -> web.Application:
    """The help centre alone, behind the barrier that gives every page its headers."""
    settings = load_settings(
        organisation="Café <Zon>", articles=articles, public_url="https://help.example.org/"
    )
    app = web.Application(middlewares=[barrier])
    app[SETTINGS] = settings
    app[TEXTS] = load_texts(PROJECT_DIR, settings.languages)
    app[KNOWLEDGE] = KnowledgeHolder(sample_knowledge)
    app[DATABASE], app[CLOCK] = sqlite_database, clock
    loader = jinja2.PrefixLoader(
        {
            "help": jinja2.FileSystemLoader(FACE / "templates"),
            "pages": jinja2.FileSystemLoader(PROJECT_DIR / "bot" / "pages" / "templates"),
        }
    )
    aiohttp_jinja2.setup(
        app,
        loader=loader,
        autoescape=jinja2.select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    help_centre.setup(app)
    app.router.add_static("/static/help", FACE / "static")
    return app


@pytest_asyncio.fixture
async def client(app: web.Application) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app)) as client:
        yield client


async def fetch(client: Client, path: str, status: int = 200, languages: str = "") -> str:
    """Return a page as a browser gets it, without following where it leads."""
    headers = {"Accept": "text/html", "Accept-Language": languages}
    response = await client.get(path, headers=headers, allow_redirects=False)
    assert response.status == status, path
    return await response.text()
