"""Turns a message's tree into HTML for the page without JavaScript, from a list of tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

TAGS = frozenset(
    {
        "p",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "code",
        "pre",
        "a",
        "mark",
        "blockquote",
        "br",
        "hr",
    }
    | {"table", "thead", "tbody", "tr", "th", "td", "h3", "h4"}
)
VOID = frozenset({"br", "hr"})
SCHEMES = frozenset({"http", "https", "mailto", "tel", ""})


def to_html(tree: str | Sequence[Any], rel: str = "") -> Markup:
    """Return the HTML of `["tag", {attributes}?, ...children]` or of a list of such trees.

    Text is escaped, of attributes only the address of a link and a list's first number are
    used, and an unknown tag is left out while its children stay. A table scrolls by itself.
    """
    if isinstance(tree, str):
        return escape(tree)
    if not tree or not isinstance(tree[0], str):
        return _join(tree, rel)
    tag, rest = tree[0], list(tree[1:])
    attributes = rest.pop(0) if rest and isinstance(rest[0], dict) else {}
    href = _address(attributes.get("href")) if tag == "a" else None
    if tag not in TAGS or (tag == "a" and href is None):
        return _join(rest, rel)
    if tag in VOID:
        return Markup("<{}>").format(tag)
    if tag == "a":
        relation = Markup(' rel="{}"').format(rel) if rel else ""
        return Markup('<a href="{}"{}>{}</a>').format(href, relation, _join(rest, rel))
    if tag == "table":
        inside = Markup('<div class="wide" tabindex="0"><table>{}</table></div>')
        return inside.format(_join(rest, rel))
    if tag == "ol" and isinstance(attributes.get("start"), int):
        return Markup('<ol start="{}">{}</ol>').format(attributes["start"], _join(rest, rel))
    return Markup("<{0}>{1}</{0}>").format(tag, _join(rest, rel))


def _join(children: Sequence[Any], rel: str) -> Markup:
    return Markup("").join(to_html(child, rel) for child in children)


def _address(href: object) -> str | None:
    """Return an address that a link may lead to: the web, mail, telephone, or this site."""
    if not isinstance(href, str):
        return None
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        return None
    return href if scheme in SCHEMES else None
