"""Rows of words from `data/entities/` as spaCy token patterns; `DatePhrase` tells how they read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from spacy.language import Language

from bot.entity_words import CLASS, LanguageWords

TokenPattern = list[dict[str, Any]]

_HOUR = r"(?:[01]?\d|2[0-4])"
_MINUTES = r"[:.h][0-5]\d"
_SUFFIX = r"(?:am|pm|h|u|uur)"
CLOCK = rf"(?i)^{_HOUR}(?:{_MINUTES})?{_SUFFIX}?$"
TIME = rf"(?i)^{_HOUR}(?:{_MINUTES}{_SUFFIX}?|{_SUFFIX})$"
YEAR = r"^(?:19|20)\d\d$"


def classes_in(say: str) -> frozenset[str]:
    """Return the classes that a row of words names."""
    return frozenset(CLASS.findall(say))


def token_patterns(nlp: Language, say: str, words: LanguageWords) -> Iterator[TokenPattern]:
    """Yield a token pattern for every way to say it."""
    classes = _classes(words)
    for chosen in product(*map(_options, say.split())):
        pattern: TokenPattern = []
        for word in filter(None, chosen):
            named = CLASS.fullmatch(word)
            if named is None:
                pattern += [{"LOWER": token.text} for token in nlp.make_doc(word)]
            else:
                pattern.append(classes[named[1]])
        if pattern:
            yield pattern


def day_shape(words: LanguageWords) -> str:
    """Return the pattern of a day of the month, such as `3`, `03` or `3rd`."""
    endings = "|".join(map(re.escape, words.day_endings))
    return rf"^(0?[1-9]|[12]\d|3[01])(?:{endings})?$"


def _options(item: str) -> Sequence[str]:
    """Return what may stand for one part of a row; "" when it may be missing."""
    if len(item) > 1 and item.endswith("?"):
        return (*item[:-1].split("|"), "")
    return item.split("|")


def _classes(words: LanguageWords) -> dict[str, dict[str, Any]]:
    return {
        "weekday": {"LOWER": {"IN": [name for names in words.weekdays for name in names]}},
        "month": {"LOWER": {"IN": [name for names in words.months for name in names]}},
        "number": {"LOWER": {"REGEX": _number_shape(words)}},
        "day": {"LOWER": {"REGEX": day_shape(words)}},
        "year": {"TEXT": {"REGEX": YEAR}},
        "clock": {"LOWER": {"REGEX": CLOCK}},
        "time": {"LOWER": {"REGEX": TIME}},
    }


def _number_shape(words: LanguageWords) -> str:
    return rf"^(?:{'|'.join((r'[0-9]{1,3}', *map(re.escape, words.numbers)))})$"
