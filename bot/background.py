"""Background work beside the requests: due mail, retention, and following changed data."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from functools import partial
from pathlib import Path

from bot.clock import Clock
from bot.database import Database
from bot.engine.agent import Engine
from bot.engine.training import ensure_model, in_use_file, model_path, model_sources
from bot.errors import AskfirstError
from bot.follow_ups import DueSender
from bot.knowledge.golden import choose
from bot.opening import golden_file, index_library, load_knowledge, local_day
from bot.retention import run_retention
from bot.services import KnowledgeHolder
from bot.settings import Settings
from bot.turns import Turns

logger = logging.getLogger(__name__)

SEND_SECONDS = 5
RECOVER_SECONDS = 15
RETAIN_SECONDS = 600
FOLLOW_SECONDS = 3

Stamps = dict[Path, tuple[int, int]]


async def send_due(sender: DueSender, clock: Clock) -> None:
    """Send what is due, for ever; a database that is away is tried again."""
    while True:
        try:
            await sender.run_once(clock.now())
        except AskfirstError as error:
            logger.warning("due mail waits: %s", error.code)
        await asyncio.sleep(SEND_SECONDS)


async def recover(turns: Turns) -> None:
    """Run turns again that the database was too long away for, for ever."""
    while True:
        try:
            await turns.recover()
        except AskfirstError as error:
            logger.warning("unanswered messages wait: %s", error.code)
        await asyncio.sleep(RECOVER_SECONDS)


async def retain(database: Database, settings: Settings, clock: Clock) -> None:
    """Delete and expire what is past its time, for ever."""
    while True:
        try:
            counts = await database.write(lambda c: run_retention(c, settings, clock.now()))
            logger.debug("retention ran: %s", counts)
        except AskfirstError as error:
            logger.warning("retention waits: %s", error.code)
        await asyncio.sleep(RETAIN_SECONDS)


async def follow_data(
    settings: Settings, engine: Engine, holder: KnowledgeHolder, clock: Clock
) -> None:
    """Retrain and reload when training data or articles change; conversations go on.

    The day counts as a part of the articles while the setting withholds overdue ones.
    """
    data = await asyncio.to_thread(_data_stamps, settings)
    articles = await asyncio.to_thread(_article_stamps, settings, clock)
    while True:
        await asyncio.sleep(FOLLOW_SECONDS)
        new_data = await asyncio.to_thread(_data_stamps, settings)
        if new_data != data:
            data = new_data
            await _retrain(settings, engine)
        new_articles = await asyncio.to_thread(_article_stamps, settings, clock)
        if new_articles != articles:
            articles = new_articles
            await _reload(settings, holder, clock)


async def _retrain(settings: Settings, engine: Engine) -> None:
    try:
        if model_path(settings).name != engine.model:
            path = await ensure_model(settings)
            if path.name != engine.model:  # else the new one was refused, and the log says why
                await asyncio.to_thread(engine.load, path)
                logger.info("a new model answers: %s", path.name)
    except AskfirstError as error:
        logger.warning("the model in use stays: %s", error.message)


async def _reload(settings: Settings, holder: KnowledgeHolder, clock: Clock) -> None:
    try:
        fresh = await asyncio.to_thread(load_knowledge, settings, clock)
    except AskfirstError as error:
        logger.warning("the articles in use stay: %s", error.message)
        return
    file, build = golden_file(settings), partial(index_library, settings)
    chosen = await asyncio.to_thread(choose, holder.current, fresh, file, build)
    holder.current, holder.held_back = chosen
    for broken in holder.held_back:
        logger.error("the articles in use stay: %s: %s", broken.place, broken.message)
    logger.info("articles were read again: %d answer", len(holder.current.library.articles))


def _data_stamps(settings: Settings) -> Stamps:
    # the last one: another process may have put a model in place, `askfirst train --accept` say
    return _stamps([*model_sources(settings.project_dir, settings.products), in_use_file(settings)])


def _article_stamps(settings: Settings, clock: Clock) -> tuple[Stamps, date | None]:
    paths = [*sorted(settings.articles_dir.rglob("*.md")), golden_file(settings)]
    return _stamps(paths), local_day(clock) if settings.withhold_overdue else None


def _stamps(paths: list[Path]) -> Stamps:
    stamps: Stamps = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:  # deleted since it was listed: that is a change too
            continue
        stamps[path] = (status.st_mtime_ns, status.st_size)
    return stamps
