"""Asking for a language in words: "in English please", "kunnen we Engels praten".

A wish is a whole sentence, or a part of one between commas, from the lists in `texts/words/`;
"is the form available in Dutch" is none. Names of languages come from Unicode's CLDR.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.lists import format_list

from bot.words import LANGUAGE, all_of, words_in_use

# What is longer asks for something else; patterns are never tried on more than this.
_LONGEST = 120
_CLAUSE = re.compile(r"[^.,;:!?()\n]+")
_WORD = re.compile(r"[^\W\d_]+")
_NAME = r"(?P<name>[^\W\d_]+)"


@dataclass(frozen=True)
class LanguageWish:
    """The language asked for, and what the message says besides: empty if nothing."""

    language: str
    rest: str


def find_wish(text: str, languages: Sequence[str]) -> LanguageWish | None:
    """Return the language a message asks for, spoken here or not; None if it asks for none."""
    names = _names(tuple(languages), tuple(words_in_use()))
    if not any(word in names for word in _WORD.findall(text.lower())):
        return None
    for clause in _CLAUSE.finditer(text):
        for match in _matches(clause.group().replace("’", "'")):
            code = names.get(match["name"].lower())
            if code is not None:
                start = clause.start()
                around = text[: start + match.start()], text[start + match.end() :]
                return LanguageWish(code, _said_besides(*around))
    return None


def language_name(code: str, language: str) -> str:
    """Return the name of a language in a language, its code if CLDR does not know it."""
    return _cldr(language).get(code, code)


def spoken_languages(languages: Sequence[str], language: str) -> str:
    """Return the names of languages as a list in words: "English and Dutch"."""
    names = [language_name(code, language) for code in languages]
    try:
        return str(format_list(names, locale=language))
    except (ValueError, UnknownLocaleError):
        return ", ".join(names)


def _matches(clause: str) -> Iterator[re.Match[str]]:
    """Yield how a clause can be read as a wish: as a whole, else by its first words."""
    polite = all_of("politeness")
    for patterns, whole in ((all_of("wishes"), True), (all_of("wish_openings"), False)):
        for pattern in _patterns(patterns, polite, whole):
            match = pattern.match(clause[:_LONGEST])
            if match and (len(clause) <= _LONGEST or not whole):
                yield match


@lru_cache(maxsize=8)
def _patterns(
    wishes: tuple[str, ...], polite: tuple[str, ...], whole: bool
) -> tuple[re.Pattern[str], ...]:
    """Return a pattern for each wish; polite words may stand around it and inside."""
    between = rf"(?:\W+(?:{_either(polite)}))*\W+"
    before = rf"\W*(?:(?:{_either(polite)})\W+)*"
    after = rf"(?:\W+(?:{_either(polite)}))*\W*$" if whole else r"(?!\w)\W*"
    return tuple(
        re.compile(
            before + between.join(_NAME if word == LANGUAGE else re.escape(word) for word in wish)
            + after,
            re.IGNORECASE,
        )
        for wish in map(str.split, wishes)
    )  # fmt: skip


def _either(entries: tuple[str, ...]) -> str:
    longest_first = sorted(entries, key=len, reverse=True)
    return "|".join(r"\W+".join(map(re.escape, entry.split())) for entry in longest_first) or "(?!)"


def _said_besides(before: str, after: str) -> str:
    """Return what remains of a message; a greeting and polite words alone are nothing."""
    rest = " ".join(f"{before.strip(' ,;:(')} {after.lstrip(' .,;:!?)')}".split())
    polite = re.compile(rf"(?i)(?:\W|\b(?:{_either(all_of('politeness'))})\b)*")
    return "" if polite.fullmatch(rest) else rest


@lru_cache(maxsize=4)
def _names(languages: tuple[str, ...], sources: tuple[str, ...]) -> dict[str, str]:
    """Return the names of languages in the given ones, and each spoken one's own name."""
    names: dict[str, str] = {}
    for source in (*sources, *languages):
        # three-letter codes name languages such as "Even" and "Mono"
        names |= {name.lower(): code for code, name in _cldr(source).items() if len(code) == 2}
    for words in words_in_use().values():
        names |= words.language_names
    return names


@lru_cache(maxsize=16)
def _cldr(language: str) -> dict[str, str]:
    try:
        return dict(Locale.parse(language).languages)
    except (ValueError, UnknownLocaleError):
        return {}
