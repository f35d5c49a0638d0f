"""Opens what is on disk: the database, brought up to date, and the articles, indexed."""

from __future__ import annotations

import logging
from pathlib import Path

import yaml

from bot.database import Database
from bot.database.upgrade import upgrade
from bot.errors import AskfirstError, SettingsError
from bot.keys import load_keys
from bot.knowledge import Knowledge
from bot.settings import Settings

logger = logging.getLogger(__name__)


def open_database(settings: Settings) -> Database:
    """Open and upgrade the database of these settings."""
    load_keys(settings.data_dir)  # makes the directory with its mode, and says what is wrong
    database = Database(settings.sqlalchemy_url)
    try:
        upgrade(database)
    except AskfirstError:
        database.close()
        raise
    return database


def load_knowledge(settings: Settings) -> Knowledge:
    """Read and index the articles; each bad file is logged with its line, the rest answers."""
    knowledge = Knowledge.load(
        settings.articles_dir,
        languages=settings.languages,
        cache_dir=settings.data_dir / "cache" / "passages",
    )
    for problem in knowledge.library.problems:
        logger.warning("%s:%d: %s", problem.file, problem.line, problem.message)
    if not knowledge.library.articles:
        logger.warning("there is no article in %s: nothing can be answered", settings.articles_dir)
    return knowledge


def need_names(project_dir: Path) -> frozenset[str]:
    """Return the names of all needs, as the domain lists them."""
    path = project_dir / "domain.yml"
    try:
        domain = yaml.safe_load(path.read_text(encoding="utf-8"))
        return frozenset(str(name) for name in domain["intents"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise SettingsError(f"domain.yml cannot be read: {error}", field="domain.yml") from error
