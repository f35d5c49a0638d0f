"""Listens, prints where to go, and stops cleanly when asked to."""

from __future__ import annotations

import asyncio
import errno
import signal
from collections.abc import Callable, Sequence

from aiohttp import web

from bot.errors import SettingsError
from bot.settings import Settings
from bot.staff import create_invitation, needs_first_staff
from bot.web import Assistant, create_app

Announce = Callable[[Sequence[str]], None]


async def serve(
    assistant: Assistant, *, announce: Announce, stop: asyncio.Event | None = None
) -> None:
    """Serve until `stop` is set or the process is asked to end; then finish what runs."""
    settings = assistant.services.settings
    runner = web.AppRunner(create_app(assistant), handler_cancellation=True, access_log=None)
    await runner.setup()
    stop = stop or _stop_on_signals()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, shutdown_timeout=5)
        await _start(site, settings)
        announce(await _lines(assistant))
        await stop.wait()
    finally:
        await runner.cleanup()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _start(site: web.TCPSite, settings: Settings) -> None:
    try:
        await site.start()
    except OSError as error:
        reason = "is already in use" if error.errno == errno.EADDRINUSE else error.strerror
        raise SettingsError(
            f"port {settings.port} on {settings.host} {reason}; choose another with --port",
            field="port",
        ) from error


async def _lines(assistant: Assistant) -> list[str]:
    """Return what the operator reads: where everything is, and the first staff sign-in."""
    services = assistant.services
    base = services.settings.base_url
    articles = len(services.knowledge.current.library.articles)
    lines = [
        f"Askfirst answers from {articles} articles.",
        f"  Help centre   {base}/",
        f"  Widget demo   {base}/demo",
        f"  Chat page     {base}/chat",
        f"  Desk          {base}/desk",
    ]
    now = services.clock.now()
    if await services.database.read(needs_first_staff):
        token = await services.database.write(lambda c: create_invitation(c, now))
        lines.append(f"  First staff   {base}/desk/welcome/{token}  (works once, for 24 hours)")
    return [*lines, "Stop it with Ctrl+C."]
