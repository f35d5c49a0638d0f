"""The project's pipeline on an intent data set: `python -m benchmarks.intents FOLDER`.

The folder holds `train.csv`, `val.csv` and `test.csv` with `text,label`; the label `oos` is out
of scope. Trains on all of it, as it comes and with the line drawn where 5 % of the in-scope
messages of `val.csv` are rejected; and on 10 examples an intent: the first ten, and ten drawn
at random five times, because the first ten of a file can be more alike than ten of an owner's.
Stock Rasa beside it: `benchmarks.stock_rasa`.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, pstdev, quantiles
from typing import Any

import bot.engine  # noqa: F401  # makes Rasa importable
from bot.engine.evaluate_intents import evaluate_intents
from bot.engine.pipeline import OUT_OF_SCOPE, Pipeline
from bot.settings import PROJECT_DIR

CONFIG = PROJECT_DIR / "config.yml"
OOS = "oos"
FEW = 10
DRAWS = 5
REJECTED = 0.05

Row = tuple[str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def few(rows: Sequence[Row], seed: int | None) -> list[Row]:
    """Return ten in-scope rows a label: the first, or by chance."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[1]].append(row)
    groups.pop(OOS, None)
    if seed is None:
        return [row for group in groups.values() for row in group[:FEW]]
    chance = random.Random(seed)
    return [row for group in groups.values() for row in chance.sample(group, min(FEW, len(group)))]


def measure(rows: Sequence[Row], test: Path) -> dict[str, Any]:
    """Train on rows, ask a file, and return the figures `evaluate intents` prints."""
    with tempfile.TemporaryDirectory() as folder:
        train = Path(folder) / "train.csv"
        with train.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([("text", "label"), *rows])
        return evaluate_intents(CONFIG, train, test)


def with_line_from(rows: Sequence[Row], val: Sequence[Row], test: Sequence[Row]) -> dict[str, Any]:
    """Reject what is less known than 5 % of the in-scope validation messages."""
    inward = [(text, OUT_OF_SCOPE if label == OOS else label) for text, label in rows]
    with tempfile.TemporaryDirectory() as folder:
        pipeline = Pipeline.train(CONFIG, inward, folder=Path(folder))
        chosen = pipeline.understand([text for text, label in val if label != OOS])
        found = pipeline.understand([text for text, _ in test])
    line = quantiles([one.known for one in chosen], n=round(1 / REJECTED))[0]
    kept = [one.known >= line for one in found]
    asked = list(zip(found, kept, (label for _, label in test), strict=True))
    return {
        "in_scope_accuracy": share(
            [known and one.best == label for one, known, label in asked if label != OOS]
        ),
        "out_of_scope_recall": share([not known for _, known, label in asked if label == OOS]),
    }


def share(hits: Sequence[bool]) -> float:
    return round(sum(hits) / len(hits), 4)


def run(folder: Path, draws: int) -> dict[str, Any]:
    rows = read(folder / "train.csv")
    test = folder / "test.csv"
    drawn = [measure(few(rows, seed), test) for seed in range(draws)]
    plain = "in_scope_accuracy_without_rejection"
    return {
        "whole, test": measure(rows, test),
        "whole, test, 5 % of val rejected": with_line_from(
            rows, read(folder / "val.csv"), read(test)
        ),
        "first 10, test": measure(few(rows, None), test),
        f"10 by chance, test, {draws} times": {
            plain: round(mean(found[plain] for found in drawn), 4),
            "standard_deviation": round(pstdev(found[plain] for found in drawn), 4),
            "train_seconds": round(mean(found["train_seconds"] for found in drawn), 1),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=DRAWS)
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.folder, arguments.draws), indent=2))


if __name__ == "__main__":
    main()
