"""The search page: passages that fit a question, with the words asked for marked."""

from __future__ import annotations

import asyncio
import posixpath
from typing import Any

from aiohttp import web

from bot.help_centre.folders import folder_url, is_index
from bot.help_centre.language import asked_language, wanted_language
from bot.help_centre.marking import Marker
from bot.help_centre.rendering import knowledge_of, respond
from bot.knowledge import Answer, Hit, Knowledge, Library, find_answer
from bot.knowledge.links import page_url
from bot.knowledge.render import passage_html
from bot.web_keys import TEXTS

FOUND, LONGEST_QUESTION = 8, 300


async def search(request: web.Request) -> web.StreamResponse:
    """Show the passages that fit a question; nothing of the question is kept."""
    asked = request.query.get("language", "")
    language = asked_language(request, asked) or wanted_language(request)
    question = " ".join(request.query.get("q", "").split())[:LONGEST_QUESTION]
    results = await asyncio.to_thread(_results, knowledge_of(request), question, language)
    key = "help.results" if question else "help.search_label"
    context = {
        "title": request.app[TEXTS].say(language, key, question=question),
        "question": question,
        "results": results,
        "not_spoken": bool(asked) and asked != language,
    }
    return respond(request, "search.html", language, context, keep=False)


def _results(knowledge: Knowledge, question: str, language: str) -> list[dict[str, Any]]:
    """Return what is found in a language, else in any; each result names its own.

    Search by meaning always brings something up. Shown is what has a word that was asked for,
    and what the assistant would answer with or name as near.
    """
    if not question:
        return []
    said = find_answer(knowledge, question, language=language, base_url="")
    sources = said.sources if isinstance(said, Answer) else said.nearest
    fitting = frozenset(source.article for source in sources)
    for code in (language, None):
        hits = knowledge.search(question, language=code, k=FOUND)
        results = [_result(knowledge.library, hit, question) for hit in hits]
        shown = [one for one in results if one["marked"] or one["article"].id in fitting]
        if shown:
            return shown
    return []


def _result(library: Library, hit: Hit, question: str) -> dict[str, Any]:
    article, marker = hit.article, Marker(question, hit.article.language)
    folder = folder_url(article.language, posixpath.dirname(article.slug))
    return {
        "article": article,
        "title": marker.words(article.title),
        "url": folder if is_index(article) else page_url(article, hit.passage.anchor),
        "path": [marker.words(one) for one in hit.passage.heading_path if one != article.title],
        "html": marker.html(passage_html(library, article, hit.passage.quote)),
        "marked": marker.has_marked or any(map(marker.asks_for, article.keywords)),
    }
