"""A saved folder of HTML pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from bot.knowledge.importing.files import LARGEST_PAGE, files_of, key_of, read_inside
from bot.knowledge.importing.items import HERE, Collected, Item, LeftOut, Options, Track, Unusable
from bot.knowledge.importing.pages import read_page
from bot.knowledge.importing.paths import name_of

ENDINGS = (".html", ".htm", ".xhtml")


def collect(
    source: str, options: Options, languages: Sequence[str], track: Track[Path]
) -> Collected:
    folder = Path(source)
    items: list[Item] = []
    left_out: list[LeftOut] = []
    for path in track(files_of(folder, ENDINGS), "Reading pages"):
        key = key_of(folder, path)
        try:
            items.append(_item(folder, path, key, languages))
        except Unusable as error:
            left_out.append(LeftOut(key, error.reason, key))
    name = options.name or name_of(folder.resolve().name)
    return Collected("html", name, tuple(items), tuple(left_out))


def _item(folder: Path, path: Path, key: str, languages: Sequence[str]) -> Item:
    page = read_page(read_inside(folder, path, LARGEST_PAGE), url=HERE + quote(key))
    place = key.rpartition(".")[0]
    first, _, below = place.partition("/")
    in_language = bool(below) and first in languages
    return Item(
        key=key,
        place=below if in_language else place,
        body=page.content,
        language=page.language or (first if in_language else ""),
        url=HERE + quote(key),
    )
