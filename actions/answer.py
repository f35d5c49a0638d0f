"""Answers from the articles, word for word and with the source, or says that there is none."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.base import AskfirstAction, Talk
from actions.named import ABOUT_OWN, own_number, say_own_number
from actions.not_sure import (
    acting_buttons,
    ask_need,
    may_ask_need,
    need_button,
    say_not_found,
    say_out_of_scope,
)
from actions.searching import say_answers, search, search_parts
from bot.conversation.needs import ACTING, OUT_OF_SCOPE
from bot.knowledge import Answer


class ActionAnswer(AskfirstAction):
    """Searches for any need that articles can meet; the need never hides a confident passage."""

    def name(self) -> str:
        return "action_answer"

    async def reply(self, talk: Talk) -> None:
        say_besides(talk)
        found = await search(talk)
        answers = [one for one in found if isinstance(one, Answer)]
        if answers:
            await say_answers(talk, answers, acting_buttons(talk))
            if talk.turn.need in ABOUT_OWN:
                say_own_number(talk)
        elif may_ask_need(talk):
            ask_need(talk)
        elif own_number(talk):
            talk.turn.outcome = "no_answer"
            say_own_number(talk, kind="no_answer")
        elif talk.turn.need == OUT_OF_SCOPE:
            say_out_of_scope(talk)
        else:
            say_not_found(talk, found[0])


class ActionDefaultFallback(ActionAnswer):
    """Rasa's last resort, when no rule fits the state: search all the same, once."""

    def name(self) -> str:
        return "action_default_fallback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        await super().run(dispatcher, tracker, domain)
        return [FollowupAction("action_listen")]  # no rule says so: it would run again and again


class ActionAnswerRest(AskfirstAction):
    """Before an action is taken: answers what the message asks besides, and says nothing else."""

    def name(self) -> str:
        return "action_answer_rest"

    async def reply(self, talk: Talk) -> None:
        answers = await search_parts(talk)
        if answers:
            await say_answers(talk, answers)
        others = [need_button(talk, need) for need in talk.turn.heard.also if need in ACTING]
        if others:
            talk.say(talk.words("one_at_a_time"), buttons=others)


class ActionComplain(AskfirstAction):
    """Hears a complaint, shows what the articles say about it, and names the way to a person."""

    def name(self) -> str:
        return "action_complain"

    async def reply(self, talk: Talk) -> None:
        talk.say_words("complain", person=True)
        answers = [one for one in await search(talk) if isinstance(one, Answer)]
        if answers:
            await say_answers(talk, answers)


class ActionNotHelpful(AskfirstAction):
    """Takes "that didn't help" at its word: asks what is missing, names the way to a person."""

    def name(self) -> str:
        return "action_not_helpful"

    async def reply(self, talk: Talk) -> None:
        talk.turn.outcome = "not_helpful"
        talk.say_words("not_helpful", person=True)


def say_besides(talk: Talk) -> None:
    """Say the one sentence of a need that gave way to a question ("are you a robot? how ...")."""
    for need in talk.turn.heard.also:
        talk.dispatcher.utter_message(response=f"utter_{need}")
