"""The golden set: messages whose needs are certain, on which no new model may do worse."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.engine.labelled import Labelled, read_csv
from bot.errors import BadInput
from bot.opening import need_names

GOLDEN = Path("golden") / "needs.csv"
# What macro F1 of a language may lose without being worse: a few messages among hundreds.
MARGIN = 0.02
MOST_NAMED = 5
RULES = ("hearing.py", "routing.py", "understood.py")


@dataclass(frozen=True)
class Golden:
    """The rows, and a digest of them and of what else decides (`RULES`)."""

    rows: tuple[Labelled, ...]
    digest: str


def read_golden(project_dir: Path, languages: Sequence[str]) -> Golden | None:
    """Read a project's golden set; None if it has none.

    Raises `BadInput` with file and line for a row that cannot be read, names no need, or names
    a language that is neither spoken (`languages`) nor one there are examples in.
    """
    path = project_dir / GOLDEN
    if not path.exists():
        return None
    rows = tuple(read_csv(path, languages[0]))
    check_labels(path, rows, need_names(project_dir))
    known = {*languages, *(file.stem for file in (project_dir / "data" / "nlu").glob("*.yml"))}
    for row in rows:
        if row.language not in known:
            message = f"{row.language} is no language of this project"
            raise BadInput(f"{path}:{row.line}: {message}", field=path.name)
    rules = b"".join(Path(__file__).with_name(name).read_bytes() for name in RULES)
    return Golden(rows, hashlib.sha256(path.read_bytes() + rules).hexdigest()[:16])


def check_labels(path: Path, rows: Sequence[Labelled], needs: Collection[str]) -> None:
    """Raise `BadInput` for the first row whose label is none of the needs."""
    for row in rows:
        if row.label not in needs:
            place = f"{path}:{row.line}" if row.line else str(path)
            raise BadInput(f"{place}: {row.label} is no need of domain.yml", field=path.name)


def worse(
    rows: Sequence[Labelled],
    before: Sequence[str],
    after: Sequence[str],
    scores_before: Mapping[str, Any],
    scores_after: Mapping[str, Any],
) -> list[str]:
    """Return in what the needs found `after` are worse than those `before`; nothing is good.

    The scores are `languages` of `evaluate_needs.needs_report`.
    """
    fallen = [
        _fall(language, was, scores_after[language])
        for language, was in scores_before.items()
        if was["macro_f1"] - scores_after[language]["macro_f1"] > MARGIN
    ]
    broken = [
        f"{GOLDEN}:{row.line} must be {row.label} and is now {now}"
        for row, then, now in zip(rows, before, after, strict=True)
        if row.must and then == row.label != now
    ]
    return [*fallen, *broken]


def missed(rows: Sequence[Labelled], found: Sequence[str]) -> list[str]:
    """Return the rows that must be right and are not."""
    return [
        f"{GOLDEN}:{row.line} must be {row.label} and is {need}"
        for row, need in zip(rows, found, strict=True)
        if row.must and row.label != need
    ]


def _fall(language: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    falls = sorted(
        (now["needs"][need]["f1"] - row["f1"], need) for need, row in was["needs"].items()
    )
    named = ", ".join(
        f"{need} {was['needs'][need]['f1']:.2f} to {now['needs'][need]['f1']:.2f}"
        for change, need in falls[:MOST_NAMED]
        if change < 0
    )
    return (
        f"macro F1 in {language} fell from {was['macro_f1']:.3f} to {now['macro_f1']:.3f},"
        f" more than {MARGIN}: {named}"
    )
