"""The application: wires the parts together and decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot import background, desk, help_centre, operations, pages, widget
from bot.channels import api, chat_page, links, rest
from bot.conversation.stream import Wakeups
from bot.engine.agent import Engine
from bot.follow_ups import DueSender, make_transport
from bot.services import Services
from bot.turns import Turns
from bot.web_barrier import barrier, cors, name_allowed_origin
from bot.web_keys import (
    CLOCK,
    DATABASE,
    ENGINE,
    KEYS,
    KNOWLEDGE,
    NOTICES,
    SETTINGS,
    TEXTS,
    TURNS,
    WAKEUPS,
)

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parent
TEMPLATES = {
    "pages": ROOT / "pages" / "templates",
    "help": ROOT / "help_centre" / "templates",
    "desk": ROOT / "desk" / "templates",
    "chat": ROOT / "channels" / "templates",
    "links": ROOT / "channels" / "templates" / "links",
    "widget": ROOT / "widget",
}
STATIC = {
    "/static/pages": ROOT / "pages" / "static",
    "/static/help": ROOT / "help_centre" / "static",
    "/static/desk": ROOT / "desk" / "static",
    "/static/chat": ROOT / "channels" / "static",
    "/static/links": ROOT / "channels" / "static",
}
MAX_REQUEST_BYTES = 256 * 1024


@dataclass(frozen=True)
class Assistant:
    """The parts of one running assistant, made by `bot.assembly.assemble`."""

    services: Services
    engine: Engine
    wakeups: Wakeups
    turns: Turns


def create_app(assistant: Assistant, *, work: bool = True) -> web.Application:
    """Return the application of an assistant; `work` runs its background jobs with it."""
    app = web.Application(middlewares=[barrier, cors], client_max_size=MAX_REQUEST_BYTES)
    services = assistant.services
    app[SETTINGS], app[DATABASE], app[KEYS] = services.settings, services.database, services.keys
    app[CLOCK], app[WAKEUPS], app[TURNS] = services.clock, assistant.wakeups, assistant.turns
    app[KNOWLEDGE], app[NOTICES], app[TEXTS] = services.knowledge, services.notices, services.texts
    app[ENGINE] = assistant.engine
    app.on_response_prepare.append(name_allowed_origin)
    _set_up_templates(app)
    for face in (operations, api, rest, chat_page, links, widget, desk, help_centre, pages):
        face.setup(app)
    for prefix, folder in STATIC.items():
        if folder.is_dir():
            app.router.add_static(prefix, folder)
    if work:
        app.cleanup_ctx.append(_background)
    app.on_shutdown.append(_end_streams)
    app.on_cleanup.append(_close)
    return app


def _set_up_templates(app: web.Application) -> None:
    loaders: Mapping[str, jinja2.BaseLoader] = {
        name: jinja2.FileSystemLoader(folder) for name, folder in TEMPLATES.items()
    }
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.PrefixLoader(loaders),
        autoescape=jinja2.select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )


async def _background(app: web.Application) -> AsyncIterator[None]:
    transport = make_transport(app[SETTINGS])
    sender = DueSender(app[DATABASE], app[KEYS], app[SETTINGS], app[TEXTS], transport)
    jobs = [
        asyncio.create_task(background.recover(app[TURNS])),
        asyncio.create_task(background.send_due(sender, app[CLOCK])),
        asyncio.create_task(background.retain(app[DATABASE], app[SETTINGS], app[CLOCK])),
        asyncio.create_task(
            background.follow_data(app[SETTINGS], app[ENGINE], app[KNOWLEDGE], app[CLOCK])
        ),
    ]
    yield
    for job in jobs:
        job.cancel()
    for job in jobs:
        with contextlib.suppress(asyncio.CancelledError):
            await job


async def _end_streams(app: web.Application) -> None:
    app[WAKEUPS].close()


async def _close(app: web.Application) -> None:
    await app[TURNS].close()
    app[DATABASE].close()
