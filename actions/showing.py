"""How a found answer is said: in the form its need asks for, and what is said before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from actions.base import Talk
from bot.conversation.types import Source
from bot.knowledge import Answer
from bot.knowledge.presenting import Presented, present
from bot.knowledge.tree import tree


def show(talk: Talk, answer: Answer) -> Presented:
    """Return an answer as the visitor's need asks for it."""
    services, turn = talk.services, talk.turn
    return present(
        services.knowledge.current,
        answer,
        need=turn.need,
        question=turn.words,
        base_url=services.settings.base_url,
    )


def say_before(talk: Talk, source: Source) -> None:
    """Say whose passage follows, how old the evidence is, or where to go to leave."""
    if source.affiliate:
        talk.say_words("affiliate", affiliate=source.affiliate)
    if talk.turn.need == "check_claim":
        if source.reviewed is None:
            talk.say_words("evidence_undated")
        else:
            talk.say_words("evidence", date=_day(talk, source.reviewed))
    if talk.turn.need == "leave_or_cancel":
        talk.say_words("leave_link", link=_way_out(source))


def _day(talk: Talk, reviewed: date) -> str:
    words = talk.services.texts.get(talk.turn.language)
    month = words["help.months"].split()[reviewed.month - 1]
    return words["help.date"].format(day=reviewed.day, month=month, year=reviewed.year)


def _way_out(source: Source) -> str:
    """Return the first link of the passage, else the link to its place in the article."""
    found = next(_links(tree(source.passage, source.url)), (source.title, source.url))
    words, url = (re.sub(r"([\\\[\]<>])", r"\\\1", part) for part in found)
    return f"[{words}](<{url}>)"


def _links(nodes: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if not isinstance(node, list):
            continue
        if node[0] == "a":
            words = "".join(one for one in node[2:] if isinstance(one, str))
            yield words or node[1]["href"], node[1]["href"]
        else:
            yield from _links(node[1:])
