"""The language of one message, when it is sure."""

from __future__ import annotations

import pytest

import bot.engine  # noqa: F401  # makes Rasa importable
from bot.nlu.language import choose_language, detect_language

LANGUAGES = ("en", "nl")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("how do I put this on my site", "en"),
        ("hoe zet ik dit op mijn website", "nl"),
        ("ik wil graag een medewerker spreken", "nl"),
        ("ok", None),
        ("", None),
    ],
)
def test_language_is_told_when_it_is_sure(text: str, language: str | None) -> None:
    assert detect_language(text, LANGUAGES) == language
    assert choose_language(text, LANGUAGES, "nl") == (language or "nl")
