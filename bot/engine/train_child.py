"""The training process: trains, scores on the golden set, puts the model in place or refuses it.

`python -m bot.engine.train_child PROJECT_DIR MODEL_FILE --language en [--accept]`. It ends with
0 in both cases; the records in the model folder (`model_store`) say which it was. It ends with
`FORESEEN` and one line when the data is wrong, and with a traceback when the program is.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import rasa.model_training
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.examples import in_one_line
from bot.engine.golden import read_golden
from bot.engine.model_store import ModelStore
from bot.engine.release import Gate
from bot.engine.training import FORESEEN
from bot.errors import AskfirstError


def train(project_dir: Path, target: Path, *, language: str, accept: bool) -> None:
    """Train on a project's data and let the gate decide about the model."""
    golden = read_golden(project_dir, language)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".training-") as folder:
        result = rasa.model_training.train(
            domain=str(project_dir / "domain.yml"),
            config=str(project_dir / "config.yml"),
            training_files=[str(project_dir / "data")],
            output=folder,
            force_training=True,
            fixed_model_name="model",
        )
        if not result.model:
            raise SystemExit(f"training ended with code {result.code}")
        Gate(ModelStore(target.parent), golden, accept).decide(Path(result.model), target)


def train_from_scratch() -> None:
    """Keep Rasa from digesting every example over and over, which takes longer than learning.

    It does so with its vectors after each component, for the keys of a cache that a training
    from scratch never reads; and whenever it merges examples, to find those given twice.
    """
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    TrainingData.fingerprint = lambda self: uuid4().hex
    Message.__hash__ = lambda self: hash(repr(self.data))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("project_dir", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--language", required=True)
    parser.add_argument("--accept", action="store_true")
    given = parser.parse_args()
    train_from_scratch()
    try:
        train(given.project_dir, given.target, language=given.language, accept=given.accept)
    except RasaException as error:
        end_with(in_one_line(error))
    except AskfirstError as error:
        end_with(error.message)


def end_with(problem: str) -> NoReturn:
    sys.stderr.write(f"{problem}\n")
    sys.exit(FORESEEN)


if __name__ == "__main__":
    main()
