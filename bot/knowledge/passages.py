"""Passages: the stretches of an article that an answer quotes, each under its heading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.knowledge.articles import HelpArticle, Outline, Slice


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of an article: `text == article.body[start:end]`, exactly.

    `quote` is the part that may be said: without headings and blank ends. It is empty only in
    an article that has nothing but headings; such a passage is never found.
    """

    article: str
    heading_path: tuple[str, ...]
    anchor: str
    start: int
    end: int
    text: str
    quote: str
    language: str


def passages_of(article: HelpArticle) -> tuple[Passage, ...]:
    """Return the passages of an article in reading order."""
    outline = article.outline
    return tuple(_passage(article, outline, part) for part in outline.slices)


def _passage(article: HelpArticle, outline: Outline, part: Slice) -> Passage:
    anchor = outline.headings[part.heading].anchor if part.heading >= 0 else outline.top
    return Passage(
        article=article.id,
        heading_path=tuple(reversed(list(_path(outline, part.heading)))),
        anchor=anchor,
        start=part.start,
        end=part.end,
        text=article.body[part.start : part.end],
        quote=article.body[part.quote_start : part.quote_end],
        language=article.language,
    )


def _path(outline: Outline, index: int) -> Iterator[str]:
    """Yield a heading and those it stands under, innermost first."""
    level = 7
    for heading in reversed(outline.headings[: index + 1]):
        if heading.level < level:
            level = heading.level
            yield heading.text
