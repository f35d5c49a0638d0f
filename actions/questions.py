"""The questions the assistant asks, and how an answer finds the question it belongs to."""

from __future__ import annotations

import json
from dataclasses import dataclass

from actions.base import Talk
from bot.consent.effects import RequestPermission
from bot.consent.notices import Notice
from bot.consent.requests import ConsentEvent, open_request
from bot.conversation.types import Button

ERASE, ADDRESS, PERMISSION = "erase", "address", "permission"


@dataclass(frozen=True)
class Question:
    """A question that waits for an answer; `request` is its row in the ledger, if it has one."""

    kind: str
    request: ConsentEvent | None = None


def answer_button(title: str, need: str, question: str) -> Button:
    """Return a button that answers one particular question, however much was said since."""
    return Button(title, f"/{need}{json.dumps({'question': question})}")


async def find_question(talk: Talk) -> Question | None:
    """Return the question this message answers: the button's own, else the one just asked.

    None when it was answered before, was withdrawn, belongs to somebody else, or none is open.
    """
    pressed, pending = talk.pressed_question, talk.turn.pending or {}
    event_id = pressed or pending.get("event_id")
    if event_id is None:
        return None
    if pending.get("kind") == ERASE and pending.get("event_id") == event_id:
        return Question(ERASE)
    visitor_id = talk.turn.conversation.visitor_id
    request = await talk.services.database.read(
        lambda connection: open_request(connection, event_id, visitor_id)
    )
    if request is None:
        return None
    asked = pending.get("kind") == ADDRESS and pending.get("event_id") == event_id
    kind = ADDRESS if asked else PERMISSION
    return Question(kind, request)


def ask_permission(talk: Talk, purpose: str, *, channel: str, scope_id: str) -> bool:
    """Ask for one purpose, in the notice's exact words; return whether it could be asked.

    It is not asked when permissions can't be recorded now, or when there is no notice in the
    visitor's language.
    """
    turn = talk.turn
    notice = talk.services.notices.find(purpose, turn.language)
    if notice is None or not turn.may_offer:
        talk.say_words("cannot_ask")
        return False
    event_id = turn.id_for(f"request/{purpose}")
    turn.effects.append(
        RequestPermission(
            event_id=event_id,
            visitor_id=turn.conversation.visitor_id,
            purpose=purpose,
            channel=channel,
            scope_id=scope_id,
            asked_on=turn.conversation.channel,
            notice_id=notice.id,
            idem_key=f"{turn.message.id}/requested/{purpose}",
        )
    )
    say_permission_question(talk, notice, event_id)
    turn.asks = {"kind": PERMISSION, "event_id": event_id}
    turn.outcome = "asked"
    return True


def can_ask(talk: Talk, purpose: str) -> bool:
    """Tell whether `ask_permission` would put its question."""
    notice = talk.services.notices.find(purpose, talk.turn.language)
    return notice is not None and talk.turn.may_offer


def say_permission_question(talk: Talk, notice: Notice, event_id: str) -> None:
    """Put a permission's question in its exact words, with three equal answers."""
    buttons = (
        answer_button(notice.yes, "affirm", event_id),
        answer_button(notice.no, "deny", event_id),
        answer_button(notice.later, "not_now", event_id),
    )
    talk.say(
        notice.body, kind="question", buttons=buttons, question=event_id, purpose=notice.purpose
    )


def ask_erasure(talk: Talk, question_id: str) -> None:
    """Put the one question before everything is erased."""
    buttons = (
        answer_button(talk.words("erase_yes"), "affirm", question_id),
        answer_button(talk.words("erase_no"), "deny", question_id),
    )
    talk.say(talk.words("forget_me"), kind="question", buttons=buttons)


def repeat_question(talk: Talk, question: Question) -> None:
    """Say that the answer was not clear, and put the same question again."""
    talk.say_words("not_clear")
    if question.request is None:
        ask_erasure(talk, str((talk.turn.pending or {}).get("event_id")))
        return
    notice = talk.services.notices.find(question.request.purpose, talk.turn.language)
    if notice is not None:
        say_permission_question(talk, notice, question.request.id)


def evidence_of(talk: Talk, request: ConsentEvent) -> str:
    """Return what the visitor agreed by: the button's own words, or theirs as stored."""
    notice = talk.services.notices.find(request.purpose, talk.turn.language)
    if talk.turn.payload is not None and notice is not None:
        return f"button: {notice.yes}"
    return talk.turn.message.text
