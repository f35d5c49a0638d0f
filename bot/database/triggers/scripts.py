"""Reads a set of guards: its statements in order, each with its kind and name."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
POSTGRESQL_STATEMENT = re.compile(
    r"^CREATE FUNCTION (?P<function>\w+)\(.*?\$\$;$|^CREATE TRIGGER (?P<trigger>\w+) .*?;$",
    re.MULTILINE | re.DOTALL,
)
SQLITE_NAME = re.compile(r"CREATE (?P<kind>TRIGGER|VIEW) (?P<name>\w+)")


@dataclass(frozen=True)
class Statement:
    """One CREATE of a set; `kind` is `trigger`, `view` or `function`."""

    kind: str
    name: str
    sql: str


def statements(version: str, dialect: str) -> list[Statement]:
    """Return the statements of a set in the order in which they are run."""
    script = (FOLDER / f"{version}_{dialect}.sql").read_text(encoding="utf-8")
    return list(_sqlite(script) if dialect == "sqlite" else _postgresql(script))


def one_line(sql: str) -> str:
    """Return a statement without the white space and closing mark that carry no meaning."""
    return " ".join(sql.split()).rstrip("; ")


def _sqlite(script: str) -> Iterator[Statement]:
    statement = ""
    for line in script.splitlines(keepends=True):
        if not statement and (not line.strip() or line.startswith("--")):
            continue
        statement += line
        if sqlite3.complete_statement(statement):
            found = SQLITE_NAME.match(statement)
            if found is None:
                raise ValueError(f"not a guard: {statement.splitlines()[0]}")
            yield Statement(found["kind"].lower(), found["name"], statement.strip())
            statement = ""


def _postgresql(script: str) -> Iterator[Statement]:
    for found in POSTGRESQL_STATEMENT.finditer(script):
        if found["function"]:
            yield Statement("function", found["function"], found[0])
        else:
            yield Statement("trigger", found["trigger"], found[0])
