"""Stock Rasa beside the project's pipeline: `python -m benchmarks.stock_rasa FOLDER`.

The folder holds `train.csv` and `test.csv` with `text,label`; rows labelled `oos` are left out.
Both train on the first 10 examples a label. The likeliest label counts even if it would be
rejected, so stock Rasa goes without its FallbackClassifier. Its `train_seconds` are those of
`rasa train nlu` less those of its imports (`start_seconds`): ours trains in a running process.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.intents import OOS, Row, few, measure
from bot.engine.examples import read_labelled

PYTHON = "python3.10"
NEWEST = (3, 10)
VERSION = "3.6.21"
# Rasa names these up to Python 3.10 only
PINS = ("dask==2022.10.2", "numpy<1.25", "scipy>=1.10,<1.11", "scikit-learn<1.2")
LAST_LINES = 20
START = "import rasa.model_training, rasa.nlu.classifiers.diet_classifier"
WHICH_PYTHON = "import platform; print(platform.python_version())"
WHICH_RASA = "import importlib.metadata as known; print(known.version('rasa'))"
CONFIG = """\
recipe: default.v1
assistant_id: stock
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - {name: CountVectorsFeaturizer, analyzer: char_wb, min_ngram: 1, max_ngram: 4}
"""
ASK = """\
import asyncio, json
from rasa.core.agent import Agent
async def ask(texts):
    agent = Agent.load("models")
    return [(await agent.parse_message(text))["intent"]["name"] for text in texts]
answers = asyncio.run(ask(json.load(open("texts.json"))))
json.dump(answers, open("answers.json", "w"))
"""


def in_scope(path: Path) -> list[Row]:
    return [(row.text, row.label) for row in read_labelled(path, "en") if row.label != OOS]


def printed(python: Path | str, code: str) -> str | None:
    """Return what a Python prints, or None if it is not there or fails."""
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def call(folder: Path, *command: Path | str) -> float:
    """Run in a folder and return the seconds; end with the last lines of what fails."""
    shown = " ".join(map(str, command)).partition("\n")[0]
    print(shown, file=sys.stderr)
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-LAST_LINES:])
        raise SystemExit(f"{last}\nended with {done.returncode}: {shown}")
    return time.perf_counter() - began


def provide(environment: Path, python: str) -> tuple[Path, str]:
    """Return the Python of an environment with stock Rasa, and what to say of it."""
    inside = environment.absolute() / "bin" / "python"
    if not printed(inside, WHICH_PYTHON):
        call(Path.cwd(), python, "-m", "venv", environment)
    version = printed(inside, WHICH_PYTHON) or ""
    newer = tuple(map(int, version.split(".")[:2])) > NEWEST
    if printed(inside, WHICH_RASA) != VERSION:
        pins = ("--ignore-requires-python", *PINS) if newer else ()
        call(environment, inside, "-m", "pip", "install", f"rasa=={VERSION}", *pins)
    return inside, version + " with --ignore-requires-python" * newer


def stock(python: Path, folder: Path, train: list[Row], test: list[Row], epochs: int) -> Any:
    examples = [{"text": text, "intent": label} for text, label in train]
    (folder / "nlu.json").write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}))
    (folder / "config.yml").write_text(f"{CONFIG}  - {{name: DIETClassifier, epochs: {epochs}}}\n")
    (folder / "texts.json").write_text(json.dumps([text for text, _ in test]))
    start = call(folder, python, "-c", START)
    seconds = call(folder, python, "-m", "rasa", "train", "nlu", "--nlu", "nlu.json") - start
    call(folder, python, "-c", ASK)
    answers = json.loads((folder / "answers.json").read_text())
    hits = [answer == label for answer, (_, label) in zip(answers, test, strict=True)]
    found = {"train_seconds": round(seconds, 2), "start_seconds": round(start, 2)}
    return {"accuracy": round(sum(hits) / len(hits), 4), **found}


def ours(folder: Path, train: list[Row], test: list[Row]) -> dict[str, float]:
    with (folder / "test.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *test])
    found = measure(train, folder / "test.csv")
    accuracy = found["in_scope_accuracy_without_rejection"]
    return {"accuracy": accuracy, "train_seconds": found["train_seconds"]}


def run(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    train = few(in_scope(arguments.folder / "train.csv"), None)
    test = in_scope(arguments.folder / "test.csv")
    own = ours(folder, train, test)
    inside, python = provide(arguments.environment or folder / "environment", arguments.python)
    theirs = stock(inside, folder, train, test, arguments.epochs)
    return {
        "stock Rasa": {"python": python, "epochs": arguments.epochs, **theirs},
        "ours": own,
        "rows": {"train": len(train), "test": len(test)},
        "train_seconds_stock_by_ours": round(theirs["train_seconds"] / own["train_seconds"], 1),
        "points_gained": round(100 * (own["accuracy"] - theirs["accuracy"]), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default=PYTHON)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--environment", type=Path, help="keep stock Rasa there, or use what is")
    arguments = parser.parse_args()
    found: dict[str, Any] = {"stock Rasa": f"not run: no {arguments.python} on this machine"}
    kept = arguments.environment and (arguments.environment / "bin" / "python").exists()
    if kept or printed(arguments.python, WHICH_PYTHON):
        with tempfile.TemporaryDirectory() as folder:
            found = run(arguments, Path(folder))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
