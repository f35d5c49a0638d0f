"""What exports of help centres in JSON have in common: reading them, and odd entries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.knowledge.importing.files import read_data
from bot.knowledge.importing.items import Html, LeftOut, SourceUnusable, Unusable

Entry = Mapping[str, Any]


def read_json(path: Path) -> Any:
    """Raises `SourceUnusable` when the file is no JSON."""
    try:
        return json.loads(read_data(path).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # a UnicodeDecodeError is a ValueError
        message = f"{path.name} is no JSON file ({error}); export it again"
        raise SourceUnusable(message, field="source") from error


def entries_of(document: Any, name: str) -> list[Any] | None:
    """Return the list of a name in an export, or in the pages of an export put into one list."""
    if isinstance(document, dict):
        found = document.get(name)
        return found if isinstance(found, list) else None
    if isinstance(document, list):
        pages = [entries_of(page, name) for page in document if isinstance(page, dict)]
        found = [entry for page in pages if page is not None for entry in page]
        return found or None
    return None


def names_of(path: Path, document: Any, name: str) -> dict[str, str]:
    """Return names by id from a list in the export, or from a file of that name beside it."""
    beside = path.parent / f"{name}.json"
    entries = entries_of(document, name)
    if entries is None and beside.is_file():
        beside_document = read_json(beside)
        entries = entries_of(beside_document, name) or entries_of(beside_document, "data")
    return {
        str(one["id"]): str(one["name"])
        for one in entries or ()
        if isinstance(one, dict) and one.get("id") and one.get("name")
    }


def each(entries: Sequence[Any], left_out: list[LeftOut]) -> Iterator[Entry]:
    """Yield the entries that are objects with an id; name the others by their place."""
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict) and isinstance(entry.get("id"), str | int) and entry["id"]:
            yield entry
        else:
            left_out.append(LeftOut(f"article number {number}", "it has no id; export it again"))


def text_in(entry: Entry, *names: str) -> str:
    """Return the first value that is text, on one line if it is a title."""
    for name in names:
        value = entry.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def content(entry: Entry, title: str, url: str) -> Html:
    """Return an article's body. Raises `Unusable` without a title or a text."""
    if not title:
        raise Unusable("it has no title; write one there and export again")
    body = text_in(entry, "body")
    if not body:
        raise Unusable("it has no text; write some there and export again, or delete it")
    return Html(" ".join(title.split()), body, url)
