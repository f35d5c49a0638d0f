"""Does what a plan says: one whole file at a time, so that a cut-off import can be run again."""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.knowledge.importing.items import LEFT_OUT, Plan, Step, Target, Track, no_track

_TEMPORARY = ".askfirst-import-"


def write_plan(plan: Plan, target: Target, track: Track[Any] = no_track) -> Plan:
    """Write what a plan says; what cannot be written is `left out` in the plan returned."""
    _sweep(target.folder)
    done = []
    for step in track(plan.steps, "Writing"):
        if step.text is not None:
            try:
                _write(target.folder, step.file, step.text)
            except OSError as error:
                reason = f"{step.file} cannot be written: {error.strerror}; put that right"
                done.append(Step(LEFT_OUT, step.item, step.file, reason))
                continue
        done.append(step)
    return replace(plan, steps=tuple(done))


def _sweep(folder: Path) -> None:
    """Remove what an import that was cut off left half written."""
    for path in folder.rglob(f"{_TEMPORARY}*") if folder.is_dir() else ():
        path.unlink(missing_ok=True)


def _write(folder: Path, file: str, text: str) -> None:
    """Replace a file as a whole. Raises `OSError`, also when a link would lead elsewhere."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.parent.resolve().is_relative_to(folder.resolve()) or path.is_symlink():
        raise OSError(errno.EPERM, "it is a link to another place")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as temporary:
            temporary.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
