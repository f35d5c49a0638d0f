"""Looks through a library for what its authors should put right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from bot.entity_words import LanguageWords
from bot.knowledge.articles import ERROR, Library
from bot.knowledge.checking.article import about_article
from bot.knowledge.checking.coverage import Asked, golden_findings, translations, unreached
from bot.knowledge.checking.findings import Finding
from bot.knowledge.checking.markup import MarkupCheck
from bot.knowledge.checking.repetition import repetitions
from bot.knowledge.checking.titles import not_found_by_title

__all__ = ["Asked", "Finding", "check"]


def check(
    library: Library,
    *,
    today: date,
    needs: Collection[str] | None = None,
    dates: Mapping[str, LanguageWords] | None = None,
    asked: Asked | None = None,
) -> list[Finding]:
    """Return all findings, by file and line.

    `needs` are the names an article may list; `dates` the words for numbers and days by which
    passages are compared. `asked` says which questions to ask; without visitors' questions, each
    article's own title must find it.
    """
    found = [
        *_unreadable(library),
        *_each(library, today, needs),
        *translations(library),
        *repetitions(library, dates or {}),
        *(golden_findings(asked) if asked else ()),
        *_unfound(library, asked),
    ]
    return sorted(found, key=lambda one: (one.file, one.line, one.message))


def _unfound(library: Library, asked: Asked | None) -> Iterator[Finding]:
    if asked and asked.questions:
        return unreached(asked)
    return not_found_by_title(library, asked.knowledge if asked else None)


def _unreadable(library: Library) -> Iterator[Finding]:
    for one in library.problems:
        code = "unusable" if one.severity == ERROR else "front-matter"
        yield Finding(one.file, one.line, one.severity, code, one.message)


def _each(library: Library, today: date, needs: Collection[str] | None) -> Iterator[Finding]:
    markup = MarkupCheck(library)
    for article in library.everything:
        yield from about_article(article, today, needs)
        yield from markup.of(article)
