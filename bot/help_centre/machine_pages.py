"""What programs fetch: sitemap, robots.txt, Atom feeds, llms.txt, and articles as Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import date

from aiohttp import web

from bot.errors import NotFound
from bot.help_centre import llms
from bot.help_centre.addresses import article_place, folder_place, home_place
from bot.help_centre.article_view import description_of
from bot.help_centre.feeds import Feed, Listed, atom, sitemap_index, sitemaps
from bot.help_centre.folders import Folder, Folders, is_index
from bot.help_centre.language import asked_language
from bot.help_centre.rendering import KEPT, kept_folders, knowledge_of, reply
from bot.knowledge import HelpArticle, Library
from bot.knowledge.links import page_url
from bot.web_keys import SETTINGS, TEXTS

FEED = "feed.xml"
NOT_FOR_ROBOTS = (
    "/api/", "/chat", "/demo", "/desk", "/follow-ups/", "/help/search", "/permissions/",
    "/privacy/data/", "/webhooks/",
)  # fmt: skip


def setup(app: web.Application) -> None:
    app.router.add_get("/robots.txt", robots)
    app.router.add_get("/llms.txt", llms_list)
    app.router.add_get("/sitemap.xml", sitemap)
    app.router.add_get("/sitemap-{number:[1-9][0-9]{0,4}}.xml", sitemap_part)
    app.router.add_get(f"/help/{{language}}/{FEED}", feed)


async def robots(request: web.Request) -> web.StreamResponse:
    """Say what search engines leave alone, and where the sitemap is."""
    lines = [f"Disallow: {path}" for path in NOT_FOR_ROBOTS]
    base_url = request.app[SETTINGS].base_url
    text = "\n".join(["User-agent: *", *lines, "", f"Sitemap: {base_url}/sitemap.xml", ""])
    return reply(request, text.encode(), "text/plain")


async def sitemap(request: web.Request) -> web.StreamResponse:
    """Return every page with its languages; a list of several sitemaps if one is too small."""
    parts = await asyncio.to_thread(_sitemaps, request)
    base_url = request.app[SETTINGS].base_url
    body = parts[0] if len(parts) == 1 else sitemap_index(len(parts), base_url)
    return reply(request, body, "application/xml")


async def sitemap_part(request: web.Request) -> web.StreamResponse:
    parts, number = await asyncio.to_thread(_sitemaps, request), int(request.match_info["number"])
    if number > len(parts):
        raise NotFound("There is no such sitemap.")
    return reply(request, parts[number - 1], "application/xml")


async def feed(request: web.Request) -> web.StreamResponse:
    """Return the articles of a language that were reviewed last."""
    language = asked_language(request, request.match_info["language"])
    if language is None:
        raise NotFound("This language is not spoken here.")
    body = await asyncio.to_thread(_feed, request, language)
    return reply(request, body, "application/atom+xml")


async def llms_list(request: web.Request) -> web.StreamResponse:
    """Return the list of articles for language models, as llmstxt.org describes it."""
    text = await asyncio.to_thread(_llms, request)
    return reply(request, text.encode(), "text/plain")


def markdown_page(request: web.Request, article: HelpArticle) -> web.Response:
    """Return an article as it was written."""
    base_url = request.app[SETTINGS].base_url
    text = llms.markdown(article, base_url)
    headers = {"Link": f'<{page_url(article, base_url=base_url)}>; rel="canonical"'}
    return reply(request, text.encode(), "text/markdown", headers)


def _sitemaps(request: web.Request) -> list[bytes]:
    library, base_url = knowledge_of(request).library, request.app[SETTINGS].base_url
    folders = {code: kept_folders(request, library, code) for code in library.languages}
    return request.app[KEPT].get(
        library, ("sitemaps",), lambda: sitemaps(list(_listed(library, folders)), base_url)
    )


def _listed(library: Library, folders: Mapping[str, Folders]) -> Iterator[Listed]:
    articles = [one for one in library.articles if not is_index(one)]
    dates = [one.reviewed for one in articles if one.reviewed]
    yield Listed(home_place(library, folders), max(dates, default=None))
    for language in library.languages:
        for path, folder in sorted(folders[language].items()):
            if folder.count:
                place = folder_place(library, folders, language, path)
                yield Listed(place, max(_dates(folder), default=None))
    for article in articles:
        yield Listed(article_place(library, article), article.reviewed)


def _dates(folder: Folder) -> Iterator[date]:
    yield from (one.reviewed for one in folder.articles if one.reviewed)
    for below in folder.folders:
        yield from _dates(below)


def _feed(request: web.Request, language: str) -> bytes:
    settings, library = request.app[SETTINGS], knowledge_of(request).library
    about = Feed(
        title=request.app[TEXTS].say(language, "help.feed", organisation=settings.organisation),
        author=settings.organisation,
        language=language,
        path=f"/help/{language}/{FEED}",
    )
    articles = [one for one in library.articles if one.language == language and not is_index(one)]

    def make() -> bytes:
        return atom(about, articles, lambda one: description_of(library, one), settings.base_url)

    return request.app[KEPT].get(library, ("feed", language), make)


def _llms(request: web.Request) -> str:
    settings, library = request.app[SETTINGS], knowledge_of(request).library
    words = request.app[TEXTS].get(settings.languages[0])
    folders = {code: kept_folders(request, library, code) for code in library.languages}
    return request.app[KEPT].get(
        library,
        ("llms",),
        lambda: llms.listing(
            library, folders, words, organisation=settings.organisation, base_url=settings.base_url
        ),
    )
