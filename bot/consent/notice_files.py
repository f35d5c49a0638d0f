"""Reads a notice's file: front matter with version and button titles, then the question."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.clock import derived_id
from bot.consent.purposes import PURPOSES
from bot.settings import Settings

TITLES = ("yes", "no", "later")
KEYS = ("version", *TITLES)
FENCE = "---\n"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
DAYS = {"handoff": "handoff_days", "follow_up": "follow_up_days"}  # purpose → its setting


@dataclass(frozen=True)
class Notice:
    """A question in exact words: `body`, and the titles of its three buttons."""

    id: str
    purpose: str
    version: int
    language: str
    body: str
    yes: str
    no: str
    later: str
    template_sha256: str

    @property
    def shown(self) -> str:
        """Return everything the visitor sees of the question, buttons included."""
        return f"{self.body}\n\n[{self.yes}] [{self.no}] [{self.later}]"


@dataclass(frozen=True)
class _File:
    name: str
    text: str

    def line_of(self, part: str) -> int:
        """Return the line on which `part` first stands, or 1."""
        before, found, _ = self.text.partition(part)
        return before.count("\n") + 1 if found else 1

    def problem(self, line: int, what: str) -> str:
        return f"{self.name}:{line}: {what}"


def read_notice(path: Path, language: str, settings: Settings) -> tuple[Notice | None, list[str]]:
    """Return the notice in a file, or None and its mistakes as `file:line: what to write`."""
    name = f"notices/{language}/{path.name}"
    try:
        file = _File(name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return None, [f"{name}:1: cannot be read as UTF-8 text ({type(error).__name__})"]
    purpose = path.stem
    if purpose not in PURPOSES:
        return None, [file.problem(1, f"unknown purpose; use one of {', '.join(PURPOSES)}")]
    matter, body, problems = _split(file)
    values = {"organisation": settings.organisation}
    if purpose in DAYS:
        values["days"] = str(getattr(settings, DAYS[purpose]))
    problems += _placeholder_problems(file, body, values)
    if problems:
        return None, problems
    filled = PLACEHOLDER.sub(lambda found: values[found[1]], _one_line_a_paragraph(body))
    return _notice(file, purpose, language, matter, filled), []


def _notice(
    file: _File, purpose: str, language: str, matter: Mapping[str, Any], body: str
) -> Notice:
    template_sha256 = hashlib.sha256(file.text.encode()).hexdigest()
    version = int(matter["version"])
    # other settings give other words under the same version: they are a notice of their own
    source = f"notice/{purpose}/{version}/{language}/{template_sha256}"
    titles = {key: str(matter[key]).strip() for key in TITLES}
    return Notice(
        id=derived_id(source, body),
        purpose=purpose,
        version=version,
        language=language,
        body=body,
        template_sha256=template_sha256,
        **titles,
    )


def _split(file: _File) -> tuple[Mapping[str, Any], str, list[str]]:
    """Return front matter, body and what is wrong with the two."""
    start, fence, rest = file.text.partition(FENCE)
    head, closed, body = rest.partition(f"\n{FENCE}")
    if start or not fence or not closed:
        return {}, "", [file.problem(1, "start with front matter between two lines of ---")]
    try:
        # every value is text: YAML would take the keys yes and no for truth values
        matter = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506  # makes only text
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        return {}, body, [file.problem(line, f"not YAML: {error.problem}")]
    if not isinstance(matter, dict):
        return {}, body, [file.problem(2, f"write {', '.join(KEYS)} as `key: value` lines")]
    problems = _matter_problems(file, matter)
    if not body.strip():
        problems.append(file.problem(file.text.count("\n"), "write the question below the ---"))
    return matter, body, problems


def _matter_problems(file: _File, matter: Mapping[Any, Any]) -> list[str]:
    problems = [
        file.problem(file.line_of(f"\n{key}") + 1, f"unknown key {key}; use {', '.join(KEYS)}")
        for key in matter
        if key not in KEYS
    ]
    for key in KEYS:
        value = matter.get(key)
        if key not in matter:
            problems.append(file.problem(1, f"{key} is missing"))
        elif key == "version" and not re.fullmatch(r"[1-9][0-9]*", str(value)):
            line = file.line_of("\nversion") + 1
            problems.append(file.problem(line, "version must be a whole number from 1 up"))
        elif key in TITLES and (not isinstance(value, str) or not value.strip()):
            line = file.line_of(f"\n{key}") + 1
            problems.append(file.problem(line, f"{key} must be the words on the button"))
    return problems


def _one_line_a_paragraph(body: str) -> str:
    """Undo the file's line ends: plain-text channels would show them."""
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", body.strip()))


def _placeholder_problems(file: _File, body: str, values: Mapping[str, str]) -> list[str]:
    known = ", ".join(f"{{{name}}}" for name in values)
    return [
        file.problem(file.line_of(found[0]), f"unknown placeholder {found[0]}; use {known}")
        for found in PLACEHOLDER.finditer(body)
        if found[1] not in values
    ]
