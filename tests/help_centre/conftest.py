from __future__ import annotations

from pathlib import Path

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import web

from bot import help_centre
from bot.knowledge import Knowledge
from bot.services import KnowledgeHolder
from bot.settings import PROJECT_DIR, load_settings
from bot.texts import load_texts
from bot.web_barrier import barrier
from bot.web_keys import KNOWLEDGE, SETTINGS, TEXTS
from tests.knowledge.samples import ARTICLES, write_articles

FACE = PROJECT_DIR / "bot" / "help_centre"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "articles", ARTICLES)


@pytest.fixture
def app(articles: Path) -> web.Application:
    """The help centre alone, behind the barrier that gives every page its headers."""
    settings = load_settings(organisation="Café <Zon>", articles=articles)
    knowledge = Knowledge.load(articles, languages=settings.languages)
    app = web.Application(middlewares=[barrier])
    app[SETTINGS] = settings
    app[TEXTS] = load_texts(PROJECT_DIR, settings.languages)
    app[KNOWLEDGE] = KnowledgeHolder(knowledge)
    loader = jinja2.PrefixLoader({"help": jinja2.FileSystemLoader(FACE / "templates")})
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
