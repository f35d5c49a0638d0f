"""Yes, no and not now: what a visitor's answer to a question sets in motion."""

from __future__ import annotations

from actions.base import AskfirstAction, Talk
from actions.follow_up import give_follow_up
from actions.not_sure import is_need_asked, say_not_found
from actions.person import give_handoff
from actions.questions import ADDRESS, ERASE, Question, find_question, repeat_question
from bot.consent.effects import AnswerPermission
from bot.conversation.plain_answers import is_address, is_yes
from bot.privacy import EraseVisitor


def say_no_question(talk: Talk) -> None:
    """Say that there is nothing to answer; a button of an old question is told it is closed.

    To "which of these?" any of these words is no choice, and the next step is taken.
    """
    if is_need_asked(talk) and not talk.pressed_question:
        say_not_found(talk, None)
        return
    talk.say_words("question_closed" if talk.pressed_question else "nothing_asked")


class ActionAffirm(AskfirstAction):
    """Yes. Without an open question it changes nothing."""

    def name(self) -> str:
        return "action_affirm"

    async def reply(self, talk: Talk) -> None:
        question = await find_question(talk)
        if question is None:
            say_no_question(talk)
        elif not is_clear_yes(talk, question):
            ask_again(talk, question)
        elif question.kind == ERASE:
            erase(talk)
        elif not talk.turn.may_offer:
            talk.say_words("cannot_ask")
        elif question.request is not None and question.request.purpose == "handoff":
            await give_handoff(talk, question.request)
        elif question.request is not None:
            give_follow_up(talk, question.request, asked_before=question.kind == ADDRESS)


def is_clear_yes(talk: Talk, question: Question) -> bool:
    """Tell whether this is a yes and nothing else: a button, plain words, or the address asked."""
    text = talk.turn.raw_text
    if talk.turn.payload is not None or is_yes(text):
        return True
    follow_up = question.request is not None and question.request.purpose == "follow_up"
    return question.kind == ADDRESS or (follow_up and is_address(text))


def ask_again(talk: Talk, question: Question) -> None:
    """Put an unclear answer's question once more; a second unclear answer leaves it unanswered."""
    pending = talk.turn.pending or {}
    if pending.get("again"):
        talk.say_words("left_open")
        return
    repeat_question(talk, question)
    talk.turn.asks = {**pending, "again": True}
    talk.turn.outcome = "asked"


class ActionDeny(AskfirstAction):
    """No. Recorded where a permission was asked; the help given stays the same."""

    def name(self) -> str:
        return "action_deny"

    async def reply(self, talk: Talk) -> None:
        question = await find_question(talk)
        if question is None:
            say_no_question(talk)
        elif question.request is None:
            talk.say_words("kept")
        else:
            answer(talk, question, "refused")
            talk.say_words(f"refused_{question.request.purpose}")


class ActionNotNow(AskfirstAction):
    """Not now: recorded as deferred, which is neither a yes nor a no."""

    def name(self) -> str:
        return "action_not_now"

    async def reply(self, talk: Talk) -> None:
        question = await find_question(talk)
        if question is None:
            say_no_question(talk)
            return
        if question.request is not None:
            answer(talk, question, "deferred")
        talk.say_words("deferred")


def answer(talk: Talk, question: Question, action: str) -> None:
    """Record a refusal or a deferral of the question's permission."""
    if question.request is None:
        return
    talk.turn.outcome = action
    talk.turn.effects.append(
        AnswerPermission(
            event_id=talk.turn.id_for(action),
            request_event_id=question.request.id,
            action=action,
            asked_on=talk.turn.conversation.channel,
            method=talk.method,
            idem_key=f"{talk.turn.message.id}/{action}",
        )
    )


def erase(talk: Talk) -> None:
    """Erase the visitor with this turn's commit; the one message left says so."""
    talk.turn.outcome = "erased"
    talk.turn.effects.append(
        EraseVisitor(
            visitor_id=talk.turn.conversation.visitor_id,
            asked_on=talk.turn.conversation.channel,
            idem_prefix=talk.turn.message.id,
        )
    )
    talk.say_words("erased", kind="erased")
