"""The articles as XML for programs: sitemaps and Atom feeds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree as ET

from bot.help_centre.addresses import Place
from bot.knowledge import HelpArticle
from bot.knowledge.links import page_url

MOST_ADDRESSES = 20_000  # sitemaps.org allows 50,000 and 50 MB, translations included
MOST_ENTRIES = 100
SITEMAP, XHTML = "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.w3.org/1999/xhtml"
ATOM, XML = "http://www.w3.org/2005/Atom", "http://www.w3.org/XML/1998/namespace"
NEVER = date(1970, 1, 1)  # Atom wants a date of a feed without dated articles, too
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", SITEMAP)
ET.register_namespace("xhtml", XHTML)


@dataclass(frozen=True)
class Listed:
    """A page for the sitemap, and when its text was last looked at."""

    place: Place
    changed: date | None


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself."""

    title: str
    author: str
    language: str
    path: str


def sitemaps(pages: Sequence[Listed], base_url: str, most: int = MOST_ADDRESSES) -> list[bytes]:
    """Return sitemaps of at most `most` addresses each; one at least."""
    starts = range(0, max(1, len(pages)), most)
    return [_sitemap(pages[start : start + most], base_url) for start in starts]


def sitemap_index(count: int, base_url: str) -> bytes:
    """Return the list of `/sitemap-1.xml` and so on."""
    root = ET.Element(f"{{{SITEMAP}}}sitemapindex")
    for number in range(1, count + 1):
        one = ET.SubElement(root, f"{{{SITEMAP}}}sitemap")
        ET.SubElement(one, f"{{{SITEMAP}}}loc").text = f"{base_url}/sitemap-{number}.xml"
    return _bytes(root)


def atom(
    feed: Feed,
    articles: Sequence[HelpArticle],
    describe: Callable[[HelpArticle], str],
    base_url: str,
) -> bytes:
    """Return a feed of articles, the newest review first.

    An article's address is its id: the same as long as the article is where it is. Articles
    without a review date are left out: when they changed is not known.
    """
    dated = [(one.reviewed, one) for one in articles if one.reviewed]
    dated.sort(key=lambda pair: (pair[0], pair[1].slug), reverse=True)
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    _add(root, "id", base_url + feed.path)
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(dated[0][0] if dated else NEVER))
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "link", rel="self", type="application/atom+xml", href=base_url + feed.path)
    home = f"{base_url}/help/{feed.language}/"
    _add(root, "link", rel="alternate", type="text/html", href=home)
    for day, article in dated[:MOST_ENTRIES]:
        _entry(root, article, day, describe(article), base_url)
    return _bytes(root)


def _entry(
    root: ET.Element, article: HelpArticle, day: date, description: str, base_url: str
) -> None:
    entry, url = _add(root, "entry"), page_url(article, base_url=base_url)
    _add(entry, "id", url)
    _add(entry, "title", article.title)
    _add(entry, "updated", _moment(day))
    _add(entry, "link", rel="alternate", type="text/html", href=url)
    _add(entry, "summary", description)


def _sitemap(pages: Sequence[Listed], base_url: str) -> bytes:
    root = ET.Element(f"{{{SITEMAP}}}urlset")
    for page in pages:
        url = ET.SubElement(root, f"{{{SITEMAP}}}url")
        ET.SubElement(url, f"{{{SITEMAP}}}loc").text = base_url + page.place.path
        if page.changed:
            ET.SubElement(url, f"{{{SITEMAP}}}lastmod").text = page.changed.isoformat()
        for language, path in _alternates(page.place):
            link = {"rel": "alternate", "hreflang": language, "href": base_url + path}
            ET.SubElement(url, f"{{{XHTML}}}link", link)
    return _bytes(root)


def _alternates(place: Place) -> Iterator[tuple[str, str]]:
    yield from place.versions.items()
    yield "x-default", place.default


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, tag, attributes)
    made.text = _NOT_XML.sub(" ", text) or None
    return made


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _bytes(root: ET.Element) -> bytes:
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found
