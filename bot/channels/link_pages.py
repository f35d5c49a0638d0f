"""What the public pages share: their language, their headers, and how they say what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from bot.errors import AskfirstError
from bot.web_keys import SETTINGS, TEXTS

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# A link holds its token: it stays out of caches, search engines and other sites' logs.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_NAMED = {404, 410, 503}


def language_of(request: web.Request, preferred: str | None = None) -> str:
    """Return the language of a page: asked for by `?lang=`, known, the browser's, or ours."""
    settings, texts = request.app[SETTINGS], request.app[TEXTS]
    header = request.headers.get("Accept-Language", "")
    browser = [part.split(";")[0].strip() for part in header.split(",")]
    candidates = [request.query.get("lang"), preferred, *browser]
    codes = (code.split("-")[0].lower() for code in candidates if code)
    return next((code for code in codes if code in texts.languages), settings.languages[0])


def page(
    request: web.Request,
    name: str,
    *,
    language: str | None = None,
    status: int = 200,
    **values: Any,
) -> web.Response:
    """Return a page of `templates/links`, in the visitor's language, never to be kept."""
    chosen = language or language_of(request)
    texts, settings = request.app[TEXTS], request.app[SETTINGS]
    context = {
        "language": chosen,
        "t": texts.get(chosen),
        "say": lambda key, **filled: texts.say(chosen, f"links.{key}", **filled),
        "organisation": settings.organisation,
        **values,
    }
    response = aiohttp_jinja2.render_template(f"links/{name}.html", request, context, status=status)
    response.headers.update(HEADERS)
    return response


def says_what_is_wrong(handler: Handler) -> Handler:
    """Let a page answer the project's errors as a page, in the visitor's language."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except AskfirstError as error:
            logger.info("a link was not followed: %s", error.code)
            key = f"error_{error.status}" if error.status in _NAMED else "error_other"
            return page(request, "problem", status=error.status, key=key)

    return answer
