"""What an article's Markdown shows: links that lead nowhere, HTML, walls of text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from bot.knowledge.articles import NOTE, WARNING, HelpArticle, Library
from bot.knowledge.checking.findings import Finding, at
from bot.knowledge.clean import is_harmless
from bot.knowledge.links import find_target
from bot.knowledge.markdown import parser, text_of

PARAGRAPH_MOST, SENTENCE_MOST = 120, 45
_SENTENCE_END = re.compile(r"""[.!?…]["'”’)\]]*(?=\s)""")
_BREAKS = {"softbreak", "hardbreak"}


class MarkupCheck:
    """Checks articles against all that were read: what has no page is no target of a link."""

    def __init__(self, library: Library) -> None:
        self._everything = Library(library.everything, languages=library.languages)
        self._hidden = {article.id for article in library.unpublished}

    def of(self, article: HelpArticle) -> Iterator[Finding]:
        env: dict[str, Any] = {}
        tokens = parser().parse(article.body, env)
        for place, token in enumerate(tokens):
            line = article.body_line + (token.map[0] if token.map else 0) + 1
            if token.type == "html_block" and not is_harmless(token.content):
                message = "raw HTML is shown as text; write it as Markdown"
                yield at(article, line, WARNING, "html", message)
            yield from self._inline(article, token, line)
            if token.type == "inline" and tokens[place - 1].type == "paragraph_open":
                yield from _walls(article, token, line)
        for reference in env.get("references", {}).values():
            line = article.body_line + reference["map"][0] + 1
            message = "a quoted passage loses this link; write [words](address) where it is used"
            yield at(article, line, WARNING, "reference-link", message)

    def _inline(self, article: HelpArticle, token: Token, line: int) -> Iterator[Finding]:
        for child in token.children or ():
            if child.type in _BREAKS:
                line += 1
            elif child.type == "html_inline" and not is_harmless(child.content):
                message = f"raw HTML {child.content} is shown as text; write it as Markdown"
                yield at(article, line, WARNING, "html", message)
            elif child.type in {"image", "link_open"}:
                href = str(child.attrs.get("src" if child.type == "image" else "href", ""))
                message = self._link(article, href) or ""
                if message:
                    yield at(article, line, WARNING, "link", message)

    def _link(self, article: HelpArticle, href: str) -> str | None:
        path, _, fragment = href.partition("#")
        if path.startswith("/") or ":" in path:
            return None
        target = find_target(self._everything, article, href)
        if target is None:
            if path.endswith(".md"):
                return f"there is no article {path}; link to one that exists"
            return f"{path} is not served; link to an article (.md) or write a full https address"
        if target[0].id in self._hidden and article.id not in self._hidden:
            state = "a draft" if target[0].draft else "for another audience"
            return f"{path} is {state} and has no page here; link to an article that has one"
        if fragment and not target[1]:
            return f"#{fragment} is not a heading of {target[0].file}; use a heading's own anchor"
        return None


def _walls(article: HelpArticle, paragraph: Token, line: int) -> Iterator[Finding]:
    """Yield a paragraph without a break and sentences without an end, where each begins."""
    children = paragraph.children or ()
    text = "".join("\n" if one.type in _BREAKS else text_of([one]) for one in children)
    words = len(text.split())
    if words > PARAGRAPH_MOST:
        message = f"a paragraph of {words} words; break it up, or make a list of it"
        yield at(article, line, WARNING, "long-paragraph", message)
    for start, sentence in _sentences(text):
        words = len(sentence.split())
        if words > SENTENCE_MOST:
            where = line + text.count("\n", 0, start)
            opening = " ".join(sentence.split()[:5])
            message = f"a sentence of {words} words (“{opening} …”); make two or three of it"
            yield at(article, where, NOTE, "long-sentence", message)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    ends: Sequence[int] = [match.end() for match in _SENTENCE_END.finditer(text)]
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        sentence = text[start:end]
        yield start + len(sentence) - len(sentence.lstrip()), sentence
