"""What a date in a visitor's words means; `bot.days` tells which days that are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.days import Meaning
from bot.entity_words import DatePhrase, LanguageWords
from bot.nlu.phrases import YEAR, day_shape

NUMERIC = re.compile(
    r"(?<![\w./-])(?:(?P<y>(?:19|20)\d\d)(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<z>(?:19|20)?\d\d))(?![\w/-]|\.\d)"
)


def meaning_of(
    phrase: DatePhrase, classes: frozenset[str], tokens: Sequence[str], words: LanguageWords
) -> Meaning:
    """Return what a phrase means with these tokens (in lower case) in it."""
    found = _offsets(phrase, classes, tokens, words)
    found |= {name: 1 for name in ("next", "last") if getattr(phrase, name)}
    if "weekday" in classes:
        found["weekday"] = _place(tokens, words.weekdays)
    if "month" in classes:
        found["month"] = _place(tokens, words.months) + 1
    if "day" in classes:
        shape = re.compile(day_shape(words))
        found["day"] = next(int(match[1]) for match in map(shape.match, tokens) if match)
    if "year" in classes:
        found["year"] = next(int(token) for token in tokens if re.match(YEAR, token))
    return found


def _offsets(
    phrase: DatePhrase, classes: frozenset[str], tokens: Sequence[str], words: LanguageWords
) -> Meaning:
    """Return how far away it is; a number in the phrase multiplies, and `last` counts back."""
    values = {name: getattr(phrase, name) for name in ("days", "weeks", "months")}
    found = {name: value for name, value in values.items() if value is not None}
    if "number" not in classes:
        return found
    times = next(n for n in (_number(token, words) for token in tokens) if n is not None)
    sign = -1 if phrase.last else 1
    found = {name: value * times * sign for name, value in found.items()}
    return {**found, "exact": 1} if "months" in found else found


def is_date(match: re.Match[str]) -> bool:
    """Tell whether figures can be a date at all: "2024-13-45" is something else."""
    if match["y"]:
        return _possible(int(match["m"]), int(match["d"]))
    first, second = int(match["a"]), int(match["b"])
    return _possible(first, second) or _possible(second, first)


def _possible(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def numeric_meaning(match: re.Match[str]) -> Meaning:
    """Return what a date in figures means; nothing when day and month could be either."""
    if match["y"]:
        return {"year": int(match["y"]), "month": int(match["m"]), "day": int(match["d"])}
    first, second = int(match["a"]), int(match["b"])
    year = int(match["z"]) if len(match["z"]) == 4 else 2000 + int(match["z"])
    if first <= 12 and second <= 12 and first != second and match["t"] == "/":
        return {}  # 3/4/2026 is in March for some and in April for others
    day, month = (first, second) if second <= 12 else (second, first)
    return {"year": year, "month": month, "day": day}


def _number(token: str, words: LanguageWords) -> int | None:
    return int(token) if token.isdecimal() else words.numbers.get(token)


def _place(tokens: Sequence[str], names: Sequence[Sequence[str]]) -> int:
    """Return which of the weekdays or months is named, 0 for the first."""
    return next(place for place, row in enumerate(names) for token in tokens if token in row)
