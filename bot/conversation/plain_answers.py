"""Yes, no and stop in plain words: only a message that says nothing else counts as one.

A permission, and an erasure even more, must not follow from a guess. What is not in the lists
of `texts/words/` is never a yes; the question is then put once more, with its buttons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from bot.words import all_of, words_in_use

_ADDRESS = re.compile(r"\S+@\S+")
_APOSTROPHES = re.compile(r"['’`]")
_NOT_WORDS = re.compile(r"[^\w\s]+")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_STOP_SIGN = "\N{OCTAGONAL SIGN}"


def plain(text: str) -> str:
    """Return the words of a text in lower case, with one space between each.

    "Stoooop" is "stop", and so is the sign.
    """
    text = _DRAWN_OUT.sub(r"\1", text.lower().replace(_STOP_SIGN, " stop "))
    return " ".join(_NOT_WORDS.sub(" ", _APOSTROPHES.sub("", text)).split())


def is_yes(text: str) -> bool:
    """Tell whether a message is a yes and nothing but a yes; a question is none."""
    return "?" not in text and plain(text) in _listed("plain_yes")


def is_no(text: str) -> bool:
    """Tell whether a message is a no, or "none of these", and nothing else."""
    return "?" not in text and plain(text) in _listed("plain_no")


def is_unsure(text: str) -> bool:
    """Tell whether a message says nothing but that one isn't sure; it may be a question."""
    return plain(text) in _listed("plain_unsure")


def is_stop(text: str) -> bool:
    """Tell whether a message is nothing but the wish to stop; a no or polite words may be there."""
    said = plain(text)
    return said in _listed("plain_stop") or _bare(said) in _listed("plain_stop")


def is_address(text: str) -> bool:
    """Tell whether a message is one address, with nothing but a yes or a lead around it."""
    if len(_ADDRESS.findall(text)) != 1 or "?" in text:
        return False
    around = plain(_ADDRESS.sub(" ", text))
    return not around or around in _listed("address_leads") | _listed("plain_yes")


def place_of(text: str, choices: Sequence[str]) -> int | None:
    """Return which of some choices a message names: by its words or by its place; None if none."""
    said = plain(text)
    named = [place for place, choice in enumerate(choices) if plain(choice) == said]
    if named:
        return named[0]
    around = _listed("place_words")
    left = [word for word in said.split() if word not in around]
    # "the first one": "one" is a place too, but only where nothing else is
    words = left or said.split()[-1:]
    if len(words) != 1 or len(said.split()) > 5:
        return None
    places = (own.places for own in words_in_use().values())
    found = (at for own in places for at, names in enumerate(own) if words[0] in names.split("|"))
    return next((at for at in found if at < len(choices)), None)


def _bare(said: str) -> str:
    """Return words without polite ones, a no, and repetitions."""
    for polite in sorted(_listed("politeness") | _listed("plain_no"), key=len, reverse=True):
        said = f" {said} ".replace(f" {polite} ", " ").strip()
    return " ".join(word for word, _ in groupby(said.split()))


def _listed(name: str) -> frozenset[str]:
    return _plainly(all_of(name))


@lru_cache(maxsize=32)
def _plainly(entries: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(plain, entries)) - {""}
