"""Yes and stop in plain words: only a message that says nothing else counts as either.

A permission, and an erasure even more, must not follow from a guess. What is not in the lists
of `texts/words/` is never a yes; the question is then put once more, with its buttons.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.words import all_of

_ADDRESS = re.compile(r"\S+@\S+")
_APOSTROPHES = re.compile(r"['’`]")
_NOT_WORDS = re.compile(r"[^\w\s]+")


def is_yes(text: str) -> bool:
    """Tell whether a message is a yes and nothing but a yes; a question is none."""
    return "?" not in text and _plain(text) in _listed("plain_yes")


def is_stop(text: str) -> bool:
    """Tell whether a message is nothing but the wish to stop."""
    return _plain(text) in _listed("plain_stop")


def is_address(text: str) -> bool:
    """Tell whether a message is one address, with nothing but a yes or a lead around it."""
    if len(_ADDRESS.findall(text)) != 1 or "?" in text:
        return False
    around = _plain(_ADDRESS.sub(" ", text))
    return not around or around in _listed("address_leads") | _listed("plain_yes")


def _listed(name: str) -> frozenset[str]:
    return _plainly(all_of(name))


@lru_cache(maxsize=16)
def _plainly(entries: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_plain, entries)) - {""}


def _plain(text: str) -> str:
    """Return the words of a text in lower case, with one space between each."""
    return " ".join(_NOT_WORDS.sub(" ", _APOSTROPHES.sub("", text.lower())).split())
