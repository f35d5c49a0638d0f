"""Answers from the articles, word for word and with the source, or says that there is none."""

from __future__ import annotations

import asyncio

from actions.base import AskfirstAction, Talk
from bot.conversation.types import Source
from bot.knowledge import Answer, NoAnswer, find_answer


async def search(talk: Talk) -> Answer | NoAnswer:
    """Search the articles with the visitor's own words, off the event loop."""
    services = talk.services
    return await asyncio.to_thread(
        find_answer,
        services.knowledge.current,
        talk.turn.raw_text,
        language=talk.turn.language,
        base_url=services.settings.base_url,
    )


def say_answer(talk: Talk, answer: Answer) -> None:
    """Quote an answer and remember its sources for the turn's record."""
    talk.turn.outcome, talk.turn.sources = "answered", answer.sources
    affiliate = next((source.affiliate for source in answer.sources if source.affiliate), None)
    if affiliate:
        talk.say_words("affiliate", affiliate=affiliate)
    talk.say(answer.text, kind="answer", sources=answer.sources, quote_of=_titles(answer.sources))


def _titles(sources: tuple[Source, ...]) -> str:
    return ", ".join(source.title for source in sources)


class ActionAnswer(AskfirstAction):
    """Searches for any need that articles can meet; the need never hides a confident passage."""

    def name(self) -> str:
        return "action_answer"

    async def reply(self, talk: Talk) -> None:
        answer = await search(talk)
        if isinstance(answer, Answer):
            say_answer(talk, answer)
        elif talk.turn.need == "out_of_scope":
            talk.turn.outcome = "no_answer"
            talk.say_words("out_of_scope", kind="no_answer")
        else:
            talk.turn.outcome = "no_answer"
            talk.say_words("no_answer", kind="no_answer", person=True)


class ActionDefaultFallback(ActionAnswer):
    """Rasa's last resort, when no rule fits the state: search all the same."""

    def name(self) -> str:
        return "action_default_fallback"


class ActionComplain(AskfirstAction):
    """Hears a complaint, shows what the articles say about it, and names the way to a person."""

    def name(self) -> str:
        return "action_complain"

    async def reply(self, talk: Talk) -> None:
        talk.say_words("complain", person=True)
        answer = await search(talk)
        if isinstance(answer, Answer):
            say_answer(talk, answer)


class ActionNotHelpful(AskfirstAction):
    """Takes "that didn't help" at its word: asks what is missing, names the way to a person."""

    def name(self) -> str:
        return "action_not_helpful"

    async def reply(self, talk: Talk) -> None:
        talk.turn.outcome = "not_helpful"
        talk.say_words("not_helpful", person=True)
