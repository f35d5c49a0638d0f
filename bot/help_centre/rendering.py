"""How a page of the help centre leaves: words, dates, caching headers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from bot.help_centre.folders import Folders, folder_url, folders_of
from bot.help_centre.kept import Kept
from bot.help_centre.language import direction
from bot.knowledge import Knowledge, Library
from bot.knowledge.links import page_url
from bot.web_keys import KNOWLEDGE, SETTINGS, TEXTS

KEPT = web.AppKey("help_centre_kept", Kept)


def knowledge_of(request: web.Request) -> Knowledge:
    """Return the knowledge that answers now."""
    return request.app[KNOWLEDGE].current


def kept_folders(request: web.Request, library: Library, language: str) -> Folders:
    """Return the folders of a language, as long as the library is the same."""
    key = ("folders", language)
    return request.app[KEPT].get(library, key, lambda: folders_of(library, language))


def respond(
    request: web.Request,
    template: str,
    language: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    keep: bool = True,
) -> web.Response:
    """Render a template with the words of a language.

    `keep` lets browsers keep the page and ask whether it changed; results of a search, which
    carry a visitor's words, are kept nowhere. A `place` in the context is a page that search
    engines may list.
    """
    settings, texts = request.app[SETTINGS], request.app[TEXTS]
    words = texts.get(language)
    values = {
        "t": words,
        "language": language,
        "direction": direction,
        "organisation": settings.organisation,
        "base": settings.base_url,
        "place": None,
        "language_name": lambda code: words.get(f"help.language_{code}", code.upper()),
        "url_of": page_url,
        "folder_url": folder_url,
        "day": lambda moment: day_in_words(moment, words),
        **context,
    }
    html = aiohttp_jinja2.render_string(f"help/{template}", request, values)
    if keep:
        return reply(request, html.encode(), "text/html")
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=html, content_type="text/html", status=status, headers=headers)


def reply(
    request: web.Request, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a body that may be kept as long as it did not change, or 304 if it is kept."""
    etag = hashlib.sha256(body).hexdigest()[:32]
    sent = {"Cache-Control": "no-cache", "ETag": f'"{etag}"', **(headers or {})}
    if any(tag.value in (etag, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=sent)
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers=sent)


def day_in_words(day: date, words: Mapping[str, str]) -> str:
    """Write a date the way the language's texts say."""
    month = words["help.months"].split()[day.month - 1]
    return words["help.date"].format(day=day.day, month=month, year=day.year)
