"""Pages that belong to no face: the error page and the icon."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

ICON = Path(__file__).parent / "static" / "icon.svg"


def setup(app: web.Application) -> None:
    app.router.add_get("/favicon.ico", icon)
    app.router.add_get("/icon.svg", icon)


async def icon(_request: web.Request) -> web.StreamResponse:
    """Return the icon; browsers ask for it unasked, so the answer may be kept long."""
    headers = {"Content-Type": "image/svg+xml", "Cache-Control": "public, max-age=604800"}
    return web.FileResponse(ICON, headers=headers)
