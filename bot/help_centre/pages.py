"""The pages of the help centre and their addresses."""

from __future__ import annotations

import asyncio
import posixpath

from aiohttp import web

from bot.help_centre.addresses import article_place, folder_place, home_place
from bot.help_centre.article_view import article_view, crumbs, crumbs_of
from bot.help_centre.folders import Folder, folder_url, is_index, shelves
from bot.help_centre.helpful import ANSWERS, POSTED
from bot.help_centre.kept import Kept
from bot.help_centre.language import asked_language, wanted_language
from bot.help_centre.machine_pages import markdown_page
from bot.help_centre.rendering import KEPT, kept_folders, knowledge_of, respond
from bot.help_centre.schema_org import article_data, breadcrumb_data
from bot.help_centre.search_page import search
from bot.help_centre.wording import first_sentence
from bot.knowledge import HelpArticle, Library
from bot.knowledge.links import page_url
from bot.web_keys import SETTINGS, TEXTS


def setup(app: web.Application) -> None:
    """Add the routes; `/static/help/` is served by the application."""
    app[KEPT] = Kept()
    app.router.add_get("/", home)
    app.router.add_get("/help", to_home)
    app.router.add_get("/help/", to_home)
    app.router.add_get("/help/search", search)
    app.router.add_get("/help/{language}", to_list)
    app.router.add_get("/help/{language}/", article_list)
    app.router.add_get("/help/{language}/{path:(?s:.+)}", article_or_folder)


async def home(request: web.Request) -> web.StreamResponse:
    """Show all titles in the language the browser asks for."""
    response = await asyncio.to_thread(_home, request, wanted_language(request), chosen=True)
    response.headers["Vary"] = "Accept-Language"
    return response


async def to_home(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/")


async def to_list(request: web.Request) -> web.StreamResponse:
    language = asked_language(request, request.match_info["language"])
    if language is None:
        return not_found(request)
    raise web.HTTPMovedPermanently(folder_url(language, ""))


async def article_list(request: web.Request) -> web.StreamResponse:
    """Show all titles in one language."""
    language = asked_language(request, request.match_info["language"])
    if language is None:
        return not_found(request)
    return await asyncio.to_thread(_home, request, language, chosen=False)


async def article_or_folder(request: web.Request) -> web.StreamResponse:
    """Show what an address names; one written another way leads to where it is."""
    return await asyncio.to_thread(_article_or_folder, request)


def _article_or_folder(request: web.Request) -> web.StreamResponse:
    library = knowledge_of(request).library
    language, path = (
        asked_language(request, request.match_info["language"]),
        request.match_info["path"],
    )
    if language is None:
        return not_found(request)
    slug = path.rstrip("/")
    article = library.find_page(language, slug)
    folder = kept_folders(request, library, language).get(slug)
    if folder and slug and path == f"{slug}/":
        return _folder(request, library, language, folder)
    if article and is_index(article):
        return _moved(folder_url(language, posixpath.dirname(slug)))
    if article:
        return _article(request, library, article) if path == slug else _moved(page_url(article))
    if folder:
        return _moved(folder_url(language, slug))
    written = library.find_page(language, path.removesuffix(".md"))
    if written and library.may_answer(written.id) and not is_index(written):
        return markdown_page(request, written)
    return not_found(request)


def _moved(path: str) -> web.Response:
    return web.Response(status=301, headers={"Location": path})


def _home(request: web.Request, language: str, *, chosen: bool) -> web.Response:
    library = knowledge_of(request).library
    folders = {code: kept_folders(request, library, code) for code in library.languages}
    own, words = folders[language][""], request.app[TEXTS].get(language)
    context = {
        "title": own.name or words["help.title"],
        "heading": own.name or words["help.welcome"],
        "description": first_sentence(f"<p>{own.note}</p>") or words["help.lead"],
        "note": own.note,
        "shelves": shelves(own),
        "place": home_place(library, folders)
        if chosen
        else folder_place(library, folders, language, ""),
    }
    return respond(request, "home.html", language, context)


def _folder(
    request: web.Request, library: Library, language: str, folder: Folder
) -> web.StreamResponse:
    if not folder.count:
        return not_found(request, language)
    folders = {code: kept_folders(request, library, code) for code in library.languages}
    words = request.app[TEXTS].get(language)
    way = crumbs(folders[language], language, folder.path, words["help.home"])
    context = {
        "title": folder.name,
        "description": first_sentence(f"<p>{folder.note}</p>") or folder.name,
        "note": folder.note,
        "shelves": shelves(folder),
        "crumbs": way,
        "place": folder_place(library, folders, language, folder.path),
        "data": [breadcrumb_data(way, request.app[SETTINGS].base_url)],
    }
    return respond(request, "folder.html", language, context)


def _article(request: web.Request, library: Library, article: HelpArticle) -> web.Response:
    """Show one article. Every heading has the id that sources of its passages point to."""
    settings, words = request.app[SETTINGS], request.app[TEXTS].get(article.language)
    view = request.app[KEPT].get(
        library,
        ("article", article.id),
        lambda: article_view(
            library, article, link_label=words["help.link_here"], base_url=settings.base_url
        ),
    )
    folders = kept_folders(request, library, article.language)
    way = crumbs_of(folders, article, words["help.home"])
    said = request.query.get(POSTED, "")
    context = {
        "title": article.title,
        "article": article,
        "view": view,
        "description": view.description,
        "crumbs": way,
        "place": article_place(library, article),
        "withheld": library.is_withheld(article),
        "said": said if said in ANSWERS else "",
        "data": article_data(
            article, view, way, organisation=settings.organisation, base_url=settings.base_url
        ),
    }
    return respond(request, "article.html", article.language, context)


def not_found(request: web.Request, language: str = "") -> web.Response:
    """Say that a page is not there, with the ways on."""
    asked = asked_language(request, request.match_info.get("language", ""))
    language = language or asked or wanted_language(request)
    context = {"title": request.app[TEXTS].get(language)["help.not_found"]}
    return respond(request, "not_found.html", language, context, status=404, keep=False)
