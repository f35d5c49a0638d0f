"""A project of three needs, in English: it trains in seconds, with the shipped pipeline."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.settings import PROJECT_DIR

EXAMPLES: Mapping[str, Sequence[str]] = {
    "find_price": (
        "what does a ticket cost",
        "how much is a year pass",
        "price of one lesson please",
        "what do you charge for delivery",
        "is there a discount for students",
        "how much do I pay for two rooms",
        "cost of renting a bike for a day",
        "what are your rates",
        "tell me the price of the small box",
        "how expensive is the large one",
    ),
    "greet": (
        "hello",
        "hi there",
        "good morning",
        "hey, anyone around",
        "good evening to you",
        "hiya",
        "greetings",
        "hello, nice to meet you",
        "hi, I have a question",
        "good afternoon",
    ),
    "out_of_scope": (
        "tell me a joke",
        "who won the cup in 1998",
        "write a poem about rain",
        "what is the capital of Peru",
        "sing me a song",
        "will it rain tomorrow",
        "solve this equation for me",
        "who painted the night watch",
        "which team plays tonight",
        "translate cat into French",
    ),
}
GOLDEN_ROWS = (
    ("how much does an adult ticket cost", "find_price", "yes"),
    ("what is the price of a big box", "find_price", ""),
    ("rates for one week please", "find_price", ""),
    ("how much for a student pass", "find_price", ""),
    ("hello there", "greet", ""),
    ("hi good morning", "greet", ""),
    ("good evening, anyone there", "greet", ""),
    ("tell me a funny joke", "out_of_scope", ""),
    ("what is the capital of France", "out_of_scope", ""),
)
DOMAIN: Mapping[str, Any] = {
    "version": "3.1",
    "intents": ["find_price", "greet", "out_of_scope", "nlu_fallback"],
    "actions": ["action_answer", "action_default_fallback"],
    "responses": {"utter_greet": [{"text": "Hello."}]},
}


def small_project(folder: Path) -> Path:
    """Make the project in a folder, with a golden set, and return where it is."""
    project = folder / "project"
    (project / "data" / "nlu").mkdir(parents=True)
    (project / "golden").mkdir()
    shutil.copy(PROJECT_DIR / "config.yml", project / "config.yml")
    (project / "domain.yml").write_text(yaml.safe_dump(dict(DOMAIN)))
    rule = {"rule": "greet", "steps": [{"intent": "greet"}, {"action": "utter_greet"}]}
    rules = {"version": "3.1", "rules": [rule]}
    (project / "data" / "rules.yml").write_text(yaml.safe_dump(rules))
    write_examples(project, EXAMPLES)
    write_golden(project, GOLDEN_ROWS)
    return project


def write_examples(project: Path, examples: Mapping[str, Sequence[str]]) -> None:
    blocks = [
        {"intent": need, "examples": "".join(f"- {text}\n" for text in texts)}
        for need, texts in examples.items()
    ]
    content = yaml.safe_dump({"version": "3.1", "nlu": blocks})
    (project / "data" / "nlu" / "en.yml").write_text(content)


def write_golden(project: Path, rows: Sequence[tuple[str, str, str]]) -> None:
    with (project / "golden" / "needs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label", "must"), *rows])
