"""Markdown as a tree of nested arrays, which a browser can build without parsing HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.tree import SyntaxTreeNode

from bot.knowledge.links import always, is_safe, seen_from
from bot.knowledge.marks import marked_tokens
from bot.knowledge.units import Span

Node = str | list[Any]
_BLOCKS = {"p", "ul", "ol", "li", "pre", "h3", "h4", "blockquote", "hr"}
WORDS = {"strong", "em", "code", "a", "br", "mark"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = frozenset(_BLOCKS | WORDS | _TABLE)
_HEADING_TAGS = {"h1": "h3", "h2": "h3", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}


def tree(
    markdown: str, base: str = "", marks: Sequence[Span] = (), first: int | None = None
) -> list[Node]:
    """Return Markdown as nested arrays: `["p", "text", ["a", {"href": "https://..."}, "x"]]`.

    Only tags of `TAGS` come out, and only http, https and mailto links. `base` is the address
    of the page the text stands on (a source's `url`): relative links become absolute by it,
    and images become links to it. `marks` are places of the Markdown to be marked, `first` is
    the number of a list with which the text begins.
    """
    tokens = marked_tokens(markdown, marks, seen_from(base), always(base))
    if first is not None and tokens and tokens[0].type == "ordered_list_open":
        tokens[0].attrs["start"] = first
    return list(_children(SyntaxTreeNode(tokens)))


def _children(node: SyntaxTreeNode) -> Iterator[Node]:
    """Yield the nodes below one, with neighbouring texts joined."""
    text = ""
    for child in node.children:
        for made in _nodes(child):
            if isinstance(made, str):
                text += made
                continue
            if text:
                yield text
                text = ""
            yield made
    if text:
        yield text


def _nodes(node: SyntaxTreeNode) -> Iterator[Node]:
    if node.type in {"text", "text_special"}:
        yield node.content
    elif node.type == "softbreak":
        yield "\n"
    elif node.type == "hardbreak":
        yield ["br"]
    elif node.type == "code_inline":
        yield ["code", node.content]
    elif node.type in {"fence", "code_block"}:
        yield ["pre", ["code", node.content]]
    elif node.type == "inline" or (node.type == "paragraph" and node.hidden):
        yield from _children(node)
    else:
        yield from _element(node)


def _element(node: SyntaxTreeNode) -> Iterator[Node]:
    tag = _HEADING_TAGS.get(node.tag, node.tag)
    inside = list(_children(node))
    if tag not in TAGS or (tag == "a" and not is_safe(str(node.attrs.get("href", "")))):
        yield from inside
    elif tag == "a":
        yield ["a", {"href": str(node.attrs["href"])}, *inside]
    elif tag == "ol" and node.attrs.get("start", 1) != 1:
        yield ["ol", {"start": int(node.attrs["start"])}, *inside]
    else:
        yield [tag, *inside]
