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
        "blockquote",
        "br",
        "hr",
    }
    | {"table", "thead", "tbody", "tr", "th", "td", "h3", "h4"}
)
VOID = frozenset({"br", "hr"})
SCHEMES = frozenset({"http", "https", "mailto", "tel", ""})


def to_html(tree: str | Sequence[Any]) -> Markup:
    """Return the HTML of `["tag", {attributes}?, ...children]` or of a list of such trees.

    Text is escaped, of attributes only the address of a link is used, and an unknown tag is
    left out while its children stay.
    """
    if isinstance(tree, str):
        return escape(tree)
    if not tree or not isinstance(tree[0], str):
        return _join(tree)
    tag, rest = tree[0], list(tree[1:])
    attributes = rest.pop(0) if rest and isinstance(rest[0], dict) else {}
    href = _address(attributes.get("href")) if tag == "a" else None
    if tag not in TAGS or (tag == "a" and href is None):
        return _join(rest)
    if tag in VOID:
        return Markup("<{}>").format(tag)
    if tag == "a":
        return Markup('<a href="{}">{}</a>').format(href, _join(rest))
    return Markup("<{0}>{1}</{0}>").format(tag, _join(rest))


def _join(children: Sequence[Any]) -> Markup:
    return Markup("").join(to_html(child) for child in children)


def _address(href: object) -> str | None:
    """Return an address that a link may lead to: the web, mail, telephone, or this site."""
    if not isinstance(href, str):
        return None
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        return None
    return href if scheme in SCHEMES else None
