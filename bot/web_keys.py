"""The keys under which the web application holds its shared parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.clock import Clock
from bot.consent.notices import Notices
from bot.conversation.stream import Wakeups
from bot.database import Database
from bot.keys import Keys
from bot.services import KnowledgeHolder
from bot.settings import Settings
from bot.texts import Texts

if TYPE_CHECKING:
    from bot.engine.agent import Engine
    from bot.turns import Turns


SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
KEYS = web.AppKey("keys", Keys)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
WAKEUPS = web.AppKey("wakeups", Wakeups)
KNOWLEDGE = web.AppKey("knowledge", KnowledgeHolder)
NOTICES = web.AppKey("notices", Notices)
TEXTS = web.AppKey("texts", Texts)
TURNS: web.AppKey[Turns] = web.AppKey("turns")
ENGINE: web.AppKey[Engine] = web.AppKey("engine")
