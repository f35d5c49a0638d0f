"""Builds an assistant from settings: the database, words, articles, and a model."""

from __future__ import annotations

import asyncio
import gc
import logging

from sqlalchemy import Connection, select

from bot.clock import Clock, SystemClock
from bot.consent.notices import load_notices, register
from bot.conversation.stream import Wakeups
from bot.database import triggers
from bot.database.tables import contact_point, message_original
from bot.engine.agent import Engine
from bot.engine.training import ensure_model
from bot.errors import SettingsError
from bot.keys import Keys, WrongKey, load_keys
from bot.opening import load_knowledge, open_database
from bot.services import KnowledgeHolder, Services
from bot.settings import Settings
from bot.texts import load_texts
from bot.turns import Turns
from bot.web import Assistant
from bot.words import use_words

logger = logging.getLogger(__name__)


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Return everything an action reads from: words, articles, keys and an upgraded database."""
    clock = clock or SystemClock()
    keys = load_keys(settings.data_dir)
    texts = load_texts(settings.project_dir, settings.languages)
    use_words(settings.project_dir, settings.languages)
    notices = load_notices(settings)
    knowledge = KnowledgeHolder(load_knowledge(settings, clock))
    database = open_database(settings)
    with database.transaction() as connection:
        check_keys(connection, keys)
        register(connection, notices, clock.now())
    return Services(settings, database, keys, notices, texts, knowledge, clock)


def check_keys(connection: Connection, keys: Keys) -> None:
    """Refuse keys that do not open what the database holds: they are not the ones of its time."""
    for column in (message_original.c.text_encrypted, contact_point.c.value_encrypted):
        sealed = connection.execute(select(column).limit(1)).scalar_one_or_none()
        if sealed is None:
            continue
        try:
            keys.decrypt(sealed)
        except WrongKey as error:
            raise SettingsError(
                "data_dir: keys/master.key does not open what the database holds; restore the key"
                " that was in use with it",
                field="data_dir",
            ) from error


async def assemble(settings: Settings, clock: Clock | None = None) -> Assistant:
    """Return a ready assistant. The first time for some data this trains a model."""
    gc.freeze()  # what imports made stays: a collection that walks it stops the loop for longer
    services, model = await asyncio.gather(
        asyncio.to_thread(build_services, settings, clock), ensure_model(settings)
    )
    engine = Engine(settings.organisation)
    await asyncio.to_thread(engine.load, model)
    return connect(services, engine)


def connect(services: Services, engine: Engine) -> Assistant:
    """Join services and engine. With guards missing it answers, and asks no permission."""
    with services.database.reading() as connection:
        missing = triggers.problems(connection)
    for problem in missing:
        logger.error("no permission is asked: %s; see `askfirst db check`", problem)
    wakeups = Wakeups()
    turns = Turns(services, engine, wakeups, may_offer=not missing)
    return Assistant(services, engine, wakeups, turns)
