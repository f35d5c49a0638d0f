"""Marks in parsed Markdown: `<mark>` around places of the text, and nothing else changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from bot.knowledge.clean import clean_tokens
from bot.knowledge.links import Resolver
from bot.knowledge.units import Span, unused_name


def marked_tokens(
    markdown: str, spans: Sequence[Span], resolve: Resolver, picture: Resolver | None = None
) -> list[Token]:
    """Return the clean tokens of Markdown with marks.

    Without the marks they are what the unmarked text gives; marks of which that would not be
    so are left out, all of them.
    """
    plain = clean_tokens(markdown, resolve, picture)
    if not spans:
        return plain
    name = unused_name(markdown)
    tokens = clean_tokens(_with_markers(markdown, spans, name), resolve, picture)
    whole = _set_marks(tokens, f"<{name}>", f"</{name}>")
    return tokens if whole and _shape(tokens) == _shape(plain) else plain


def _with_markers(markdown: str, spans: Sequence[Span], name: str) -> str:
    parts: list[str] = []
    done = 0
    for start, end in spans:
        parts += [markdown[done:start], f"<{name}>", markdown[start:end], f"</{name}>"]
        done = end
    return "".join([*parts, markdown[done:]])


def _set_marks(tokens: Sequence[Token], opening: str, closing: str) -> bool:
    """Turn markers into marks, one in each paragraph or cell that a place goes through.

    Returns false where a marker stands inside of other markup.
    """
    is_open = False
    for token in tokens:
        if token.type != "inline":
            continue
        made: list[Token] = [_opening()] if is_open else []
        depth = 0
        for child in token.children or ():
            if child.content in {opening, closing} and child.type == "text":
                if depth or is_open is (child.content == opening):
                    return False
                is_open = not is_open
                made.append(_opening() if is_open else _closing())
                continue
            depth += child.nesting
            made.append(child)
        token.children = _without_empty([*made, _closing()] if is_open else made)
    return not is_open


def _opening() -> Token:
    return Token("mark_open", "mark", 1)


def _closing() -> Token:
    return Token("mark_close", "mark", -1)


def _without_empty(children: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    for child in children:
        if child.type == "mark_close" and kept and kept[-1].type == "mark_open":
            kept.pop()
        else:
            kept.append(child)
    return kept


def _shape(tokens: Sequence[Token]) -> list[Any]:
    """Return what tokens show, without marks and with neighbouring texts as one."""
    shape: list[Any] = []
    for token in tokens:
        own = token.content if not token.children and token.type != "inline" else ""
        shape.append((token.type, token.tag, dict(token.attrs), own))
        if token.type == "inline":
            shape.append(list(_joined(token.children or ())))
    return shape


def _joined(children: Sequence[Token]) -> Iterator[Any]:
    text = ""
    for child in children:
        if child.type in {"text", "text_special"}:
            text += child.content
        elif child.tag != "mark":
            yield from ([text] if text else [])
            text = ""
            yield (child.type, child.tag, dict(child.attrs), child.content)
    yield text
