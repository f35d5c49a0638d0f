"""Labelled messages, and how they are read from CSV `text,label[,language][,must]`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadInput

MARKED = {"yes": True, "must": True, "x": True, "no": False, "": False}


@dataclass(frozen=True)
class Labelled:
    """A message and the need it stands for; `line` is 0 where the file's format hides it."""

    text: str
    label: str
    language: str
    must: bool = False
    line: int = 0


def read_csv(source: Path, language: str) -> list[Labelled]:
    """Read labelled messages; `language` is taken where a row names none.

    Raises `BadInput` with file and line for what cannot be read, and for no row at all.
    """
    reader = csv.DictReader(io.StringIO(_decoded(source), newline=""))
    try:
        if not {"text", "label"} <= set(reader.fieldnames or ()):
            raise _wrong(source, 1, "the header must name text and label")
        rows = [_labelled(source, reader.line_num, row, language) for row in reader]
    except csv.Error as error:
        raise _wrong(source, reader.line_num, str(error)) from error
    if not rows:
        raise BadInput(f"{source}: there is no row in this file", field=source.name)
    return rows


def language_of(path: Path, data: Path, languages: Sequence[str]) -> str:
    """Return the language of a file's examples: the one that it or a folder is called after.

    That is `data/nlu/nl.yml` or `data/nl/thanks.yml`; any other has the first of `languages`.
    """
    names = (path.stem, *reversed(path.relative_to(data).parent.parts))
    return next((name for name in names if name in languages), languages[0])


def _decoded(source: Path) -> str:
    try:
        content = source.read_bytes()
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}", field=source.name) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _wrong(source, line, "this is not UTF-8") from error


def _labelled(
    source: Path, line: int, row: dict[str | None, str | None], language: str
) -> Labelled:
    if None in row:
        raise _wrong(source, line, "more cells than the header; put quotes around the text")
    text, label = (row.get("text") or "").strip(), (row.get("label") or "").strip()
    if not text or not label:
        raise _wrong(source, line, "text or label is missing")
    must = MARKED.get((row.get("must") or "").strip().lower())
    if must is None:
        raise _wrong(source, line, 'write "yes" or nothing in the column must')
    return Labelled(text, label, (row.get("language") or "").strip() or language, must, line)


def _wrong(source: Path, line: int, message: str) -> BadInput:
    return BadInput(f"{source}:{line}: {message}", field=f"{source.name}:{line}")
