"""Measures the trained assistant, as it is served, on labelled messages without dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.engine.agent import Engine
from bot.engine.examples import read_labelled
from bot.engine.golden import check_labels
from bot.engine.labelled import Labelled
from bot.engine.routing import settle
from bot.engine.scores import confusions_of, scores_of
from bot.engine.training import ensure_model
from bot.opening import need_names
from bot.settings import Settings

MOST_CONFUSIONS = 20
BATCH = 64


async def evaluate_needs(settings: Settings, test: Path) -> dict[str, Any]:
    """Return macro F1 and accuracy a language, a row a need, and the confusions.

    `test` is a CSV `text,label[,language]`; without the third column the language is the
    first of the settings. Raises `BadInput` naming the line that cannot be read, or whose
    label is no need.
    """
    rows = read_labelled(test, settings.languages[0])
    check_labels(test, rows, need_names(settings.project_dir))
    engine = Engine(settings.organisation)
    engine.load(await ensure_model(settings))
    found = [(await engine.hear(row.text))[0].need for row in rows]
    return needs_report(rows, found)


async def whole_needs(engine: Engine, rows: Sequence[Labelled]) -> list[str]:
    """Return the need of each row taken as a whole, not clause by clause: a fifth of the time."""
    found: list[str] = []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        understood = await engine.understand_all([row.text for row in part])
        found += [
            settle(one, text=row.text, pending=None).need
            for row, one in zip(part, understood, strict=True)
        ]
    return found


def needs_report(rows: Sequence[Labelled], found: Sequence[str]) -> dict[str, Any]:
    """Return the number of rows, the scores a language, and the most frequent confusions."""
    pairs = [(row.label, need) for row, need in zip(rows, found, strict=True)]
    return {
        "rows": len(rows),
        "languages": {
            language: scores_of(
                [pair for row, pair in zip(rows, pairs, strict=True) if row.language == language]
            )
            for language in sorted({row.language for row in rows})
        },
        "confusions": confusions_of(pairs, MOST_CONFUSIONS),
    }
