"""How a page of the help centre leaves: words, dates, caching headers."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import date
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from bot.knowledge import HelpArticle, Library
from bot.knowledge.links import page_url
from bot.knowledge.render import Page, page
from bot.web_keys import SETTINGS, TEXTS

MOST_PAGES = 500


class PageCache:
    """Rendered articles of the library that is current; another library empties it.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._library: Library | None = None
        self._pages: dict[str, Page] = {}
        self._lock = threading.Lock()

    def get(self, library: Library, article: HelpArticle, link_label: str) -> Page:
        """Return an article's page, rendered at most once while it is kept."""
        with self._lock:
            if library is not self._library or len(self._pages) >= MOST_PAGES:
                self._library, self._pages = library, {}
            pages = self._pages
        if article.id not in pages:
            pages[article.id] = page(library, article, link_label)
        return pages[article.id]


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
    carry a visitor's words, are kept nowhere.
    """
    settings, texts = request.app[SETTINGS], request.app[TEXTS]
    words = texts.get(language)
    values = {
        "t": words,
        "language": language,
        "organisation": settings.organisation,
        "languages": {},
        "language_name": lambda code: words.get(f"help.language_{code}", code.upper()),
        "url_of": page_url,
        "day": lambda moment: day_in_words(moment, words),
        **context,
    }
    html = aiohttp_jinja2.render_string(f"help/{template}", request, values)
    headers = {"Cache-Control": "no-cache" if keep else "no-store"}
    if not keep:
        return web.Response(text=html, content_type="text/html", status=status, headers=headers)
    etag = hashlib.sha256(html.encode()).hexdigest()[:32]
    headers["ETag"] = f'"{etag}"'
    if any(tag.value in (etag, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(text=html, content_type="text/html", status=status, headers=headers)


def day_in_words(day: date, words: Mapping[str, str]) -> str:
    """Write a date the way the language's texts say."""
    month = words["help.months"].split()[day.month - 1]
    return words["help.date"].format(day=day.day, month=month, year=day.year)
