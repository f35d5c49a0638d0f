"""What stands between the `---` lines at the top of an article, read with its line numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from bot.knowledge.articles import ERROR, WARNING, Provenance

_OPENING = re.compile(r"---[ \t]*(?:\r\n?|\n)")
_CLOSING = re.compile(r"^---[ \t]*(?:\r\n?|\n|\Z)", re.MULTILINE)
_KEY_LINE = re.compile(r"[A-Za-z_]+:(?:\s|$)")


@dataclass(frozen=True)
class Remark:
    """Something wrong at a line of the file."""

    line: int
    message: str
    severity: str = WARNING


@dataclass
class FrontMatter:
    """The values that could be read, the lines they stand on, and what was wrong."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    body_start: int = 0


class _Wrong(ValueError):
    """A value that cannot be used; its words say what to write instead."""

    severity = WARNING


class _Unsafe(_Wrong):
    """A value that says who may read the article, and cannot be used: nobody may."""

    severity = ERROR


def read_front_matter(text: str) -> FrontMatter:
    """Read the front matter of an article; without one, everything is body."""
    found = FrontMatter()
    opening = _OPENING.match(text)
    if opening is None:
        return found
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        if _KEY_LINE.match(text, opening.end()):
            message = "the front matter is not closed; write a line `---` below its last key"
            found.remarks.append(Remark(1, message, ERROR))
        return found
    found.body_start = closing.end()
    _read_yaml(text[opening.end() : closing.start()], found)
    return found


def _read_yaml(block: str, found: FrontMatter) -> None:
    try:
        loader = yaml.SafeLoader(block)
        node = loader.get_single_node()
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            message = (
                "the front matter is not a list of keys; write lines like `title: Opening hours`"
            )
            found.remarks.append(Remark(node.start_mark.line + 2, message, ERROR))
            return
        for key_node, value_node in node.value:
            _take(loader, key_node, value_node, found)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        message = f"broken YAML ({error.problem}); put text with `:` or `#` between quotes"
        found.remarks.append(Remark(line, message, ERROR))
    except (yaml.YAMLError, ValueError) as error:  # a character or a date that cannot exist
        found.remarks.append(Remark(1, f"broken YAML ({_first_line(error)})", ERROR))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _take(
    loader: yaml.SafeLoader, key_node: yaml.Node, value_node: yaml.Node, found: FrontMatter
) -> None:
    key = str(loader.construct_object(key_node, deep=True))
    value = loader.construct_object(value_node, deep=True)
    line = key_node.start_mark.line + 2
    if key not in KEYS:
        message = f"unknown key `{key}`; known are {', '.join(KEYS)}"
        found.remarks.append(Remark(line, message))
    elif key in found.values:
        found.remarks.append(Remark(line, f"`{key}` comes twice; the first one counts"))
    elif value is not None:
        try:
            found.values[key] = KEYS[key](value)
            found.lines[key] = line
        except _Wrong as error:
            found.remarks.append(Remark(line, f"`{key}`: {error}", error.severity))


def _text(value: Any) -> str:
    if isinstance(value, str | int | float | date) and str(value).strip():
        return " ".join(str(value).split())
    raise _Wrong("write words on one line")


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise _Wrong("write a date like 2026-11-22")


def _words(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list):
        raise _Wrong("write a list like [opening hours, holidays]")
    return tuple(part for part in _each_text(parts) if part)


def _each_text(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, dict | list):
            raise _Wrong("write a list like [opening hours, holidays]")
        yield " ".join(str(part).split())


def _questions(value: Any) -> tuple[str, ...]:
    parts = [value] if isinstance(value, str) else value
    try:
        return tuple(part for part in _each_text(parts) if part)
    except (_Wrong, TypeError):
        raise _Wrong("write a list of questions, each on a line of its own after `- `") from None


def _draft(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _Unsafe("write true or false; until then the article is left out")


def _audience(value: Any) -> tuple[str, ...]:
    try:
        names = tuple(name.casefold() for name in _words(value))
    except _Wrong:
        names = ()
    if not names:
        raise _Unsafe("write a list like [members]; until then the article is left out")
    return names


def _provenance(value: Any) -> Provenance:
    """Read what an import wrote, or an address that an author wrote."""
    if isinstance(value, str) and value.strip():
        return Provenance(value.strip())
    if not isinstance(value, dict) or not value.get("item"):
        raise _Wrong("write where it came from, such as an address")
    texts = {str(key): str(one) for key, one in value.items() if not isinstance(one, dict | list)}
    names = {"name": "import", "url": "url", "digest": "digest"}
    return Provenance(texts["item"], **{ours: texts.get(key, "") for ours, key in names.items()})


KEYS: Mapping[str, Callable[[Any], Any]] = {
    "title": _text,
    "language": _text,
    "reviewed": _day,
    "owner": _text,
    "review_by": _day,
    "needs": _words,
    "keywords": _words,
    "affiliate": _text,
    "draft": _draft,
    "audience": _audience,
    "golden": _questions,
    "source": _provenance,
}
