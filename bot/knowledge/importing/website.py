"""A website by its sitemap: robots.txt respected, one page at a time, nothing off the site."""

from __future__ import annotations

import asyncio
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from lxml import etree
from protego import Protego

from bot.knowledge.importing.fetch import AGENT, Fetched, Fetcher, Site
from bot.knowledge.importing.files import LARGEST_PAGE, checked
from bot.knowledge.importing.items import (
    Collected,
    Item,
    LeftOut,
    Options,
    SourceUnusable,
    Track,
    Unusable,
    first_day,
)
from bot.knowledge.importing.pages import read_page
from bot.knowledge.importing.paths import name_of, words_place

LARGEST_SITEMAP, LARGEST_ROBOTS, MOST_SITEMAPS = 50_000_000, 500_000, 100
LONGEST_PAUSE = 30.0
_PAGES = {"text/html", "application/xhtml+xml"}


@dataclass
class _Entries:
    """Pages that sitemaps name, with the day of their last change as it is written there."""

    pages: dict[str, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    complete: bool = True


def collect(
    source: str, options: Options, _languages: Sequence[str], track: Track[str]
) -> Collected:
    """Raises `SourceUnusable` when there is no sitemap to read, or robots.txt forbids it."""
    site = Site.of(source)
    if site is None:
        message = f"{source} is no address of a website; write one that starts with https://"
        raise SourceUnusable(message, field="source")
    return asyncio.run(_collect(source, site, options, track))


async def _collect(source: str, site: Site, options: Options, track: Track[str]) -> Collected:
    async with Fetcher(site, options.pause) as fetcher:
        robots = await _robots(fetcher, source)
        delay = float(robots.crawl_delay(AGENT) or 0)
        fetcher.pause = max(options.pause, min(delay, LONGEST_PAUSE))
        entries = await _entries(fetcher, robots, source)
        over = list(entries.pages)[options.most_pages :]
        for url in over:
            reason = f"more than {options.most_pages} pages; raise --most-pages"
            entries.left_out.append(LeftOut(url, reason, url))
        items = []
        for url in track(list(entries.pages)[: options.most_pages], "Fetching pages"):
            try:
                items.append(await _item(fetcher, robots, url, entries.pages[url]))
            except Unusable as error:
                entries.left_out.append(LeftOut(url, error.reason, "" if error.gone else url))
    name = options.name or name_of(site.host if site.usual else f"{site.host}-{site.port}")
    return Collected("website", name, tuple(items), tuple(entries.left_out), entries.complete)


async def _robots(fetcher: Fetcher, source: str) -> Protego:
    """Read robots.txt. Without one all is allowed; when the site fails to say, nothing is."""
    parts = urlsplit(source)
    url = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
    try:
        text = (await fetcher.get(url, LARGEST_ROBOTS)).body.decode("utf-8", "replace")
    except Unusable as error:
        if error.gone:
            return Protego.parse("")
        raise SourceUnusable(f"{url}: {error.reason}", field="source") from error
    return Protego.parse(text)


async def _entries(fetcher: Fetcher, robots: Protego, source: str) -> _Entries:
    """Read the sitemap that was named, or those that the site names, with all below them."""
    entries = _Entries()
    path = urlsplit(source).path.lower()
    if path.endswith((".xml", ".xml.gz", ".txt")):
        waiting = [source]
    else:
        root = f"{urlsplit(source).scheme}://{urlsplit(source).netloc}"
        waiting = list(dict.fromkeys(robots.sitemaps)) or [f"{root}/sitemap.xml"]
    first, seen = True, set(waiting)
    while waiting:
        url = waiting.pop(0)
        try:
            below = _take(entries, fetcher.site, await fetcher.get(url, LARGEST_SITEMAP))
        except Unusable as error:
            if first and not waiting:
                reason = f"{url}: {error.reason}; name the address of the sitemap"
                raise SourceUnusable(reason, field="source") from error
            entries.left_out.append(LeftOut(url, error.reason))
            entries.complete = False
            continue
        first = False
        new = [one for one in below if one not in seen]
        waiting += new[: max(0, MOST_SITEMAPS - len(seen))]
        seen.update(new)
    if not entries.pages:
        raise SourceUnusable(f"the sitemap of {source} names no page", field="source")
    return entries


def _take(entries: _Entries, site: Site, fetched: Fetched) -> list[str]:
    """Add the pages of a sitemap; return the sitemaps it names."""
    body = _unpacked(fetched.body)
    if fetched.url.lower().endswith(".txt"):
        found = [(line.strip(), "") for line in body.decode("utf-8", "replace").splitlines()]
        return _add(entries, site, found, below=False)
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Unusable("it is no sitemap") from error
    kind = etree.QName(root).localname
    if kind not in {"urlset", "sitemapindex"}:
        raise Unusable("it is no sitemap")
    pairs = [(_child(entry, "loc"), _child(entry, "lastmod")) for entry in root]
    return _add(entries, site, pairs, below=kind == "sitemapindex")


def _add(
    entries: _Entries, site: Site, found: Sequence[tuple[str, str]], *, below: bool
) -> list[str]:
    sitemaps = []
    for address, lastmod in found:
        url = address.partition("#")[0]
        if not url:
            continue
        if not site.has(url):
            entries.left_out.append(LeftOut(url, "it is on another site; import that by itself"))
        elif below:
            sitemaps.append(url)
        else:
            entries.pages.setdefault(url, lastmod)
    return sitemaps


def _child(entry: etree._Element, name: str) -> str:
    texts = [
        one.text or ""
        for one in entry
        if isinstance(one.tag, str) and etree.QName(one).localname == name
    ]
    return texts[0].strip() if texts else ""


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        plain = gzip.GzipFile(fileobj=io.BytesIO(body)).read(LARGEST_SITEMAP + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unusable("it is a broken gzip file") from error
    if len(plain) > LARGEST_SITEMAP:
        raise Unusable(f"it is larger than {LARGEST_SITEMAP // 1_000_000} MB unpacked")
    return plain


async def _item(fetcher: Fetcher, robots: Protego, url: str, lastmod: str) -> Item:
    fetched = await fetcher.get(url, LARGEST_PAGE, lambda one: bool(robots.can_fetch(one, AGENT)))
    if fetched.media_type not in _PAGES:
        raise Unusable(f"it is {fetched.media_type} and no page; leave it out of the sitemap")
    page = read_page(checked(fetched.body), url=fetched.url, charset=fetched.charset)
    day = first_day(lastmod)
    return Item(
        key=url,
        place=_place(url),
        body=page.content,
        language=page.language,
        url=url,
        front={"reviewed": day} if day else {},
    )


def _place(url: str) -> str:
    parts = urlsplit(url)
    path = unquote(parts.path).strip("/")
    for ending in (".html", ".htm", ".php"):
        path = path.removesuffix(ending)
    place = "/".join(words_place(part, 80) for part in path.split("/")) if path else "index"
    return f"{place}-{words_place(parts.query)}" if parts.query else place
