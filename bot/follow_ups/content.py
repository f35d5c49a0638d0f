"""What a follow-up says: passages, word for word, each with where it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urljoin


@dataclass(frozen=True)
class Quoted:
    """A passage as it was answered, and its source. `reviewed` is a date as text, or None."""

    title: str
    url: str
    passage: str
    reviewed: str | None = None
    affiliate: str | None = None


@dataclass(frozen=True)
class Content:
    """What is mailed: words of our own (Markdown, may be empty), and quoted passages."""

    text: str
    quotes: tuple[Quoted, ...] = ()

    @property
    def title(self) -> str:
        """The title of the first source; empty when nothing is quoted."""
        return self.quotes[0].title if self.quotes else ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Content:
        stored = json.loads(text)
        return cls(stored["text"], tuple(Quoted(**quote) for quote in stored["quotes"]))


def content_of_reply(text: str, body: Mapping[str, Any], base_url: str) -> Content:
    """Return the content of a stored reply: its sources, or its words when it has none."""
    sources: Sequence[Mapping[str, Any]] = body.get("sources") or ()
    quotes = tuple(
        Quoted(
            title=source["title"],
            url=urljoin(f"{base_url}/", source["url"]),
            passage=source["passage"],
            reviewed=source.get("reviewed"),
            affiliate=source.get("affiliate"),
        )
        for source in sources
    )
    return Content("" if quotes else text, quotes)
