"""Which language a page is in: the one in its address, else the browser's, else the owner's."""

from __future__ import annotations

from functools import cache

from aiohttp import web
from babel import Locale, UnknownLocaleError

from bot.web_keys import SETTINGS


def asked_language(request: web.Request, code: str) -> str | None:
    """Return a language that is spoken here, `None` if this one is not."""
    return code if code in request.app[SETTINGS].languages else None


def wanted_language(request: web.Request) -> str:
    """Return the spoken language that the browser likes best."""
    spoken = request.app[SETTINGS].languages
    for code in _preferences(request.headers.get("Accept-Language", "")):
        if code in spoken:
            return code
    return spoken[0]


@cache
def direction(code: str) -> str:
    """Return `rtl` for languages that are written from right to left, else `ltr`."""
    try:
        return str(Locale.parse(code, sep="-").text_direction)
    except (ValueError, UnknownLocaleError):
        return "ltr"


def _preferences(header: str) -> list[str]:
    """Return the languages of an Accept-Language header, best first, without regions."""
    weighed = []
    for part in header[:500].split(","):
        code, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            weighed.append((weight, code.split("-")[0].strip().lower()))
    return [code for _, code in sorted(weighed, key=lambda pair: -pair[0])]
