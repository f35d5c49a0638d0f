"""Keeps what parsing found between starts: one JSON file, replaced as a whole."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

from bot.knowledge.articles import Heading, Outline, Slice

logger = logging.getLogger(__name__)

VERSION = 1  # to be raised when `outline_of` would give other slices or anchors


class OutlineCache:
    """Outlines by the hash of their body; without a folder it remembers nothing.

    A cache that cannot be read or written costs time, never an article.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "outlines.json" if folder else None
        self._old: dict[str, Any] = self._load()
        self._new: dict[str, Any] = {}
        self._parsed = False

    def get(self, key: str) -> Outline | None:
        stored = self._old.get(key)
        if stored is None:
            return None
        self._new[key] = stored
        return _from_json(stored)

    def put(self, key: str, outline: Outline) -> Outline:
        if self._path:
            self._new[key] = _to_json(outline)
            self._parsed = True
        return outline

    def save(self) -> None:
        """Write what was used this time, if it differs from what is stored."""
        if self._path is None or (not self._parsed and len(self._new) == len(self._old)):
            return
        content = json.dumps({"version": VERSION, "outlines": self._new}, separators=(",", ":"))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".outlines-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
            Path(name).replace(self._path)
        except OSError as error:
            logger.warning("the outline cache was not written: %s", error.strerror)

    def _load(self) -> dict[str, Any]:
        try:
            if self._path is None or not self._path.exists():
                return {}
            content = json.loads(self._path.read_bytes())
            stored = content["outlines"] if content["version"] == VERSION else {}
            return stored if isinstance(stored, dict) else {}
        except (OSError, ValueError, KeyError, TypeError):
            logger.warning("the outline cache could not be read and was left aside")
            return {}


def _to_json(outline: Outline) -> list[Any]:
    headings = [[one.level, one.text, one.anchor, one.start] for one in outline.headings]
    slices = [
        [one.start, one.end, one.quote_start, one.quote_end, one.heading] for one in outline.slices
    ]
    return [outline.top, headings, slices, dict(outline.aliases)]


def _from_json(stored: list[Any]) -> Outline:
    top, headings, slices, aliases = stored
    return Outline(
        top, tuple(Heading(*one) for one in headings), tuple(Slice(*one) for one in slices), aliases
    )
