"""Makes parsed Markdown safe and self-contained: links resolved, raw HTML as words, no images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from bot.knowledge.links import Resolver
from bot.knowledge.markdown import parser, text_of

_HARMLESS = re.compile(
    r"""<a\s+(?:name|id)=["'][^"'<>]*["']\s*/?>|</a\s*>|<!--.*?-->""", re.IGNORECASE | re.DOTALL
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def clean_tokens(markdown: str, resolve: Resolver, picture: Resolver | None = None) -> list[Token]:
    """Parse Markdown and leave only what may be shown.

    Named anchors and comments are dropped, other HTML becomes the words it is written with;
    an image becomes its description, as a link to where `picture` (else `resolve`) says; a
    link that leads nowhere becomes its words.
    """
    tokens: list[Token] = []
    for token in parser().parse(markdown):
        if token.type == "html_block":
            tokens.extend(_paragraph(_HARMLESS.sub("", token.content).strip(), token.level))
        else:
            if token.type == "inline":
                token.children = list(_inline(token.children or (), resolve, picture or resolve))
            tokens.append(token)
    return tokens


def is_harmless(html: str) -> bool:
    """Say whether HTML loses nothing by being left out, or is a line break."""
    return not _HARMLESS.sub("", html).strip() or _BREAK.fullmatch(html) is not None


def text_token(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _paragraph(content: str, level: int) -> list[Token]:
    if not content:
        return []
    opening = Token("paragraph_open", "p", 1, level=level, block=True)
    inline = Token("inline", "", 0, content=content, children=[text_token(content)], block=True)
    return [opening, inline, Token("paragraph_close", "p", -1, level=level, block=True)]


def _inline(children: Sequence[Token], resolve: Resolver, picture: Resolver) -> Iterator[Token]:
    open_links: list[bool] = []
    for child in children:
        if child.type == "link_open":
            url = resolve(str(child.attrs.get("href", "")))
            open_links.append(url is not None)
            if url is not None:
                yield link_open(url)
        elif child.type == "link_close":
            if open_links.pop():
                yield child
        elif child.type == "image":
            yield from _image(child, None if any(open_links) else picture)
        elif child.type == "html_inline":
            yield from _html(child.content)
        else:
            yield child


def link_open(url: str) -> Token:
    return Token("link_open", "a", 1, attrs={"href": url})


def _image(image: Token, resolve: Resolver | None) -> Iterator[Token]:
    words = text_of(image.children or ())
    url = resolve(str(image.attrs.get("src", ""))) if resolve else None
    if url is None:
        yield text_token(words)
        return
    yield link_open(url)
    yield text_token(words or url)
    yield Token("link_close", "a", -1)


def _html(content: str) -> Iterator[Token]:
    if _BREAK.fullmatch(content):
        yield Token("hardbreak", "br", 0)
    elif not is_harmless(content):
        yield text_token(content)
