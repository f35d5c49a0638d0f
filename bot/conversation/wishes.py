"""Whether words ask to stop, to erase or for a person: what a classifier can't be trusted with.

"Don't delete my data" means the contrary of what it sounds like, and "stop the music" is no
wish to withdraw anything. The lists are those of `texts/words/`, all languages at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache

from bot.conversation.needs import FORGET, PERSON, SHOW, STOP
from bot.conversation.plain_answers import is_stop, plain
from bot.words import all_of

_MARKS = re.compile(r"[.,;:!?()\[\]\n…–—]+|\s-+\s")

NEARLY = 0.85  # of difflib's ratio: one letter in six is wrong


class Judged(Enum):
    """A wish that is meant, one that is denied, or one that may be about something else."""

    MEANT, DENIED, UNCLEAR = "meant", "denied", "unclear"


@dataclass(frozen=True)
class Named:
    """A need that a part of a message names and nothing else; `clear` when that is enough to act.

    `denying`: by "don't mail me", not by "stop".
    """

    need: str
    clear: bool
    denying: bool = False


def judge(need: str, text: str) -> Judged:
    """Tell whether a text that sounds like a need means it; other needs are taken as meant."""
    pieces = [plain(piece).split() for piece in _MARKS.split(text)]
    if need == FORGET:
        return _judge(pieces, "erase_words", "erase_objects", ("negations", "stop_words"))
    if need == STOP:
        return Judged.MEANT if is_stop(text) else _judge(pieces, "stop_words", "contact_words")
    if need == PERSON:
        return _judge_person(pieces)
    return Judged.MEANT


def named_in(text: str) -> tuple[Named, ...]:
    """Return the needs that parts of a text name and nothing else, in order, each once.

    A denied or doubtful wish is none that is clear.
    """
    found: dict[str, Named] = {}
    for piece in _pieces(text):
        named = _named(piece)
        if named is None:
            continue
        judged = judge(named.need, text)
        if judged is Judged.DENIED:
            continue
        clear = named.clear and judged is Judged.MEANT
        if named.need not in found or clear:
            found[named.need] = Named(named.need, clear, named.denying)
    return tuple(found.values())


def wants_stop(text: str) -> bool:
    """Tell whether a message, or a part of it by itself, asks to stop contact or sharing."""
    return is_stop(text) or any(one.need == STOP and one.clear for one in named_in(text))


def mentions_stop(text: str) -> bool:
    """Tell whether a message has a word for stop in it, or a no beside contact or sharing."""
    pieces = [plain(piece).split() for piece in _MARKS.split(text)]
    return any(
        _places(piece, "stop_words")
        or (_places(piece, "negations") and _places(piece, "contact_words"))
        for piece in pieces
    )


def _judge(
    pieces: Sequence[list[str]], acts: str, objects: str, denying: Sequence[str] = ("negations",)
) -> Judged:
    asked = [(piece, _places(piece, acts)) for piece in pieces]
    denials = [_denial(piece, places, denying) for piece, places in asked if places]
    if denials and all(denial is Judged.DENIED for denial in denials):
        return Judged.DENIED
    about = any(_places(piece, objects) for piece in pieces)
    if about and (not denials or Judged.MEANT in denials):
        return Judged.MEANT
    return Judged.UNCLEAR


def _judge_person(pieces: Sequence[list[str]]) -> Judged:
    asked = [(piece, _places(piece, "person_words", "reach_words")) for piece in pieces]
    denials = [
        Judged.MEANT if _places(piece, "machine_words") else _denial(piece, places, ("negations",))
        for piece, places in asked
        if places
    ]
    if not denials:
        meant = any(_places(piece, "machine_words") or _mistyped_person(piece) for piece in pieces)
        return Judged.MEANT if meant else Judged.UNCLEAR
    return Judged.DENIED if all(one is Judged.DENIED for one in denials) else Judged.MEANT


def _mistyped_person(piece: Sequence[str]) -> bool:
    """Tell whether a word is nearly one for a person; a wish for one is mostly typed in haste."""
    names = all_of("person_words")
    return any(get_close_matches(word, names, n=1, cutoff=NEARLY) for word in piece)


def _denial(piece: list[str], places: Sequence[int], denying: Sequence[str]) -> Judged:
    """Tell whether the words at some places are denied in a piece of a message."""
    no = [at for at in _places(piece, *denying) if at not in places]
    behind_it = _places(piece, "negations")
    anew = _places(piece, "anew_words")
    judged = Judged.MEANT
    for place in places:
        before = [at for at in no if at < place]
        behind = [at for at in behind_it if at > place and at in {place + 1, len(piece) - 1}]
        if not before and not behind:
            continue
        if behind or not any(before[-1] < at < place for at in anew):
            return Judged.DENIED
        judged = Judged.UNCLEAR
    return judged


def _named(piece: list[str]) -> Named | None:
    """Return the need that a piece names if it says nothing else."""
    glue = set(_places(piece, "wish_words", "politeness"))
    no, every = set(_places(piece, "negations")), set(range(len(piece)))
    erase, objects = set(_places(piece, "erase_words")), set(_places(piece, "erase_objects"))
    if erase and not no and erase | objects | glue == every and len(piece) > 1:
        return Named(FORGET, clear=bool(objects and _places(piece, "own_words")))
    show, own = set(_places(piece, "show_words")), set(_places(piece, "own_words"))
    if show and own and objects - own and not no and show | objects | own | glue == every:
        return Named(SHOW, clear=False)
    stop, contact = set(_places(piece, "stop_words")), set(_places(piece, "contact_words"))
    if stop and not no and stop | contact | glue == every:
        return Named(STOP, bool(contact))
    if len(no) == 1 and contact and not stop and no | contact | glue == every:
        return Named(STOP, clear=True, denying=True)
    person, reach = set(_places(piece, "person_words")), set(_places(piece, "reach_words"))
    if person and not no and person | reach | glue == every:
        return Named(PERSON, bool(reach or len(piece) > 2))
    return None


def _pieces(text: str) -> list[list[str]]:
    """Return the words of a text's smallest parts, cut at marks and at joining words."""
    joining, pieces = set(all_of("joining")), []
    for part in _MARKS.split(text):
        piece: list[str] = []
        for word in plain(part).split():
            if word in joining:
                pieces.append(piece)
                piece = []
            else:
                piece.append(word)
        pieces.append(piece)
    return [piece for piece in pieces if piece]


def _places(piece: Sequence[str], *names: str) -> list[int]:
    """Return where words of some lists stand in a piece; every word of a row counts."""
    line = " ".join(piece)
    found: set[int] = set()
    for name in names:
        for match in _pattern(all_of(name)).finditer(line):
            first = line.count(" ", 0, match.start())
            found.update(range(first, first + match.group().count(" ") + 1))
    return sorted(found)


@lru_cache(maxsize=32)
def _pattern(entries: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds whole words of a list, longer rows first; `*` stands for any letters."""
    rows = ["\\w*".join(map(plain, entry.split("*"))) for entry in entries]
    longest_first = "|".join(sorted(filter(None, rows), key=len, reverse=True))
    return re.compile(rf"\b(?:{longest_first or '(?!)'})\b")
