"""The chat on an owner's site: `/widget.js`, one script tag, and `/demo` to see it on a page."""

from __future__ import annotations

from pathlib import Path

import aiohttp_jinja2
from aiohttp import web

from bot.web_keys import SETTINGS, TEXTS
from bot.widget.script import WidgetScript, build_script

FOLDER = Path(__file__).parent
DEMO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
THEMES = ("auto", "light", "dark")


def setup(app: web.Application) -> None:
    """Add `/widget.js`, `/demo` and the demo's style; texts are read at the first request."""
    app.router.add_get("/widget.js", _ScriptPage().serve)
    app.router.add_get("/demo", demo)
    app.router.add_get("/demo.css", demo_style)


class _ScriptPage:
    """Serves the script; it is put together once, when it is first asked for."""

    def __init__(self) -> None:
        self._script: WidgetScript | None = None

    async def serve(self, request: web.Request) -> web.Response:
        settings = request.app[SETTINGS]
        script = self._script = self._script or build_script(
            request.app[TEXTS], settings.organisation, settings.base_url
        )
        headers = {
            "Content-Type": "text/javascript; charset=utf-8",
            "Cache-Control": "public, max-age=600, stale-while-revalidate=86400",
            "ETag": f'"{script.etag}"',
            "Vary": "Accept-Encoding",
            # any page may load the script; who may talk to the server is decided there
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        known = request.if_none_match or ()
        if any(tag.value in (script.etag, "*") for tag in known):
            return web.Response(status=304, headers=headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=script.compressed, headers=headers)
        return web.Response(body=script.plain, headers=headers)


async def demo(request: web.Request) -> web.Response:
    """Show the widget on the page of a made-up shop; `?lang=` and `?theme=` try its options."""
    settings, languages = request.app[SETTINGS], request.app[TEXTS].languages
    language = request.query.get("lang", settings.languages[0])
    theme = request.query.get("theme", "auto")
    context = {
        "base_url": settings.base_url,
        "languages": languages,
        "language": language if language in languages else "en",
        "theme": theme if theme in THEMES else "auto",
        "start": request.query.get("position") == "start",
    }
    page = aiohttp_jinja2.render_template("widget/demo.html", request, context)
    page.headers["Content-Security-Policy"] = DEMO_POLICY
    return page


async def demo_style(request: web.Request) -> web.FileResponse:
    return web.FileResponse(FOLDER / "demo.css", headers={"Cache-Control": "public, max-age=600"})
