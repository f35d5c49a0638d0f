"""Reads files of a source folder: never outside it, never more than fits an article."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from bot.knowledge.importing.items import SourceUnusable, Unusable

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LARGEST_TEXT, LARGEST_PAGE, LARGEST_DATA = 2_000_000, 5_000_000, 200_000_000


def storable(text: str) -> str:
    """Return a text without the characters that no file of text holds."""
    return _NO_TEXT.sub("", text)


def files_of(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """Return the files with these endings below a folder, by name; hidden ones are passed over."""
    if not folder.is_dir():
        raise SourceUnusable(f"there is no folder {folder}", field="source")
    return sorted(_walk(folder, endings))


def _walk(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):  # does not follow links to folders
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.lower().endswith(endings) and not name.startswith("."):
                yield Path(place, name)


def key_of(folder: Path, path: Path) -> str:
    """Return a file's path below the folder, without what no text can hold."""
    return path.relative_to(folder).as_posix().encode("utf-8", "replace").decode("utf-8")


def read_inside(folder: Path, path: Path, largest: int) -> bytes:
    """Return a file's bytes. Raises `Unusable` if it lies elsewhere, is huge, binary or empty."""
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Unusable("it links to a file outside the folder; put the file itself there")
        if path.stat().st_size > largest:
            size = largest // 1_000_000
            raise Unusable(f"it is larger than {size} MB; divide it, or leave it out")
        raw = path.read_bytes()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise Unusable(f"it cannot be read: {getattr(error, 'strerror', error)}") from error
    return checked(raw)


def checked(raw: bytes) -> bytes:
    if b"\x00" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unusable("it is a binary file and no text; take it out of the source")
    if not raw.strip():
        raise Unusable("it is empty; write something there, or delete it")
    return raw


def read_data(path: Path) -> bytes:
    """Return a whole export. Raises `SourceUnusable`."""
    try:
        if path.stat().st_size > LARGEST_DATA:
            size = LARGEST_DATA // 1_000_000
            raise SourceUnusable(f"{path.name} is larger than {size} MB; divide it", field="source")
        return path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise SourceUnusable(message, field="source") from error
