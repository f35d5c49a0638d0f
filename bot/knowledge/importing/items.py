"""What a source gives: articles to be, and what had to be left out with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import BadInput

KINDS = ("markdown", "html", "website", "table", "zendesk", "intercom")
NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"
UNPUBLISHED, KEPT, LEFT_OUT = "unpublished", "kept", "left out"
STATUSES = (NEW, CHANGED, UNCHANGED, UNPUBLISHED, KEPT, LEFT_OUT)
# Links between saved pages are relative; this address stands for the folder while they resolve.
HERE = "http://folder.invalid/"
T = TypeVar("T")
Track = Callable[[Sequence[T], str], Iterable[T]]
"""Goes through a sequence and shows how far it is, under a label."""


class SourceUnusable(BadInput):
    """Nothing of the source can be imported; the words say why and what to do."""

    code = "import.source"


class Unusable(Exception):
    """One item that cannot be imported; `reason` says what to do, `gone` that it is no more."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.gone = gone


@dataclass(frozen=True)
class Markdown:
    """A body that is Markdown already and is kept word for word."""

    text: str


@dataclass(frozen=True)
class Html:
    """The part of a page that is its content. `base` is the address its links start from."""

    title: str
    html: str
    base: str = ""


@dataclass(frozen=True)
class Item:
    """An article to be. `key` names it in its source for ever, `place` is a path to suggest.

    `language` may be empty or a locale such as `en-us`. `front` holds front-matter values.
    `url` is where it can be read; links of other items to it become links between articles.
    """

    key: str
    place: str
    body: Markdown | Html
    language: str = ""
    url: str = ""
    draft: bool = False
    front: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where people can read it, empty if that is nowhere."""
        is_one = self.url.startswith(("http://", "https://")) and not self.url.startswith(HERE)
        return self.url if is_one else ""

    @property
    def where(self) -> str:
        return self.address or self.key


@dataclass(frozen=True)
class LeftOut:
    """What could not be imported. `key` keeps the article of an earlier import as it is."""

    where: str
    reason: str
    key: str = ""


@dataclass(frozen=True)
class Collected:
    """All that a source gave. What is missing in a source that is not `complete` may still be."""

    kind: str
    name: str
    items: tuple[Item, ...]
    left_out: tuple[LeftOut, ...] = ()
    complete: bool = True
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """How to read a source. Columns are headings of a table; empty means to be recognised."""

    name: str = ""
    question_column: str = ""
    answer_column: str = ""
    category_column: str = ""
    most_pages: int = 5_000
    pause: float = 0.5


@dataclass(frozen=True)
class Target:
    """The folder of articles and its languages, the first is the default.

    `language` is that of all articles, whatever the source says.
    """

    folder: Path
    languages: tuple[str, ...]
    language: str = ""
    overwrite: bool = False


@dataclass(frozen=True)
class Step:
    """What happens to one article. `text` is the file's new content, `None` leaves it alone."""

    status: str
    item: str
    file: str = ""
    reason: str = ""
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Plan:
    """All steps of an import, in the source's order, then what is gone and what was left out."""

    kind: str
    name: str
    steps: tuple[Step, ...]
    remarks: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        found = Counter(step.status for step in self.steps)
        return {status: found[status] for status in STATUSES}


def no_track(things: Sequence[T], _label: str) -> Iterable[T]:
    return things


def first_day(*values: Any) -> date | None:
    """Return the day of the first value that is one: ISO text, or seconds since 1970 in UTC."""
    for value in values:
        try:
            if isinstance(value, str) and value.strip():
                return date.fromisoformat(value.strip()[:10])
            if isinstance(value, int | float) and not isinstance(value, bool):
                return date.fromordinal(date(1970, 1, 1).toordinal() + int(value // 86_400))
        except (ValueError, OverflowError):
            continue
    return None
