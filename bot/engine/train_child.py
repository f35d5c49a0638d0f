"""The training process: `python -m bot.engine.train_child PROJECT_DIR MODEL_FILE`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import rasa.model_training


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


if __name__ == "__main__":
    train(Path(sys.argv[1]), Path(sys.argv[2]))
