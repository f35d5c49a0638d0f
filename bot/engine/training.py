"""Trains when the data changed, in a child process, and puts the model in place in one step.

A model file is named after everything it was made from; the file that fits is the one to load.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from bot.errors import ModelUnavailable
from bot.settings import Settings

logger = logging.getLogger(__name__)

KEPT_MODELS = 3


def model_sources(project_dir: Path) -> Iterator[Path]:
    """Yield every file that shapes a model: configuration, domain, data and our components."""
    yield project_dir / "config.yml"
    yield project_dir / "domain.yml"
    yield from sorted((project_dir / "data").rglob("*.yml"))
    yield from sorted((Path(__file__).parent.parent / "nlu").glob("*.py"))


def fingerprint(project_dir: Path) -> str:
    """Return a digest of all that a model is made from, Rasa's version included."""
    digest = hashlib.sha256(version("rasa").encode())
    for path in model_sources(project_dir):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelUnavailable(f"{path.name} cannot be read: {error.strerror}") from error
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def model_path(settings: Settings) -> Path:
    """Return where the model for the present data is, or will be."""
    return settings.data_dir / "models" / f"{fingerprint(settings.project_dir)}.tar.gz"


async def ensure_model(settings: Settings, *, force: bool = False) -> Path:
    """Return the model for the present data, trained in a child process if it is not there.

    Raises `ModelUnavailable` with the last lines of the training output when it fails; the
    model in use, if any, stays.
    """
    path = model_path(settings)
    if path.exists() and not force:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    logger.info("training a model for the present data")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.engine.train_child", str(settings.project_dir), str(path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": _python_path()},
    )  # fmt: skip
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0 or not path.exists():
        tail = " | ".join(output.decode(errors="replace").strip().splitlines()[-3:])
        raise ModelUnavailable(f"Training failed, the model in use stays: {tail}")
    _prune(path)
    return path


def _python_path() -> str:
    root = str(Path(__file__).resolve().parent.parent.parent)
    return os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])


def _prune(newest: Path) -> None:
    models = sorted(newest.parent.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    for path in models[:-KEPT_MODELS]:
        if path != newest:
            path.unlink(missing_ok=True)
