"""The folder of trained models: which one answers, how each scored, and which were refused.

Beside a model `NAME.tar.gz` stands its record `NAME.json`. Of a refused one only the record is
kept, in `refused/`; so no start can pick it up. `in_use` names the model that answers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KEPT_MODELS = 3
ENDING = ".tar.gz"


@dataclass(frozen=True)
class Record:
    """How a model did on the golden set.

    `golden` is the digest of that set ("" without one), `found` the need found for each of its
    rows, `languages` the scores. `reasons` say why it was refused, or what was accepted all the
    same; `notes` what else an operator should hear; `against` which model it was compared with.
    """

    golden: str = ""
    found: tuple[str, ...] = ()
    languages: dict[str, Any] | None = None
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    against: str | None = None


class ModelStore:
    """The models of one data directory. Every change is one step: a reader sees old or new."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pointer = folder / "in_use"

    def in_use(self) -> Path | None:
        """Return the model that answers: the one put in place last; None before the first."""
        try:
            named = self.folder / self.pointer.read_text("utf-8").strip()
        except OSError:
            named = self.folder
        if named.is_file():
            return named
        models = self._by_age()
        return models[-1] if models else None

    def use(self, model: Path) -> None:
        """Note that this model answers from now on."""
        if not self.pointer.exists() or self.in_use() != model:
            _write(self.pointer, model.name)

    def record(self, model: Path) -> Record | None:
        """Return how a model of this folder did; None if nobody wrote that down."""
        return _read(self.folder / _name(model))

    def refusal(self, model: Path) -> Record | None:
        """Return why the model that would be this file was refused; None if it was not."""
        return _read(self.folder / "refused" / _name(model))

    def place(self, candidate: Path, target: Path, record: Record) -> None:
        """Put a trained model in place. What was refused before was measured against another."""
        self._write_record(self.folder / _name(target), record)
        candidate.replace(target)
        self.use(target)
        for path in (self.folder / "refused").glob("*.json"):
            path.unlink(missing_ok=True)

    def refuse(self, target: Path, record: Record) -> None:
        """Keep why a model was refused; the model itself is not kept."""
        (self.folder / "refused").mkdir(exist_ok=True)
        self._write_record(self.folder / "refused" / _name(target), record)

    def prune(self) -> None:
        """Delete all but the newest models and the one in use."""
        in_use = self.in_use()
        for path in self._by_age()[:-KEPT_MODELS]:
            if path != in_use:
                path.unlink(missing_ok=True)
                (self.folder / _name(path)).unlink(missing_ok=True)

    def _by_age(self) -> list[Path]:
        found = self.folder.glob(f"*{ENDING}")
        return sorted(found, key=lambda path: path.stat().st_mtime)

    def _write_record(self, path: Path, record: Record) -> None:
        _write(path, json.dumps(asdict(record), ensure_ascii=False))


def _name(model: Path) -> str:
    return f"{model.name.removesuffix(ENDING)}.json"


def _write(path: Path, content: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(content, "utf-8")
    fresh.replace(path)


def _read(path: Path) -> Record | None:
    """Read a record; one that is broken or of another version is as good as none."""
    try:
        content = json.loads(path.read_text("utf-8"))
        tuples = {name: tuple(content[name]) for name in ("found", "reasons", "notes")}
        return Record(**{**content, **tuples})
    except (OSError, ValueError, KeyError, TypeError):
        return None
