"""The training process: `python -m bot.engine.train_child PROJECT_DIR MODEL_FILE`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import rasa.model_training
from rasa.shared.exceptions import RasaException


def train(project_dir: Path, target: Path) -> None:
    """Train on a project's data and move the model to `target` in one step."""
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
        Path(result.model).replace(target)


def in_one_line(error: RasaException) -> str:
    """Return what Rasa found wrong, with its file and line, without its web addresses."""
    lines = (line.strip() for line in str(error).splitlines())
    return " ".join(line for line in lines if line and "http" not in line and line != "^")


if __name__ == "__main__":
    try:
        train(Path(sys.argv[1]), Path(sys.argv[2]))
    except RasaException as error:
        raise SystemExit(in_one_line(error)) from None
