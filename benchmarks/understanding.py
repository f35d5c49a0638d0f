"""Understanding alone: `python -m benchmarks.understanding`.

Loads the shipped model as a worker does, on one core, and asks it every golden message of up to
20 words once: time a message, memory, and how many needs are told right, there and in
`golden/unseen.csv`, by which nothing was chosen. Then trains on the English examples alone and
asks the Dutch messages: what the multilingual encoder knows by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import yaml

from bot.engine.agent import Engine
from bot.engine.pipeline import Pipeline
from bot.engine.scores import scores_of
from bot.engine.training import ensure_model
from bot.settings import PROJECT_DIR, load_settings

MOST_WORDS = 20
MOST_MEDIAN_MS, MOST_P95_MS, MOST_MEGABYTES = 6.0, 12.0, 480

Row = dict[str, str]


def golden(name: str = "needs") -> list[Row]:
    with (PROJECT_DIR / "golden" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def ask(engine: Engine, rows: Sequence[Row]) -> tuple[list[str], list[float]]:
    """Return the need of each message and the milliseconds it took, for the short ones."""
    needs, milliseconds = [], []
    for row in rows:
        began = time.perf_counter()
        understood = await engine.understand(row["text"])
        if len(row["text"].split()) <= MOST_WORDS:
            milliseconds.append((time.perf_counter() - began) * 1000)
        needs.append(understood.need)
    return needs, milliseconds


def by_language(rows: Sequence[Row], needs: Sequence[str]) -> dict[str, float]:
    found = {}
    for language in sorted({row["language"] for row in rows}):
        pairs = [
            (row["label"], need)
            for row, need in zip(rows, needs, strict=True)
            if row["language"] == language
        ]
        found[language] = round(float(scores_of(pairs)["macro_f1"]), 4)
    return found


def english_only(rows: Sequence[Row]) -> float:
    """Return the Dutch macro F1 of a pipeline that has seen English examples only."""
    data = yaml.safe_load((PROJECT_DIR / "data" / "nlu" / "en.yml").read_text("utf-8"))["nlu"]
    examples = [
        (line.strip()[2:], block["intent"])
        for block in data
        for line in block["examples"].splitlines()
        if line.strip().startswith("- ")
    ]
    dutch = [row for row in rows if row["language"] == "nl"]
    with tempfile.TemporaryDirectory() as folder:
        pipeline = Pipeline.train(PROJECT_DIR / "config.yml", examples, folder=Path(folder))
        needs = [found.need for found in pipeline.understand([row["text"] for row in dutch])]
    return by_language(dutch, needs)["nl"]


def megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def run(data_dir: Path) -> dict[str, Any]:
    began = time.perf_counter()
    model = asyncio.run(ensure_model(load_settings(data_dir=data_dir)))
    trained = time.perf_counter() - began
    os.sched_setaffinity(0, {0})
    engine = Engine("Example Ltd")
    engine.load(model)
    rows = golden()
    asyncio.run(ask(engine, [{"text": f"warm up {number}"} for number in range(20)]))
    needs, milliseconds = asyncio.run(ask(engine, rows))
    memory = megabytes()
    unseen = golden("unseen")
    told, _ = asyncio.run(ask(engine, unseen))
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    return {
        "train_seconds": round(trained, 1),
        "ms_median": round(median(milliseconds), 2),
        "ms_p95": round(quantiles(milliseconds, n=20)[-1], 2),
        "messages": len(milliseconds),
        "worker_megabytes": memory,
        "macro_f1": by_language(rows, needs),
        "macro_f1_unseen": by_language(unseen, told),
        "macro_f1_nl_trained_in_english_only": english_only(rows),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="keep the model there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(arguments.data_dir or Path(folder))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
