"""The pages of the help centre and their addresses."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from bot.help_centre.language import asked_language, wanted_language
from bot.help_centre.lists import headings_to_list, page_title, shelves
from bot.help_centre.rendering import PageCache, respond
from bot.knowledge import HelpArticle, Hit, Knowledge
from bot.knowledge.links import page_url
from bot.knowledge.render import passage_html
from bot.web_keys import KNOWLEDGE, TEXTS

FOUND, LONGEST_QUESTION = 8, 300
PAGES = web.AppKey("help_centre_pages", PageCache)


def setup(app: web.Application) -> None:
    """Add the routes; `/static/help/` is served by the application."""
    app[PAGES] = PageCache()
    app.router.add_get("/", home)
    app.router.add_get("/help", to_home)
    app.router.add_get("/help/", to_home)
    app.router.add_get("/help/search", search)
    app.router.add_get("/help/{language}", to_list)
    app.router.add_get("/help/{language}/", article_list)
    app.router.add_get("/help/{language}/{slug:.+}", article_page)


async def home(request: web.Request) -> web.StreamResponse:
    """Show all titles in the language the browser asks for."""
    return await asyncio.to_thread(_list, request, wanted_language(request), "Accept-Language")


async def to_home(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/")


async def to_list(request: web.Request) -> web.StreamResponse:
    language = asked_language(request, request.match_info["language"])
    if language is None:
        return not_found(request, wanted_language(request))
    raise web.HTTPMovedPermanently(f"/help/{language}/")


async def article_list(request: web.Request) -> web.StreamResponse:
    """Show all titles in one language."""
    language = asked_language(request, request.match_info["language"])
    if language is None:
        return not_found(request, wanted_language(request))
    return await asyncio.to_thread(_list, request, language)


async def article_page(request: web.Request) -> web.StreamResponse:
    """Show one article. Every heading has the id that sources of its passages point to."""
    language, slug = request.match_info["language"], request.match_info["slug"].rstrip("/")
    knowledge = _knowledge(request)
    article = knowledge.library.find_page(language, slug)
    if article is None:
        known = asked_language(request, language)
        return not_found(request, known or wanted_language(request))
    label = request.app[TEXTS].get(language)["help.link_here"]
    page = await asyncio.to_thread(request.app[PAGES].get, knowledge.library, article, label)
    others = knowledge.library.translations(article)
    context = {
        "article": article,
        "page": page,
        "title": article.title,
        "contents": headings_to_list(article),
        "languages": {other.language: page_url(other) for other in others},
    }
    return respond(request, "article.html", article.language, context)


async def search(request: web.Request) -> web.StreamResponse:
    """Show the passages that fit a question; nothing of the question is kept."""
    asked = request.query.get("language", "")
    language = asked_language(request, asked) or wanted_language(request)
    question = " ".join(request.query.get("q", "").split())[:LONGEST_QUESTION]
    results = await asyncio.to_thread(_results, _knowledge(request), question, language)
    key = "help.results" if question else "help.search_label"
    context = {
        "title": request.app[TEXTS].say(language, key, question=question),
        "question": question,
        "results": results,
    }
    return respond(request, "search.html", language, context, keep=False)


def not_found(request: web.Request, language: str) -> web.StreamResponse:
    """Say that a page is not there, with the ways on."""
    title = request.app[TEXTS].get(language)["help.not_found"]
    context = {"title": title}
    return respond(request, "not_found.html", language, context, status=404, keep=False)


def _list(request: web.Request, language: str, vary: str | None = None) -> web.StreamResponse:
    knowledge = _knowledge(request)
    library = knowledge.library
    context = {
        "title": request.app[TEXTS].get(language)["help.title"],
        "shelves": shelves(library, language),
        "languages": {code: f"/help/{code}/" for code in library.languages if code != language},
    }
    response = respond(request, "home.html", language, context)
    if vary:
        response.headers["Vary"] = vary
    return response


def _results(knowledge: Knowledge, question: str, language: str) -> list[dict[str, Any]]:
    """Return what is found in a language, else in any; each result names its own."""
    hits = knowledge.search(question, language=language, k=FOUND)
    hits = hits or knowledge.search(question, k=FOUND)
    return [_result(knowledge, hit) for hit in hits]


def _result(knowledge: Knowledge, hit: Hit) -> dict[str, Any]:
    article: HelpArticle = hit.article
    return {
        "article": article,
        "url": page_url(article, hit.passage.anchor),
        "path": [one for one in hit.passage.heading_path if one != page_title(article)],
        "html": passage_html(knowledge.library, article, hit.passage.quote),
    }


def _knowledge(request: web.Request) -> Knowledge:
    return request.app[KNOWLEDGE].current
