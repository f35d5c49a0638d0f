"""How desk pages are rendered: in the reader's language, with names for needs and states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from bot.desk.endings import NotShared
from bot.errors import AskfirstError
from bot.web_keys import TEXTS

LONG_WAIT_MINUTES = 5
# Who is signed in (`guard.AtDesk`); absent on pages outside the door.
AT_DESK: web.RequestKey[object] = web.RequestKey("desk")


class Words:
    """The desk's words in one language, as templates use them."""

    def __init__(self, language: str, words: Mapping[str, str]) -> None:
        self.language = language
        self._words = words

    def say(self, key: str, **values: object) -> str:
        return self._words[f"desk.{key}"].format(**values)

    def label(self, group: str, code: str | None) -> str:
        """Return the name of a need, state or the like; an unknown one speaks for itself."""
        if not code:
            return ""
        return self._words.get(f"desk.{group}.{code}", code.replace("_", " "))

    def codes(self, group: str) -> list[str]:
        """Return every code of a group that has a name."""
        start = f"desk.{group}."
        return [key.removeprefix(start) for key in self._words if key.startswith(start)]

    def error(self, error: AskfirstError) -> str:
        return self._words.get(f"desk.code.{error.code}", error.message)

    def duration(self, since: datetime, now: datetime) -> str:
        """Return how long ago something was, as `4 min` or `2 h 5 min`."""
        hours, minutes = divmod(minutes_between(since, now), 60)
        short = f"{minutes} {self.say('minute')}"
        return f"{hours} {self.say('hour')} {short}" if hours else short


def minutes_between(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds() // 60))


def words_for(request: web.Request) -> Words:
    """Return the words in the first language that the browser names and this project has."""
    texts = request.app[TEXTS]
    for part in request.headers.get("Accept-Language", "").split(","):
        language = part.split(";")[0].strip().split("-")[0].lower()
        if language in texts.languages:
            return Words(language, texts.get(language))
    return Words("en", texts.get("en"))


def render(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    """Render a desk page; `desk` (who is signed in) is there for all of them."""
    words = words_for(request)
    context = {
        "w": words,
        "say": words.say,
        "label": words.label,
        "desk": request.get(AT_DESK),
        "long_wait": LONG_WAIT_MINUTES,
        "minutes_between": minutes_between,
        **values,
    }
    return aiohttp_jinja2.render_template(f"desk/{template}", request, context, status=status)


def problem_page(request: web.Request, error: AskfirstError) -> web.Response:
    if isinstance(error, NotShared):
        return render(request, "not_shared.html", error.status, ending=error.ending)
    text = words_for(request).error(error)
    return render(request, "problem.html", status=error.status, text=text)
