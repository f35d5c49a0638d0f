"""Help articles and the library that holds them: plain, frozen, no reading of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True)
class ArticleProblem:
    """Something in an article's file that its author should put right.

    An `error` keeps the article out of the library; a `warning` or a `note` does not.
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
class Publishing:
    """What an installation lets out of what its owners wrote.

    `audiences` are those it serves. With `withhold_overdue_on`, articles whose `review_by` is
    before that day do not answer; without it they do, with their date.
    """

    audiences: frozenset[str] = frozenset()
    withhold_overdue_on: date | None = None


@dataclass(frozen=True)
class Provenance:
    """Where an imported article came from: `item` names it in the source of that import.

    `digest` is that of the file as it was written; when it no longer fits, the file was edited.
    """

    item: str
    name: str = ""
    url: str = ""
    digest: str = ""


@dataclass(frozen=True)
class HelpArticle:
    """One article as the owner wrote it. `id` is its path below the folder without `.md`.

    Without an `audience` it is for everybody. `golden` are questions it must answer. `lines`
    says on which line of the file each key of its front matter stands.
    """

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
    draft: bool = False
    audience: tuple[str, ...] = ()
    golden: tuple[str, ...] = ()
    source: Provenance | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    def is_public(self, rules: Publishing) -> bool:
        """Tell whether it has a page here: no draft, and for an audience that is served."""
        return not self.draft and (
            not self.audience or not rules.audiences.isdisjoint(self.audience)
        )

    def is_overdue(self, today: date) -> bool:
        return self.review_by is not None and self.review_by < today

    def answers(self, rules: Publishing) -> bool:
        """Tell whether it may be quoted, found and listed here."""
        day = rules.withhold_overdue_on
        return self.is_public(rules) and not (day is not None and self.is_overdue(day))

    def line_of(self, key: str) -> int:
        """Return the line of the file on which a key of the front matter stands, else the first."""
        return self.lines.get(key, 1)

    def line_at(self, offset: int) -> int:
        """Return the line of the file on which a place in the body stands."""
        return self.body_line + self.body.count("\n", 0, offset) + 1


@dataclass(frozen=True)
class Library:
    """The articles that may answer, and what was wrong with files that could not be read.

    Whoever reads `articles` sees nothing that must not be said. `withheld` are overdue: they
    have a page and are neither found nor listed. `unpublished` (drafts, and what is for other
    audiences) has no page either; only authors are told of it.
    """

    articles: tuple[HelpArticle, ...]
    problems: tuple[ArticleProblem, ...] = ()
    languages: tuple[str, ...] = ("en",)
    withheld: tuple[HelpArticle, ...] = ()
    unpublished: tuple[HelpArticle, ...] = ()

    @property
    def everything(self) -> tuple[HelpArticle, ...]:
        """Return every article that could be read, for authors' eyes."""
        return (*self.articles, *self.withheld, *self.unpublished)

    def published(self, rules: Publishing) -> Library:
        """Return the same library under other rules."""
        articles: list[HelpArticle] = []
        withheld: list[HelpArticle] = []
        unpublished: list[HelpArticle] = []
        for article in sorted(self.everything, key=lambda one: one.file.split("/")):
            public = withheld if article.is_public(rules) else unpublished
            (articles if article.answers(rules) else public).append(article)
        return replace(
            self,
            articles=tuple(articles),
            withheld=tuple(withheld),
            unpublished=tuple(unpublished),
        )

    def without_gone(self, fresh: Library) -> Library:
        """Return these articles as they are, minus those that `fresh` lets out no more."""
        answering, shown = fresh._by_id, {article.id for article in fresh.withheld}
        mine = (*self.articles, *self.withheld)
        return replace(
            self,
            articles=tuple(one for one in self.articles if one.id in answering),
            withheld=tuple(one for one in mine if one.id in shown),
        )

    @cached_property
    def _by_id(self) -> Mapping[str, HelpArticle]:
        return {article.id: article for article in self.articles}

    @cached_property
    def _withheld_by_id(self) -> Mapping[str, HelpArticle]:
        return {article.id: article for article in self.withheld}

    @cached_property
    def _by_page(self) -> Mapping[tuple[str, str], HelpArticle]:
        shown = (*self.articles, *self.withheld)
        return {(article.language, article.slug): article for article in shown}

    def may_answer(self, article_id: str) -> bool:
        return article_id in self._by_id

    def is_withheld(self, article: HelpArticle) -> bool:
        return article.id in self._withheld_by_id

    def find(self, article_id: str) -> HelpArticle | None:
        """Return an article that has a page, by its id."""
        return self._by_id.get(article_id) or self._withheld_by_id.get(article_id)

    def find_page(self, language: str, slug: str) -> HelpArticle | None:
        """Return the article that `/help/{language}/{slug}` shows."""
        return self._by_page.get((language, slug))

    def translations(self, article: HelpArticle) -> Sequence[HelpArticle]:
        """Return the same article in other languages: those with the same slug."""
        pages = (self.find_page(code, article.slug) for code in self.languages)
        return [page for page in pages if page is not None and page is not article]
