"""Which need a message is treated as: stop, privacy, person and pending questions come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.conversation.plain_answers import is_stop, is_yes

FALLBACK = "nlu_fallback"
# Needs on which the assistant does more than answer; a guess is not enough for them.
ACTING = frozenset(
    {
        "ask_person",
        "ask_follow_up",
        "stop_contacting_me",
        "show_my_data",
        "forget_me",
        "my_permissions",
    }
)
ACTING_CONFIDENCE = 0.30


@dataclass(frozen=True)
class Understood:
    """A message's need with its confidence, and what was found in it."""

    need: str
    confidence: float
    ranking: Sequence[Mapping[str, Any]]
    entities: Sequence[Mapping[str, Any]]


def settle(understood: Understood, *, text: str, pending: Mapping[str, Any] | None) -> Understood:
    """Decide the need a turn is run with.

    An address given when one was asked for is the answer to that question. An acting need
    below its confidence is searched for like any other question, never acted upon.
    """
    if is_stop(text):
        return _with_need(understood, "stop_contacting_me", 1.0)
    if pending and is_yes(text):
        return _with_need(understood, "affirm", 1.0)
    if pending and pending.get("kind") == "address" and "@" in text:
        return _with_need(understood, "affirm", 1.0)
    if understood.need in ACTING and understood.confidence < ACTING_CONFIDENCE:
        return _with_need(understood, FALLBACK, understood.confidence)
    return understood


def _with_need(understood: Understood, need: str, confidence: float) -> Understood:
    return Understood(need, confidence, understood.ranking, understood.entities)
