"""Help articles and the library that holds them: plain, frozen, no reading of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class ArticleProblem:
    """Something in an article's file that its author should put right.

    An `error` keeps the article out of the library; a `warning` does not.
    """

    file: str
    line: int
    message: str
    severity: str = ERROR


@dataclass(frozen=True)
class Heading:
    """A heading of the body: its level, its words without markup, and its place in the body."""

    level: int
    text: str
    anchor: str
    start: int


@dataclass(frozen=True)
class Slice:
    """A stretch of the body that can be quoted.

    `start:end` of all slices rejoin to the body; `quote_start:quote_end` leaves out headings.
    `heading` is the index of the heading it stands under, -1 before the first.
    """

    start: int
    end: int
    quote_start: int
    quote_end: int
    heading: int


@dataclass(frozen=True)
class Outline:
    """What parsing an article's body found. `aliases` maps `<a name="x">` to a heading's anchor."""

    top: str
    headings: tuple[Heading, ...] = ()
    slices: tuple[Slice, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def anchors(self) -> frozenset[str]:
        return frozenset({self.top, *(heading.anchor for heading in self.headings)})


@dataclass(frozen=True)
class HelpArticle:
    """One article as the owner wrote it. `id` is its path below the folder without `.md`."""

    id: str
    slug: str
    title: str
    language: str
    body: str
    outline: Outline
    file: str = ""
    body_line: int = 0
    reviewed: date | None = None
    owner: str | None = None
    review_by: date | None = None
    needs: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    affiliate: str | None = None

    def line_at(self, offset: int) -> int:
        """Return the line of the file on which a place in the body stands."""
        return self.body_line + self.body.count("\n", 0, offset) + 1


@dataclass(frozen=True)
class Library:
    """All articles that could be read, and what was wrong with the others."""

    articles: tuple[HelpArticle, ...]
    problems: tuple[ArticleProblem, ...] = ()
    languages: tuple[str, ...] = ("en",)

    @cached_property
    def _by_id(self) -> Mapping[str, HelpArticle]:
        return {article.id: article for article in self.articles}

    @cached_property
    def _by_page(self) -> Mapping[tuple[str, str], HelpArticle]:
        return {(article.language, article.slug): article for article in self.articles}

    def find(self, article_id: str) -> HelpArticle | None:
        return self._by_id.get(article_id)

    def find_page(self, language: str, slug: str) -> HelpArticle | None:
        """Return the article that `/help/{language}/{slug}` shows."""
        return self._by_page.get((language, slug))

    def translations(self, article: HelpArticle) -> Sequence[HelpArticle]:
        """Return the same article in other languages: those with the same slug."""
        pages = (self.find_page(code, article.slug) for code in self.languages)
        return [page for page in pages if page is not None and page is not article]
