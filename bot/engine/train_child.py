"""The training process: trains, scores on the golden set, puts the model in place or refuses it.

`python -m bot.engine.train_child PROJECT_DIR MODEL_FILE --languages en,nl [--accept]`. It ends with
0 in both cases; the records in the model folder (`model_store`) say which it was. It ends with
`FORESEEN` and one line when the data is wrong, and with a traceback when the program is.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import rasa.model_training
from rasa.engine.exceptions import GraphComponentException
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.config_check import check_components
from bot.engine.examples import in_one_line
from bot.engine.golden import read_golden
from bot.engine.model_store import ModelStore
from bot.engine.release import Gate
from bot.engine.tensorflow_absent import TensorFlowAbsent
from bot.engine.training import FORESEEN
from bot.errors import AskfirstError
from bot.opening import need_names

# How Rasa names the step of a component in the graph that it trains.
NODE = re.compile(r"node (?:train_|run_|provide_)?(\w+?)\d*\.$")


def train(project_dir: Path, target: Path, *, languages: Sequence[str], accept: bool) -> None:
    """Train on a project's data and let the gate decide about the model."""
    golden = read_golden(project_dir, languages)
    check_components(project_dir / "config.yml")
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
        gate = Gate(ModelStore(target.parent), need_names(project_dir), golden, accept)
        gate.decide(Path(result.model), target)


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
    parser.add_argument("--languages", required=True)
    parser.add_argument("--accept", action="store_true")
    given = parser.parse_args()
    train_from_scratch()
    try:
        train(
            given.project_dir,
            given.target,
            languages=given.languages.split(","),
            accept=given.accept,
        )
    except RasaException as error:
        end_with(in_one_line(error))
    except AskfirstError as error:
        end_with(error.message)
    except GraphComponentException as error:
        end_with(_told_by_component(error))


def _told_by_component(error: GraphComponentException) -> str:
    """Return what a component says is wrong, with its name; raise what nobody foresaw again."""
    cause = error.__cause__
    if not isinstance(cause, (AskfirstError, RasaException, TensorFlowAbsent)):
        raise error
    node = NODE.search(str(error))
    return f"config.yml: {node[1] if node else error}: {in_one_line(cause)}"


def end_with(problem: str) -> NoReturn:
    sys.stderr.write(f"{problem}\n")
    sys.exit(FORESEEN)


if __name__ == "__main__":
    main()
