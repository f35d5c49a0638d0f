"""The privacy notice, made from what is really set, and the page of a visitor's own data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import Connection

from bot.channels.link_pages import HEADERS, language_of, page, says_what_is_wrong
from bot.consent.notice_files import DAYS
from bot.consent.purposes import PURPOSES, Purpose
from bot.privacy import (
    DATA_LINK_SECONDS,
    DATA_LINK_USE,
    Summary,
    export_visitor,
    subject_summary,
)
from bot.settings import Settings
from bot.web_keys import CLOCK, DATABASE, KEYS, NOTICES, SETTINGS

FILE_NAME = "my-data.json"


@dataclass(frozen=True)
class AskedPurpose:
    """A purpose that visitors are really asked for, with the exact words of the question."""

    purpose: Purpose
    question: str
    days: int | None


def setup(app: web.Application) -> None:
    app.router.add_get("/privacy", says_what_is_wrong(privacy_notice))
    app.router.add_get(r"/privacy/data/{token:[^/]+?}.json", says_what_is_wrong(data_file))
    app.router.add_get("/privacy/data/{token}", says_what_is_wrong(data_page))


async def privacy_notice(request: web.Request) -> web.Response:
    """Tell who keeps what, why and how long, from the settings and the questions in use."""
    language, settings = language_of(request), request.app[SETTINGS]
    notices = request.app[NOTICES]
    asked = [
        AskedPurpose(purpose, found.body, _days(settings, purpose))
        for purpose in PURPOSES.values()
        if (found := notices.find(purpose.code, language)) is not None
    ]
    return page(
        request,
        "privacy",
        language=language,
        settings=settings,
        asked=asked,
        mail_server=urlsplit(settings.smtp_url).hostname if settings.smtp_url else None,
    )


async def data_page(request: web.Request) -> web.StreamResponse:
    """Show what is kept about the visitor the link was made for; good for one hour."""
    if request.query.get("format") == "json":
        return await data_file(request)
    visitor_id = _visitor_of(request)
    keys, now = request.app[KEYS], request.app[CLOCK].now()

    def read(connection: Connection) -> tuple[Mapping[str, Any], Summary]:
        found = export_visitor(connection, keys, visitor_id, now)
        return found, subject_summary(connection, visitor_id, now)

    data, summary = await request.app[DATABASE].read(read)
    download = f"/privacy/data/{request.match_info['token']}.json"
    spoken = [talk["language"] for talk in data["conversation"]]
    language = language_of(request, *spoken[-1:])
    return page(request, "data", language=language, data=data, summary=summary, download=download)


async def data_file(request: web.Request) -> web.Response:
    """Return the same as a JSON file."""
    visitor_id = _visitor_of(request)
    keys, now = request.app[KEYS], request.app[CLOCK].now()
    data = await request.app[DATABASE].read(
        lambda connection: export_visitor(connection, keys, visitor_id, now)
    )
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return web.json_response(text=text, headers=headers)


def _visitor_of(request: web.Request) -> str:
    """Return whose data the link opens; raise `NotFound` if forged, `Gone` after an hour."""
    token = request.match_info["token"]
    return request.app[KEYS].unsign(DATA_LINK_USE, token, max_age_seconds=DATA_LINK_SECONDS)


def _days(settings: Settings, purpose: Purpose) -> int | None:
    return int(getattr(settings, DAYS[purpose.code])) if purpose.code in DAYS else None
