"""What a visitor named, used for them: the product they mean, and the number of their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from actions.base import Talk
from bot.days import Period, resolve
from bot.knowledge import Answer, NoAnswer

# Needs about something of the visitor's own, which no article can look up.
ABOUT_OWN = frozenset(
    {
        "billing_question",
        "change_something",
        "check_status",
        "fix_problem",
        "leave_or_cancel",
        "refund_or_return",
    }
)

Find = Callable[[str], Answer | NoAnswer]


@dataclass(frozen=True)
class Products:
    """`written` has this message's own names for products, `before` the one named last."""

    written: Mapping[str, str] = field(default_factory=dict)
    before: str | None = None

    def find(self, find: Find, text: str) -> Answer | NoAnswer:
        """Search with a product's name in the owner's words, where that is the surer answer.

        A product of an earlier message only chooses between articles; it makes no answer of a
        question that has none.
        """
        found, named = find(text), text
        for said, name in self.written.items():
            named = named.replace(said, name)
        if named != text:
            return _surer(find(named), found)
        if self.before and not self.written and isinstance(found, Answer):
            return _surer(found, find(f"{text} {self.before}"))
        return found


def products_of(talk: Talk) -> Products:
    """Return the products this message names, and the one that the conversation is about."""
    text = talk.turn.words
    named = [one for one in talk.turn.entities if one["entity"] == "product"]
    written = {text[int(one["start"]) : int(one["end"])]: str(one["value"]) for one in named}
    return Products({said: name for said, name in written.items() if said}, _slot(talk, "product"))


def own_number(talk: Talk) -> str | None:
    """Return the number of what the visitor asks about: named now or, for its state, before."""
    before = _slot(talk, "order_number") if talk.turn.need == "check_status" else None
    return talk.entity("order_number") or before


def wanted_period(talk: Talk) -> Period | None:
    """Return the first day or days that the message names, of what is to come; else None."""
    said_on = talk.turn.message.created_at.astimezone().date()
    whens = [one.get("when") or {} for one in talk.turn.entities if one["entity"] == "date"]
    periods = [resolve(when, said_on, ahead=True) for when in whens]
    return next((one for one in periods if one is not None and one.last >= said_on), None)


def say_own_number(talk: Talk, *, kind: str = "text") -> None:
    """Say that the number can't be looked up here, who can, and that they will see it."""
    number = own_number(talk)
    if number is not None:
        talk.say_words("own_number", kind=kind, person=True, number=number)


def _surer(one: Answer | NoAnswer, other: Answer | NoAnswer) -> Answer | NoAnswer:
    """Return the answer, of two the surer one; the first among equals."""
    if isinstance(one, Answer) is not isinstance(other, Answer):
        return one if isinstance(one, Answer) else other
    return one if one.confidence >= other.confidence else other


def _slot(talk: Talk, name: str) -> str | None:
    """Return a slot's value; of several in one message the last."""
    value = talk.tracker.get_slot(name)
    if isinstance(value, list):
        value = value[-1] if value else None
    return str(value) if value else None
