"""Where a link in an article leads, seen from a help-centre page or from a quoted passage."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from urllib.parse import quote, unquote, urljoin, urlsplit

from bot.knowledge.articles import HelpArticle, Library
from bot.knowledge.loader import slug_of

Resolver = Callable[[str], str | None]
SCHEMES = frozenset({"http", "https", "mailto"})
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_HAS_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")


def page_url(article: HelpArticle, anchor: str = "", base_url: str = "") -> str:
    """Return the help-centre address of an article, and of a heading in it."""
    fragment = f"#{quote(anchor)}" if anchor else ""
    return f"{base_url}/help/{article.language}/{quote(article.slug)}{fragment}"


def is_safe(url: str) -> bool:
    """Say whether an absolute address may be offered to a visitor to follow."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in SCHEMES or _CONTROL.search(url):
        return False
    return bool(parts.path if parts.scheme == "mailto" else parts.netloc)


def seen_from(page: str) -> Resolver:
    """Resolve links of a passage by the address of the page it stands on.

    `other.md#x` becomes the address of that article's page. What cannot be followed gives
    `None`; so does every relative link when `page` is empty.
    """

    def resolve(href: str) -> str | None:
        try:
            absolute = href if _HAS_SCHEME.match(href) else _joined(page, href)
        except ValueError:
            return None
        return absolute if is_safe(absolute) else None

    return resolve


def always(page: str) -> Resolver:
    """Resolve every image of a quoted passage to the page it stands on: nothing is loaded."""
    return lambda _src: page if is_safe(page) else None


def _joined(page: str, href: str) -> str:
    path, hash_sign, fragment = href.partition("#")
    if path.endswith(".md"):
        parts = unquote(path.removesuffix(".md")).split("/")
        path = quote("/".join(one if one in {".", ".."} else slug_of(one) for one in parts))
    return urljoin(page, path + hash_sign + fragment) if page else ""


def within(library: Library, article: HelpArticle, base_url: str = "") -> Resolver:
    """Resolve links of an article against the library it belongs to.

    A link to an article that is not there gives `None`. With an empty `base_url` the
    addresses are those of this server, so that a followed link keeps the visitor's tab.
    """

    def resolve(href: str) -> str | None:
        if _HAS_SCHEME.match(href) or href.startswith("//"):
            return href if is_safe(href) else None
        if href.startswith("/"):
            return f"{base_url}{href}"
        found = find_target(library, article, href)
        return page_url(*found, base_url) if found else None

    return resolve


def find_target(
    library: Library, article: HelpArticle, href: str
) -> tuple[HelpArticle, str] | None:
    """Return the article and anchor a relative link points to, `None` if there is no such one.

    An anchor that is not there is returned empty: the link then leads to the page's top.
    """
    path, _, fragment = unquote(href).partition("#")
    target: HelpArticle | None = article
    if path:
        here = posixpath.dirname(article.id)
        joined = posixpath.normpath(posixpath.join(here, path))
        target = library.find(joined.removesuffix(".md")) if joined.endswith(".md") else None
    if target is None:
        return None
    outline = target.outline
    anchor = outline.aliases.get(fragment, fragment)
    return target, anchor if anchor in outline.anchors else ""
