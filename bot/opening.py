"""Opens what is on disk: the database, brought up to date, and the articles, indexed."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

import yaml

from bot.clock import Clock, SystemClock
from bot.database import Database
from bot.database.upgrade import upgrade
from bot.errors import AskfirstError, SettingsError
from bot.keys import load_keys
from bot.knowledge import Knowledge, Library, load_articles
from bot.knowledge.articles import Publishing
from bot.knowledge.golden import GOLDEN
from bot.knowledge.meaning import BATCH
from bot.settings import Settings

logger = logging.getLogger(__name__)

MANY_PASSAGES = 2000


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


def load_library(settings: Settings, today: date) -> Library:
    """Read the articles, and keep apart what these settings do not let out on that day."""
    return load_articles(
        settings.articles_dir,
        languages=settings.languages,
        cache_dir=_cache(settings),
        rules=Publishing(
            audiences=frozenset(name.casefold() for name in settings.audiences),
            withhold_overdue_on=today if settings.withhold_overdue else None,
        ),
    )


def load_knowledge(settings: Settings, clock: Clock | None = None) -> Knowledge:
    """Read and index the articles; each bad file is logged with its line, the rest answers."""
    library = load_library(settings, local_day(clock))
    for problem in library.problems:
        logger.warning("%s:%d: %s", problem.file, problem.line, problem.message)
    if not library.articles:
        logger.warning("there is no article in %s: nothing can be answered", settings.articles_dir)
    return index_library(settings, library)


def index_library(settings: Settings, library: Library) -> Knowledge:
    """Index a library, from what is kept of earlier times as far as it fits."""
    return Knowledge(library, cache_dir=_cache(settings), progress=_log_progress)


def _log_progress(done: int, total: int) -> None:
    """Say how far a long indexing is, about ten times."""
    tenth = total // 10
    if total >= MANY_PASSAGES and done // tenth > (done - BATCH) // tenth:
        logger.info("indexing the articles: %d of %d passages", done, total)


def _cache(settings: Settings) -> Path:
    return settings.data_dir / "cache" / "passages"


def local_day(clock: Clock | None = None) -> date:
    """Return today's date where the server stands: articles' dates are days of their owners."""
    return (clock or SystemClock()).now().astimezone().date()


def golden_file(settings: Settings) -> Path:
    """Return where golden questions stand: beside the folder of articles."""
    return settings.articles_dir.resolve().parent / GOLDEN


def need_names(project_dir: Path) -> frozenset[str]:
    """Return the names of all needs, as the domain lists them.

    Raises `SettingsError` with the line that cannot be read.
    """
    path = project_dir / "domain.yml"
    try:
        domain = yaml.safe_load(path.read_text(encoding="utf-8"))
        return frozenset(
            next(iter(one)) if isinstance(one, dict) else str(one) for one in domain["intents"]
        )
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"domain.yml:{line}: {error.problem}"
        raise SettingsError(message, field="domain.yml") from error
    except (KeyError, TypeError) as error:
        raise SettingsError("domain.yml lists no intents", field="domain.yml") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        message = "domain.yml cannot be read as UTF-8 text"
        raise SettingsError(message, field="domain.yml") from error
