"""Which of our languages a text is in; short texts say little, so the answer may be none.

py3langid knows some 140 languages; the margins were chosen on `tests/test_language.py` and on all
examples in `data/nlu/`. Scores are differences of log probabilities.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# The lead over our next language from which the first message of a conversation has a language.
SURE_MARGIN, SURE_WORDS = 6.0, 2
# What it takes to leave a conversation's language, for another of ours or for none of ours.
CLEAR_MARGIN, CLEAR_WORDS = 10.0, 3
# Shorter words are cut off or mistyped in every language; these alone don't tell a foreign one.
WHOLE_WORD = 3
# No languages of visitors: gibberish and lorem ipsum. They count neither as ours nor as others.
NO_LANGUAGE = frozenset({"zxx", "la"})
# So near to English or Dutch that short and regional texts are taken for them.
NEAR = frozenset({"af", "fy", "lb", "pcm"})

# What carries no language: addresses, and words with digits or signs in them, as in logs.
_NO_PROSE = re.compile(r"[@\d_/\\=<>{}|#$*]|\w\.\w")
_PLACEHOLDER = re.compile(r"\[[\w -]{1,30}\]")
_LONGEST_WORD = 60
_LETTERS = re.compile(r"[^\W\d_]+")
_OTHER_SCRIPT = re.compile(r"[^\W\d_\u0000-\u02af\u1e00-\u1eff]")
_ENOUGH_OTHER_SCRIPT = 3


@dataclass(frozen=True)
class Reading:
    """What a text's words say about its language.

    `language` is one of ours or None when unsure; `clear` tells that it is enough to change a
    conversation's language; `foreign` that the text is in a language that is none of ours.
    """

    language: str | None = None
    clear: bool = False
    foreign: bool = False


def read_language(text: str, languages: Sequence[str]) -> Reading:
    """Tell what language a text is in, as far as that is sure."""
    prose = _prose(text)
    found = _LETTERS.findall(prose)
    words = len(found)
    other_script = len(_OTHER_SCRIPT.findall(prose)) >= _ENOUGH_OTHER_SCRIPT
    if words < SURE_WORDS and not other_script:
        return Reading()
    ignored = NEAR.difference(languages)
    ranking = [pair for pair in _identifier().rank(prose) if pair[0] not in ignored]
    ours = [(code, score) for code, score in ranking if code in languages]
    if not ours:
        return Reading()
    enough = words >= CLEAR_WORDS or other_script
    (top, highest), (best, score) = ranking[0], ours[0]
    behind = highest - score
    if behind >= CLEAR_MARGIN:
        whole = sum(len(word) >= WHOLE_WORD for word in found)
        sure = other_script or whole >= CLEAR_WORDS or behind >= 2 * CLEAR_MARGIN
        return Reading(foreign=sure and top not in NO_LANGUAGE)
    lead = score - ours[1][1] if len(ours) > 1 else score - ranking[1][1]
    if lead < SURE_MARGIN or behind >= SURE_MARGIN:
        return Reading()
    return Reading(str(best), clear=enough and top == best and lead >= CLEAR_MARGIN)


def detect_language(text: str, languages: Sequence[str]) -> str | None:
    """Return the language of a text when it is sure, else None."""
    return read_language(text, languages).language


def choose_language(text: str, languages: Sequence[str], current: str) -> str:
    """Return the language to answer a single text in: its own when sure, else `current`."""
    return detect_language(text, languages) or current


def _prose(text: str) -> str:
    """Return a text's words that carry language, each once: said again it tells nothing more."""
    words = _PLACEHOLDER.sub(" ", text).split()
    prose = [word for word in words if len(word) <= _LONGEST_WORD and not _NO_PROSE.search(word)]
    once = {word.lower(): word for word in reversed(prose)}
    return " ".join(once[word] for word in dict.fromkeys(map(str.lower, prose)))


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)
