"""Cross-validation of a project's own examples: how well each need is told from the others."""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold

from bot.engine.examples import read_examples
from bot.engine.labelled import Labelled
from bot.engine.pipeline import NOT_KNOWN, Pipeline
from bot.engine.scores import confusions_of, scores_of
from bot.engine.similar import near_copies
from bot.errors import BadInput

SEED = 20
# A pair is worth a look from this many mistakes on.
LEAST_CONFUSED = 3
MOST_CONFUSIONS = 30
MOST_EXAMPLES = 12


def check_examples(
    project_dir: Path, languages: Sequence[str], *, folds: int = 5
) -> dict[str, Any]:
    """Train on all folds but one, ask that one, for each; return what was found, for JSON.

    Needs and languages are spread evenly over the folds, always in the same way. Keys: `folds`,
    `seed`, `least_confused`, `examples`, `all` and `languages` (`macro_f1`, `accuracy`, a row a
    need in `needs`), `confusions` (the worst, with the sentences), `alike` (sentences of two
    needs that are near copies or the same), `few` (needs with fewer examples than folds),
    `matrix`. Raises `BadInput` for data that cannot be read or divided.
    """
    rows = read_examples(project_dir / "data", languages)
    found = _found(project_dir / "config.yml", rows, folds)
    pairs = [(row.label, need) for row, need in zip(rows, found, strict=True)]
    counts = Counter(row.label for row in rows)
    return {
        "folds": folds,
        "seed": SEED,
        "least_confused": LEAST_CONFUSED,
        "examples": len(rows),
        "all": scores_of(pairs),
        "languages": {
            language: scores_of(
                [pair for row, pair in zip(rows, pairs, strict=True) if row.language == language]
            )
            for language in sorted({row.language for row in rows})
        },
        "confusions": _confusions(rows, found),
        "alike": [pair.as_json() for pair in near_copies(rows)],
        "few": {need: count for need, count in sorted(counts.items()) if count < folds},
        "matrix": _matrix(pairs),
    }


def _found(config: Path, rows: Sequence[Labelled], folds: int) -> list[str]:
    found = [""] * len(rows)
    for learn, ask in _folds(rows, folds):
        with tempfile.TemporaryDirectory(prefix="askfirst-") as folder:
            examples = [(rows[at].text, rows[at].label) for at in learn]
            pipeline = Pipeline.train(config, examples, folder=Path(folder))
            answers = pipeline.understand([rows[at].text for at in ask])
        for at, understood in zip(ask, answers, strict=True):
            found[at] = understood.need
    return found


def _folds(rows: Sequence[Labelled], folds: int) -> Iterator[tuple[list[int], list[int]]]:
    strata = [f"{row.label}/{row.language}" for row in rows]
    if len({row.label for row in rows}) < 2:
        raise BadInput("data: there must be examples of two needs or more", field="data")
    if folds > max(Counter(strata).values()):
        raise BadInput(f"no need has {folds} examples; choose fewer folds", field="folds")
    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=SEED)
    with warnings.catch_warnings():  # about needs with few examples, which the report names
        warnings.simplefilter("ignore", UserWarning)
        parts = list(splitter.split(np.zeros(len(rows)), strata))
    yield from ((list(map(int, learn)), list(map(int, ask))) for learn, ask in parts)


def _confusions(rows: Sequence[Labelled], found: Sequence[str]) -> list[dict[str, Any]]:
    texts: defaultdict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row, need in zip(rows, found, strict=True):
        texts[row.label, need].append({"text": row.text, "language": row.language})
    pairs = [
        (row.label, need)
        for row, need in zip(rows, found, strict=True)
        if not {row.label, need} <= NOT_KNOWN  # both are "none of the needs"
    ]
    return [
        {**one, "examples": texts[one["label"], one["found"]][:MOST_EXAMPLES]}
        for one in confusions_of(pairs, MOST_CONFUSIONS)
        if one["count"] >= LEAST_CONFUSED
    ]


def _matrix(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the names of rows (expected) and columns (found), and the counts of every cell."""
    expected = sorted({label for label, _ in pairs})
    others = sorted({found for _, found in pairs} - set(expected))
    columns = [*expected, *others]
    counts = Counter(pairs)
    cells = [[counts[label, found] for found in columns] for label in expected]
    return {"expected": expected, "found": columns, "counts": cells}
