"""What is found in a message: entities by spaCy's matcher, the language, and the tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot.engine  # noqa: F401  # makes Rasa importable
from bot.nlu.language import choose_language, detect_language
from bot.nlu.linear_head import LinearHead
from bot.nlu.matcher import HelpMatcher

LANGUAGES = ("en", "nl")


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("mail me at robin@example.org please", "email", "robin@example.org"),
        ("where is my order number 48213?", "order_number", "48213"),
        ("order #AB-48213 is late", "order_number", "AB-48213"),
        ("waar blijft bestelling 2026-0012", "order_number", "2026-0012"),
        ("call +31 20 123 4567 tomorrow", "phone", "+31 20 123 4567"),
        ("bel 0201234567", "phone", "0201234567"),
    ],
)
def test_entity_is_found(text: str, entity: str, value: str) -> None:
    found = {item["entity"]: item for item in HelpMatcher().find(text)}
    assert entity in found
    assert found[entity]["value"] == value
    assert value in text[found[entity]["start"] : found[entity]["end"]]


@pytest.mark.parametrize("text", ["I ordered two", "open from 9 to 17", "my booking is wrong"])
def test_ordinary_text_has_no_entity(text: str) -> None:
    assert HelpMatcher().find(text) == []


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


def test_head_answers_the_same_after_saving_and_loading(tmp_path: Path) -> None:
    texts = ["send it back", "want my money back", "hello there", "good morning"] * 3
    labels = ["refund", "refund", "greet", "greet"] * 3
    head = LinearHead.fit(texts, labels, inverse_penalty=20.0)
    head.save(tmp_path)
    again = LinearHead.load(tmp_path)
    asked = ["money back please", "good day"]
    assert again.labels == head.labels
    assert (again.probabilities(asked) == head.probabilities(asked)).all()
    best = [again.labels[row.argmax()] for row in again.probabilities(asked)]
    assert best == ["refund", "greet"]
