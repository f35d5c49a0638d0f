"""Articles of Intercom, as its Articles API lists them (`{"type": "list", "data": [...]}`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.knowledge.importing.exports import (
    Entry,
    content,
    each,
    entries_of,
    names_of,
    read_json,
    text_in,
)
from bot.knowledge.importing.items import (
    Collected,
    Item,
    LeftOut,
    Options,
    SourceUnusable,
    Track,
    Unusable,
    first_day,
)
from bot.knowledge.importing.paths import name_of, words_place


def collect(
    source: str, options: Options, _languages: Sequence[str], track: Track[Entry]
) -> Collected:
    path = Path(source)
    document = read_json(path)
    articles = entries_of(document, "data")
    if articles is None:
        message = f"{path.name} has no list `data`; export it again, or name another --kind"
        raise SourceUnusable(message, field="source")
    collections = names_of(path, document, "collections")
    left_out: list[LeftOut] = []
    items: list[Item] = []
    for entry in track(list(each(articles, left_out)), "Reading articles"):
        place = _place(entry, collections)
        for language, version in _versions(entry):
            key = f"{entry['id']}/{language}"
            try:
                items.append(_item(version, key, place, language))
            except Unusable as error:
                title = text_in(version, "title")
                where = f"article {key.rstrip('/')} {title}".strip()
                left_out.append(LeftOut(where, error.reason, key))
    name = options.name or name_of("intercom")
    return Collected("intercom", name, tuple(items), tuple(left_out))


def _versions(entry: Entry) -> Iterator[tuple[str, Entry]]:
    """Yield an article in its own language and in each it is translated to."""
    default = text_in(entry, "default_locale").lower()
    yield default, entry
    translated = entry.get("translated_content")
    for language, version in translated.items() if isinstance(translated, dict) else ():
        if isinstance(version, dict) and str(language).lower() != default:
            yield str(language).lower(), version


def _place(entry: Entry, collections: Mapping[str, str]) -> str:
    words = words_place(f"{entry['id']}-{text_in(entry, 'title')}", 80)
    collection = collections.get(str(entry.get("parent_id")), "")
    return f"{words_place(collection)}/{words}" if collection else words


def _item(version: Entry, key: str, place: str, language: str) -> Item:
    url = text_in(version, "url")
    body = content(version, text_in(version, "title"), url)
    front: dict[str, Any] = {"title": body.title}
    day = first_day(version.get("updated_at"), version.get("created_at"))
    if day:
        front["reviewed"] = day
    return Item(
        key=key,
        place=place,
        body=body,
        language=language,
        url=url,
        draft=version.get("state") != "published",
        front=front,
    )
