"""A folder of Markdown, with or without front matter: bodies word for word, keys mapped."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.knowledge.front_matter import KEYS, FrontMatter, read_front_matter
from bot.knowledge.importing.files import LARGEST_TEXT, files_of, key_of, read_inside
from bot.knowledge.importing.items import (
    Collected,
    Item,
    LeftOut,
    Markdown,
    Options,
    Track,
    Unusable,
    first_day,
)
from bot.knowledge.importing.paths import name_of

ENDINGS = (".md", ".markdown")
_OTHER_NAMES = {
    "language": ("lang", "locale"),
    "reviewed": ("lastmod", "last_modified", "last_modified_at", "modified", "updated", "date"),
    "keywords": ("tags",),
    "owner": ("author",),
}
_DERIVED = ("published",)


def collect(
    source: str, options: Options, languages: Sequence[str], track: Track[Path]
) -> Collected:
    folder = Path(source)
    items: list[Item] = []
    left_out: list[LeftOut] = []
    for path in track(files_of(folder, ENDINGS), "Reading files"):
        key = key_of(folder, path)
        try:
            items.append(_item(folder, path, key, languages))
        except Unusable as error:
            left_out.append(LeftOut(key, error.reason, key))
    name = options.name or name_of(folder.resolve().name)
    return Collected("markdown", name, tuple(items), tuple(left_out))


def _item(folder: Path, path: Path, key: str, languages: Sequence[str]) -> Item:
    text = _text(read_inside(folder, path, LARGEST_TEXT))
    front = read_front_matter(text)
    raw = _raw_keys(text, front)
    body = text[front.body_start :]
    if not body.strip():
        raise Unusable("it has no text below its front matter; write some, or delete it")
    values, remarks = _values(front, raw)
    draft = bool(values.pop("draft", False)) or raw.get("published") is False
    place = key.rpartition(".")[0]
    first, _, below = place.partition("/")
    in_language = bool(below) and first in languages
    language = str(values.pop("language", "") or (first if in_language else ""))
    return Item(
        key=key,
        place=below if in_language else place,
        body=Markdown(body),
        language=language,
        draft=draft,
        front=values,
        remarks=tuple(remarks),
    )


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unusable(f"line {line} is not UTF-8; save the file as UTF-8") from error


def _raw_keys(text: str, front: FrontMatter) -> dict[str, Any]:
    """Return the front matter as it stands, for keys that are not ours. Raises `Unusable`."""
    lines = text[: front.body_start].splitlines()
    found: Any = None
    with suppress(yaml.YAMLError, ValueError):  # the remarks say what, with its line
        found = yaml.safe_load("\n".join(lines[1:-1])) or {}
    errors = [one for one in front.remarks if one.severity == "error"]
    if errors and (front.body_start == 0 or not isinstance(found, dict)):
        raise Unusable(f"line {errors[0].line}: {errors[0].message}")
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _values(front: FrontMatter, raw: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what goes into our front matter, and a remark for each key that does not."""
    values = {key: value for key, value in front.values.items() if key != "source"}
    used = {*KEYS, *_DERIVED}
    for ours, theirs in _OTHER_NAMES.items():
        for key in theirs:
            value = _mapped(ours, raw.get(key))
            if ours not in values and value:
                values[ours] = value
                used.add(key)
    dropped = [f"key `{key}` was left out" for key in raw if key not in used]
    wrong = [one.message for one in front.remarks if not one.message.startswith("unknown key")]
    if any(one.severity == "error" for one in front.remarks):  # of an audience, or a draft
        values["draft"] = True
        wrong.append("so it comes in as a draft")
    return values, [*dropped, *wrong]


def _mapped(ours: str, value: Any) -> Any:
    if ours == "reviewed":
        day = value.date() if isinstance(value, datetime) else value
        return day if isinstance(day, date) else first_day(value)
    if ours == "keywords":
        parts = value.split(",") if isinstance(value, str) else value
        parts = parts if isinstance(parts, list) else []
        plain = [one for one in parts if isinstance(one, str | int | float)]
        return [str(one) for one in plain if str(one).strip()]
    return " ".join(value.split()) if isinstance(value, str) else None
