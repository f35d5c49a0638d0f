"""Trains when the data changed, in a child process, and says which model is to answer.

A model file is named after everything it was made from; the file that fits is the one to load,
unless the release gate (`release`) refused it: then the last accepted one goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bot.engine.golden import Golden, read_golden
from bot.engine.model_store import ENDING, ModelStore, Record
from bot.engine.project_check import check_project
from bot.engine.yaml_file import yaml_files
from bot.entity_words import load_entity_words, products_file
from bot.errors import ModelUnavailable
from bot.settings import Settings

logger = logging.getLogger(__name__)

FORESEEN = 2  # how the training process ends when its last lines say what is wrong


@dataclass(frozen=True)
class Trained:
    """The model that answers, whether it is the one for the present data, and how that did."""

    path: Path
    refused: bool
    record: Record | None


def model_sources(project_dir: Path, products: Path | None = None) -> Iterator[Path]:
    """Yield every file that shapes a model: configuration, domain, data and our components."""
    yield project_dir / "config.yml"
    yield project_dir / "domain.yml"
    yield from yaml_files(project_dir / "data")
    listed = products_file(project_dir, products)
    yield from [listed] if listed else []
    yield from sorted((Path(__file__).parent.parent / "nlu").rglob("*.py"))
    yield Path(__file__).parent.parent / "entity_words.py"  # the model holds what it reads


def fingerprint(settings: Settings) -> str:
    """Return a digest of all that a model is made from, languages and Rasa's version included."""
    digest = hashlib.sha256(version("rasa").encode() + b"\0" + _languages(settings).encode())
    for path in model_sources(settings.project_dir, settings.products):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelUnavailable(f"{path.name} cannot be read: {error.strerror}") from error
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def model_path(settings: Settings) -> Path:
    """Return where the model for the present data is, or will be."""
    return _store(settings).folder / f"{fingerprint(settings)}{ENDING}"


def in_use_file(settings: Settings) -> Path:
    """Return the file that changes when another model is put in place, by whatever process."""
    return _store(settings).pointer


async def ensure_model(settings: Settings, *, force: bool = False, accept: bool = False) -> Path:
    """Return the model to load, trained in a child process if there is none for the data.

    That is the model for the present data or, when it was refused, the last accepted one; the
    log then says why. `accept` takes it all the same. Raises `ModelUnavailable` with the last
    lines of the training output when that fails, `BadInput` for data or a golden set that cannot
    be used; the model in use, if any, stays.
    """
    path = model_path(settings)
    if path.exists() and not force:
        _store(settings).use(path)
        return path
    trained = await train_model(settings, force=force, accept=accept)
    if trained.refused and trained.record:
        logger.warning(
            "the model for the present data is not switched in, %s goes on answering"
            " (`askfirst train --accept` takes the new one): %s",
            trained.path.name,
            "; ".join(trained.record.reasons),
        )
    return trained.path


async def train_model(settings: Settings, *, force: bool = False, accept: bool = False) -> Trained:
    """Do what `ensure_model` does, and return also how the model for the present data did.

    Data and golden set are checked also when there is such a model already.
    """
    store, path = _store(settings), model_path(settings)
    await asyncio.to_thread(check_project, settings.project_dir, settings.languages)
    golden = read_golden(settings.project_dir, settings.languages)
    if path.exists() and not force:
        store.use(path)
        return Trained(path, False, store.record(path))
    if not force and not accept and (standing := _standing(store, path, golden)):
        return standing
    path.parent.mkdir(parents=True, exist_ok=True)
    logger.info("training a model for the present data")
    await _train(settings, path, accept=accept)
    store.prune()
    trained = _standing(store, path, golden) or Trained(path, False, store.record(path))
    for note in trained.record.notes if trained.record else ():
        logger.info("%s", note)
    return trained


def _store(settings: Settings) -> ModelStore:
    return ModelStore(settings.data_dir / "models")


def _standing(store: ModelStore, path: Path, golden: Golden | None) -> Trained | None:
    """Return the refusal of this model, if set and compared model are still those of today."""
    refusal, in_use = store.refusal(path), store.in_use()
    if refusal is None or in_use is None or golden is None:
        return None
    stands = refusal.golden == golden.digest and refusal.against == in_use.name
    return Trained(in_use, True, refusal) if stands else None


async def _train(settings: Settings, path: Path, *, accept: bool) -> None:
    load_entity_words(settings.project_dir, settings.products)  # here its error is still whole
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.engine.train_child", str(settings.project_dir), str(path),
        "--languages", _languages(settings), *(["--accept"] if accept else []),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **_own_settings(settings), "PYTHONPATH": _python_path()},
    )  # fmt: skip
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        told = output.decode(errors="replace").strip()
        if process.returncode != FORESEEN:
            logger.error("the training process failed:\n%s", told)
        tail = " | ".join(told.splitlines()[-3:])
        raise ModelUnavailable(f"Training failed, the model in use stays: {tail}")


def _own_settings(settings: Settings) -> dict[str, str]:
    """Return what the child reads from its environment, also when it came from an option."""
    own = {
        "RASA_TELEMETRY_ENABLED": "false",
        "ASKFIRST_PROJECT_DIR": str(settings.project_dir),
        "ASKFIRST_LANGUAGES": _languages(settings),
    }
    return {**own, "ASKFIRST_PRODUCTS": str(settings.products)} if settings.products else own


def _languages(settings: Settings) -> str:
    return ",".join(settings.languages)


def _python_path() -> str:
    root = str(Path(__file__).resolve().parent.parent.parent)
    return os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
