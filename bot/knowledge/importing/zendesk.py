"""Articles of Zendesk Guide, as its Help Center API lists them (`articles.json`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    path = Path(source) / "articles.json" if Path(source).is_dir() else Path(source)
    document = read_json(path)
    articles = entries_of(document, "articles")
    if articles is None:
        message = f"{path.name} has no list `articles`; export it again, or name another --kind"
        raise SourceUnusable(message, field="source")
    sections = names_of(path, document, "sections")
    left_out: list[LeftOut] = []
    entries = list(each(articles, left_out))
    places = _places(entries, sections)
    items: list[Item] = []
    for entry in track(entries, "Reading articles"):
        key = f"{entry['id']}/{text_in(entry, 'locale').lower()}"
        try:
            items.append(_item(entry, key, places[str(entry["id"])]))
        except Unusable as error:
            title = text_in(entry, "title", "name")
            left_out.append(LeftOut(f"article {entry['id']} {title}".strip(), error.reason, key))
    return Collected("zendesk", options.name or name_of("zendesk"), tuple(items), tuple(left_out))


def _places(entries: Sequence[Entry], sections: Mapping[str, str]) -> dict[str, str]:
    """Return one place for all translations of an article: same address, other language."""
    found: dict[str, str] = {}
    for entry in sorted(entries, key=lambda one: one.get("locale") != one.get("source_locale")):
        words = words_place(f"{entry['id']}-{text_in(entry, 'title', 'name')}", 80)
        section = sections.get(str(entry.get("section_id")), "")
        found.setdefault(str(entry["id"]), f"{words_place(section)}/{words}" if section else words)
    return found


def _item(entry: Entry, key: str, place: str) -> Item:
    url = text_in(entry, "html_url")
    body = content(entry, text_in(entry, "title", "name"), url)
    restricted = bool(entry.get("user_segment_id") or entry.get("user_segment_ids"))
    front: dict[str, Any] = {"title": body.title}
    day = first_day(entry.get("edited_at"), entry.get("updated_at"))
    if day:
        front["reviewed"] = day
    labels = entry.get("label_names")
    words = [str(label) for label in labels if label] if isinstance(labels, list) else []
    if words:
        front["keywords"] = words
    return Item(
        key=key,
        place=place,
        body=body,
        language=text_in(entry, "locale", "source_locale").lower(),
        url=url,
        draft=entry.get("draft") is True or restricted,
        front=front,
        remarks=(_RESTRICTED,) if restricted else (),
    )


_RESTRICTED = (
    "only some visitors may read it there, so it comes in as a draft; give it an `audience`"
)
