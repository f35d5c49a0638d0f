"""The one Markdown dialect of articles, and the names headings get."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MARKUP = re.compile(r"[\\`*_\[\]<>&!]")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


@cache
def parser() -> MarkdownIt:
    """CommonMark with tables and bare addresses as links. Raw HTML stays a token of its own."""
    dialect = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "linkify"])
    if dialect.linkify is not None:
        dialect.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    return dialect


@cache
def block_parser() -> MarkdownIt:
    """The same blocks without looking inside paragraphs: several times as quick."""
    dialect = MarkdownIt("commonmark").enable("table")
    dialect.core.ruler.enableOnly(["normalize", "block"])
    return dialect


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def words_of(markdown: str) -> str:
    """Return inline Markdown as plain words: no markup, no HTML, one space between words."""
    if not _MARKUP.search(markdown):
        return " ".join(markdown.split())
    tokens = _inline_parser().parseInline(markdown)
    return " ".join(text_of(child for token in tokens for child in token.children or ()).split())


def text_of(tokens: Iterable[Token]) -> str:
    """Return the words that inline tokens show."""
    parts: list[str] = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif token.type == "image":
            parts.append(text_of(token.children or ()))
        elif token.type in {"text", "code_inline", "text_special"}:
            parts.append(token.content)
    return "".join(parts)


class Anchors:
    """Gives each heading of one article its anchor: GitHub's way, and never the same twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, heading: str) -> str:
        base = _NOT_IN_ANCHOR.sub("", heading.strip().lower()).replace(" ", "-") or "section"
        anchor, count = base, 0
        while anchor in self._taken:
            count += 1
            anchor = f"{base}-{count}"
        self._taken.add(anchor)
        return anchor
