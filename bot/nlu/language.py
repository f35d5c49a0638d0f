"""Which of our languages a text is in; short texts say little, so the answer may be none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Log-probability margin from which a detection counts; below it the conversation's language stays.
SURE_MARGIN = 6.0


@lru_cache(maxsize=8)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(languages))
    return identifier


def detect_language(text: str, languages: Sequence[str]) -> str | None:
    """Return the language of a text when it is sure, else None."""
    if len(languages) < 2 or len(text.split()) < 2:
        return None
    ranking = _identifier(tuple(languages)).rank(text)
    (best, first), (_, second) = ranking[0], ranking[1]
    return str(best) if first - second >= SURE_MARGIN else None


def choose_language(text: str, languages: Sequence[str], current: str) -> str:
    """Return the language to answer in: the text's when sure, else the conversation's."""
    return detect_language(text, languages) or current
