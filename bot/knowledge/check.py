"""Looks through a library for what its authors should put right."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from markdown_it.token import Token

from bot.knowledge.articles import WARNING, HelpArticle, Library
from bot.knowledge.clean import is_harmless
from bot.knowledge.links import find_target
from bot.knowledge.markdown import parser
from bot.knowledge.outline import WORDS_MOST
from bot.knowledge.passages import passages_of


@dataclass(frozen=True)
class Finding:
    """Something to put right, with the file and line where it stands."""

    file: str
    line: int
    severity: str
    message: str


def check(library: Library, *, today: date, needs: Collection[str] | None = None) -> list[Finding]:
    """Return all findings, by file and line. `needs` are the names an article may list."""
    found = [Finding(one.file, one.line, one.severity, one.message) for one in library.problems]
    for article in library.articles:
        for line, message in _remarks(library, article, today, needs):
            found.append(Finding(article.file, line, WARNING, message))
    return sorted(found, key=lambda one: (one.file, one.line, one.message))


def _remarks(
    library: Library, article: HelpArticle, today: date, needs: Collection[str] | None
) -> Iterator[tuple[int, str]]:
    if article.review_by and article.review_by < today:
        yield 1, f"was to be reviewed by {article.review_by}; read it, then set `reviewed`"
    for need in article.needs:
        if needs is not None and need not in needs:
            yield 1, f"unknown need `{need}`; known are {', '.join(sorted(needs))}"
    if not article.outline.headings:
        yield article.body_line + 1, "has no heading; write `# ` and a title above the text"
    yield from _long_passages(article)
    yield from _markdown_remarks(library, article)


def _long_passages(article: HelpArticle) -> Iterator[tuple[int, str]]:
    for passage in passages_of(article):
        words = len(passage.quote.split())
        if words > WORDS_MOST:
            message = f"a passage of {words} words; divide it by headings or shorter paragraphs"
            yield article.line_at(passage.start), message
        elif not passage.quote:
            yield article.line_at(passage.start), "has headings but no text to answer with"


def _markdown_remarks(library: Library, article: HelpArticle) -> Iterator[tuple[int, str]]:
    env: dict[str, Any] = {}
    for token in parser().parse(article.body, env):
        line = article.body_line + (token.map[0] if token.map else 0) + 1
        if token.type == "html_block" and not is_harmless(token.content):
            yield line, "raw HTML is shown as text; write it as Markdown"
        for child in token.children or ():
            message = _inline_remark(library, article, child)
            if message:
                yield line, message
    for reference in env.get("references", {}).values():
        line = article.body_line + reference["map"][0] + 1
        yield line, "a quoted passage loses this link; write [words](address) where it is used"


def _inline_remark(library: Library, article: HelpArticle, token: Token) -> str | None:
    if token.type == "html_inline" and not is_harmless(token.content):
        return f"raw HTML {token.content} is shown as text; write it as Markdown"
    if token.type == "image":
        return _link_remark(library, article, str(token.attrs.get("src", "")))
    if token.type == "link_open":
        return _link_remark(library, article, str(token.attrs.get("href", "")))
    return None


def _link_remark(library: Library, article: HelpArticle, href: str) -> str | None:
    path, _, fragment = href.partition("#")
    if path.startswith("/") or ":" in path:
        return None
    target = find_target(library, article, href)
    if target is None:
        if path.endswith(".md"):
            return f"there is no article {path}; link to one that exists"
        return f"{path} is not served; link to an article (.md) or write a full https address"
    if fragment and not target[1]:
        return f"#{fragment} is not a heading of {target[0].file}; use a heading's own anchor"
    return None
