"""Which kind of source something is, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.knowledge.importing import (
    html_folder,
    intercom,
    markdown_folder,
    table,
    website,
    zendesk,
)
from bot.knowledge.importing.exports import entries_of, read_json
from bot.knowledge.importing.files import files_of
from bot.knowledge.importing.items import KINDS, Collected, Options, SourceUnusable, Track, no_track

_Collect = Callable[[str, Options, Sequence[str], Track[Any]], Collected]

READERS: Mapping[str, _Collect] = {
    "markdown": markdown_folder.collect,
    "html": html_folder.collect,
    "website": website.collect,
    "table": table.collect,
    "zendesk": zendesk.collect,
    "intercom": intercom.collect,
}


def collect(
    source: str,
    *,
    languages: Sequence[str],
    kind: str = "",
    options: Options | None = None,
    track: Track[Any] = no_track,
) -> Collected:
    """Read a source: a path, or a website's address. `kind` is one of `KINDS`, else guessed.

    Raises `SourceUnusable` when nothing of it can be imported.
    """
    chosen = kind or guess(source)
    if chosen != "website" and not Path(source).exists():
        raise SourceUnusable(f"there is nothing at {source}", field="source")
    found = READERS[chosen](source, options or Options(), languages, track)
    if not found.items and not found.left_out:
        raise SourceUnusable(f"there is no article in {source} (read as {chosen})", field="source")
    return found


def check_apart(source: str, articles: Path) -> None:
    """Raise `SourceUnusable` if a source folder and the folder of articles hold each other."""
    if source.lower().startswith(("http://", "https://")) or not Path(source).is_dir():
        return
    one, other = Path(source).resolve(), articles.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        message = f"{source} and the articles in {articles} are in one folder; keep them apart"
        raise SourceUnusable(message, field="source")


def guess(source: str) -> str:
    """Return the kind of a source. Raises `SourceUnusable` when it is none that is known."""
    if source.lower().startswith(("http://", "https://")):
        return "website"
    path = Path(source)
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() in table.ENDINGS:
        return "table"
    if path.suffix.lower() == ".json":
        return _export(path)
    if not path.exists():
        raise SourceUnusable(f"there is nothing at {source}", field="source")
    names = ", ".join(KINDS)
    message = f"it cannot be told what {path.name} is; name its --kind, one of {names}"
    raise SourceUnusable(message, field="source")


def _folder(path: Path) -> str:
    markdown = len(files_of(path, markdown_folder.ENDINGS))
    pages = len(files_of(path, html_folder.ENDINGS))
    if not markdown and not pages and (path / "articles.json").is_file():
        return "zendesk"
    return "html" if pages > markdown else "markdown"


def _export(path: Path) -> str:
    document = read_json(path)
    for kind, name in (("zendesk", "articles"), ("intercom", "data")):
        if entries_of(document, name) is not None:
            return kind
    message = f"{path.name} has neither `articles` (Zendesk) nor `data` (Intercom)"
    raise SourceUnusable(message, field="source")
