"""What a turn does with plain words beside the dialogue: a typed choice, and the way to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from bot.consent.grants import live_grants, pending_confirmations
from bot.conversation.needs import FALLBACK, STOP, WHICH_NEED
from bot.conversation.payloads import Payload
from bot.conversation.plain_answers import is_no, is_stop, place_of
from bot.conversation.types import Button, Reply, Turn
from bot.conversation.wishes import mentions_stop
from bot.engine.agent import Outcome
from bot.services import Services
from bot.texts import Texts
from bot.turn_store import Loaded

ENDED = frozenset({"withdrawn", "erased"})


def chosen(loaded: Loaded, texts: Texts) -> Payload | None:
    """Return the choice that a message names in words, if the last reply asked for one.

    By a button's own words, by its place ("the second", "2"), or "none of these".
    """
    pending: Mapping[str, Any] = _pending(loaded)
    if pending.get("kind") != WHICH_NEED or not pending.get("needs"):
        return None
    needs, text = list(pending["needs"]), loaded.raw_text
    if is_stop(text):
        return None
    if is_no(text):
        return Payload(FALLBACK, about=pending.get("about"))
    titles = [_title(texts, loaded.conversation.language, need) for need in needs]
    place = place_of(text, titles)
    return None if place is None else Payload(needs[place], about=pending.get("about"))


def stop_offer(texts: Texts, language: str) -> Reply:
    """Return the one sentence, with its button, by which everything agreed to can be ended."""
    button = Button(texts.say(language, "assistant.need_stop_contacting_me"), f"/{STOP}")
    return Reply(texts.say(language, "assistant.stop_offer"), buttons=(button,))


async def with_stop_offer(turn: Turn, outcome: Outcome, services: Services) -> Outcome:
    """Add the way to stop where a word for it was said, something counts, and nothing ended it."""
    if turn.payload is not None or turn.outcome in ENDED or not mentions_stop(turn.raw_text):
        return outcome
    buttons = [button for reply in outcome.replies for button in reply.buttons]
    if any(button.payload.startswith(f"/{STOP}") for button in buttons):
        return outcome
    if not await services.database.read(lambda connection: _holds(connection, turn)):
        return outcome
    return replace(outcome, replies=(*outcome.replies, stop_offer(services.texts, turn.language)))


def _holds(connection: Connection, turn: Turn) -> bool:
    visitor_id = turn.conversation.visitor_id
    return bool(
        live_grants(connection, visitor_id, turn.now)
        or pending_confirmations(connection, visitor_id)
    )


def _title(texts: Texts, language: str, need: str) -> str:
    key = "none_of_these" if need == FALLBACK else f"need_{need}"
    return texts.say(language, f"assistant.{key}")


def _pending(loaded: Loaded) -> Mapping[str, Any]:
    slots: Mapping[str, Any] = (loaded.state or {}).get("slots", {})
    return slots.get("pending_question") or {}
