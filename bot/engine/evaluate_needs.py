"""Measures the trained assistant, as it is served, on labelled messages without dialogue."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.metrics import precision_recall_fscore_support

from bot.engine.agent import Engine
from bot.engine.routing import settle
from bot.engine.training import ensure_model
from bot.errors import BadInput
from bot.settings import Settings


@dataclass(frozen=True)
class Labelled:
    text: str
    label: str
    language: str


async def evaluate_needs(settings: Settings, test: Path) -> dict[str, Any]:
    """Return macro F1 and accuracy a language, a row a need, and the confusions.

    `test` is a CSV `text,label[,language]`; without the third column the language is the
    first of the settings. Raises `BadInput` naming the line that cannot be read.
    """
    rows = read_labelled(test, settings.languages[0])
    engine = Engine(settings.organisation)
    engine.load(await ensure_model(settings))
    found = [
        settle(await engine.understand(row.text), text=row.text, pending=None).need for row in rows
    ]
    languages = {
        language: _scores([row for row in rows if row.language == language], rows, found)
        for language in sorted({row.language for row in rows})
    }
    confusions = Counter(
        (row.label, need) for row, need in zip(rows, found, strict=True) if row.label != need
    )
    return {
        "rows": len(rows),
        "languages": languages,
        "confusions": [
            {"label": label, "found": need, "count": count}
            for (label, need), count in confusions.most_common(20)
        ],
    }


def read_labelled(test: Path, language: str) -> list[Labelled]:
    """Read the CSV; raise `BadInput` with the line of a row without text or label."""
    with test.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if not {"text", "label"} <= set(reader.fieldnames or ()):
            raise BadInput(f"{test}:1: the header must name text and label", field="test")
        rows = []
        for row in reader:
            if not row.get("text") or not row.get("label"):
                raise BadInput(f"{test}:{reader.line_num}: text or label is missing", field="test")
            rows.append(Labelled(row["text"], row["label"], row.get("language") or language))
    if not rows:
        raise BadInput(f"{test}: there is no row in this file", field="test")
    return rows


def _scores(chosen: list[Labelled], rows: list[Labelled], found: list[str]) -> dict[str, Any]:
    pairs = [
        (row.label, need)
        for row, need in zip(rows, found, strict=True)
        if row.language == chosen[0].language
    ]
    labels = sorted({label for label, _ in pairs})
    precision, recall, f1, support = precision_recall_fscore_support(
        [label for label, _ in pairs], [need for _, need in pairs], labels=labels, zero_division=0.0
    )
    return {
        "macro_f1": float(f1.mean()),
        "accuracy": sum(label == need for label, need in pairs) / len(pairs),
        "needs": {
            label: {
                "precision": round(float(precision[i]), 4),
                "recall": round(float(recall[i]), 4),
                "f1": round(float(f1[i]), 4),
                "support": int(support[i]),
            }
            for i, label in enumerate(labels)
        },
    }
