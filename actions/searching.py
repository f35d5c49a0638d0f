"""Searches the articles with the visitor's own words, and quotes what it finds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from actions.base import Talk
from actions.named import products_of
from actions.showing import say_before, show
from bot.conversation.types import Button, Source
from bot.knowledge import Answer, Found, choose_answers, find_answer, of_different_articles


async def search(talk: Talk) -> Sequence[Found]:
    """Return the answers to a message, or the one `NoAnswer` that has the nearest articles."""
    whole, *parts = await _find(talk, [talk.turn.words, *talk.turn.heard.parts])
    return choose_answers(whole, parts)


async def search_parts(talk: Talk) -> Sequence[Answer]:
    """Return the answers to what a message asks besides its need."""
    return of_different_articles(await _find(talk, talk.turn.heard.parts))


async def say_answers(
    talk: Talk, answers: Sequence[Answer], buttons: Sequence[Button] = ()
) -> None:
    """Quote answers, and keep their sources for the record; buttons go under the last."""
    talk.turn.outcome = "answered"
    shown = await asyncio.to_thread(lambda: [show(talk, answer) for answer in answers])
    talk.turn.sources = tuple(source for one in shown for source in one.answer.sources)
    for one in shown:
        say_before(talk, one.answer.sources[0])
        talk.say(
            one.answer.text,
            kind="answer",
            buttons=buttons if one is shown[-1] else (),
            sources=one.answer.sources,
            quote_of=_titles(one.answer.sources),
            marks=one.marks,
            first=one.first,
            goes_on=one.goes_on,
        )
    # replies are numbered in order, and what speaks first in a turn has the first numbers
    talk.turn.answer_id = talk.turn.id_for(f"reply/{len(talk.dispatcher.messages) - 1}")


async def _find(talk: Talk, texts: Sequence[str]) -> Sequence[Found]:
    """Search for each text, off the event loop."""
    if not texts:
        return []
    knowledge, settings = talk.services.knowledge.current, talk.services.settings
    language, products = talk.turn.language, products_of(talk)

    def find(text: str) -> Found:
        return find_answer(knowledge, text, language=language, base_url=settings.base_url)

    def work() -> Sequence[Found]:
        return [products.find(find, text) for text in texts]

    return await asyncio.to_thread(work)


def _titles(sources: tuple[Source, ...]) -> str:
    return ", ".join(source.title for source in sources)
