"""Running imports as an owner does, and looking at what came of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from bot.cli.main import main
from bot.clock import SystemClock
from bot.knowledge import load_articles
from bot.knowledge.check import check


@dataclass(frozen=True)
class Imported:
    code: int
    plan: dict[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        return {status: count for status, count in self.plan["counts"].items() if count}

    def reasons(self, status: str) -> dict[str, str]:
        return {
            one["item"]: one["reason"] for one in self.plan["articles"] if one["status"] == status
        }


def run(source: Path | str, into: Path, *options: str) -> Imported:
    arguments = ["knowledge", "import", str(source), "--into", str(into), "--json", *options]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code in {0, 1}, done.output
    return Imported(done.exit_code, json.loads(done.stdout))


def refused(source: Path | str, into: Path, *options: str) -> str:
    """Run an import that cannot be done and return its one line of error."""
    arguments = ["knowledge", "import", str(source), "--into", str(into), *options]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 2, done.output
    return done.stderr


def tree(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def errors(folder: Path) -> list[str]:
    library = load_articles(folder, languages=("en", "nl"))
    findings = check(library, today=SystemClock().now().date())
    return [f"{one.file}:{one.line} {one.message}" for one in findings if one.severity == "error"]


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
