"""Follow-up by mail: one question, then the address, then a mail that asks to confirm."""

from __future__ import annotations

import re
from datetime import timedelta

from email_validator import EmailNotValidError, validate_email

from actions.base import AskfirstAction, Talk
from actions.named import wanted_period
from actions.questions import ADDRESS, ask_permission, can_ask, evidence_of
from bot.consent.effects import GivePermission, StoreContactPoint
from bot.consent.requests import ConsentEvent
from bot.conversation.plain_answers import is_address
from bot.conversation.store import last_answer
from bot.follow_ups import AskConfirmation, RecordWish, mask_address
from bot.words import all_of

_WORD_BREAKS = re.compile(r"[^\w'’]+")


class ActionAskFollowUp(AskfirstAction):
    """The visitor wants something sent: asks the one permission that needs."""

    def name(self) -> str:
        return "action_ask_follow_up"

    async def reply(self, talk: Talk) -> None:
        turn = talk.turn
        answered = await talk.services.database.read(
            lambda connection: last_answer(connection, turn.conversation.id)
        )
        wanted = wanted_period(talk)
        answer_id = turn.answer_id or (answered.id if answered else None)
        # a reminder of something that no article holds is for staff to write
        news = wants_news(turn.words) or (answer_id is None and wanted is not None)
        if answer_id is None and not news:
            talk.say_words("nothing_to_send")
            return
        if wanted is not None and can_ask(talk, "follow_up"):
            talk.say_words("wanted_news" if news else "wanted_answer", day=wanted.first.isoformat())
        if ask_permission(talk, "follow_up", channel="email", scope_id=turn.message.id):
            turn.late_effects.append(
                RecordWish(
                    message_id=turn.message.id,
                    conversation_id=turn.conversation.id,
                    kind="news" if news else "answer",
                    answer_message_id=None if news else answer_id,
                    language=turn.language,
                )
            )


def give_follow_up(talk: Talk, request: ConsentEvent, *, asked_before: bool) -> None:
    """Take the yes with the address it names, or ask for the address first."""
    address = read_address(talk)
    if address is None:
        talk.say_words("address_wrong" if asked_before else "ask_address", kind="question")
        talk.turn.asks = {"kind": ADDRESS, "event_id": request.id}
        return
    turn, services = talk.turn, talk.services
    visitor_id = turn.conversation.visitor_id
    contact_point_id = services.keys.look_up(f"{visitor_id}/email/{address}")[:32]
    event_id = turn.id_for("given")
    turn.outcome = "given"
    turn.effects += [
        StoreContactPoint(contact_point_id, visitor_id, "email", address, services.keys),
        GivePermission(
            event_id=event_id,
            request_event_id=request.id,
            asked_on=turn.conversation.channel,
            method=talk.method,
            idem_key=f"{turn.message.id}/given",
            expires_at=turn.now + timedelta(days=services.settings.follow_up_days),
            contact_point_id=contact_point_id,
            evidence=evidence_of(talk, request),
            keys=services.keys,
        ),
        AskConfirmation(
            outbox_id=turn.id_for("confirmation"),
            visitor_id=visitor_id,
            contact_point_id=contact_point_id,
            given_event_id=event_id,
            language=turn.language,
        ),
    ]
    talk.say_words("confirm_sent", address=mask_address(address))


def wants_news(text: str) -> bool:
    """Tell "tell me when ...", which staff will answer, from "mail me this answer"."""
    said = _WORD_BREAKS.sub(" ", f" {text.lower()} ")
    return any(f" {words} " in said for words in all_of("news"))


def read_address(talk: Talk) -> str | None:
    """Return the e-mail address in the message in its normal form, or None."""
    if not is_address(talk.turn.raw_text):
        return None
    found = next(word for word in talk.turn.raw_text.split() if "@" in word)
    try:
        checked = validate_email(found.strip(".,;:<>()!\"'"), check_deliverability=False)
        return checked.normalized.lower()
    except EmailNotValidError:
        return None
