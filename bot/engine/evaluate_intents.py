"""Measures the project's pipeline on any data set: train on one file, ask it another."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.metrics import roc_auc_score

from bot.engine.examples import read_labelled
from bot.engine.pipeline import NOT_KNOWN, OUT_OF_SCOPE, Pipeline, Understood
from bot.engine.scores import scores_of
from bot.errors import BadInput

OOS = "oos"
TIMED = 200


def evaluate_intents(
    config: Path, train: Path, test: Path, *, rejected_share: float | None = None
) -> dict[str, Any]:
    """Train the pipeline of `config` on one file, ask it the other, and return the figures.

    The label `oos` and the pipeline's own `out_of_scope` and `nlu_fallback` are all "out of
    scope". `rejected_share` is the share of in-scope messages that may be rejected; None leaves
    that to the pipeline. A figure is None when the test file has no row to measure it on. Raises
    `BadInput` with file and line for what cannot be read.
    """
    examples = [(row.text, _inward(row.label)) for row in read_labelled(train, "en")]
    if len({label for _, label in examples}) < 2:
        raise BadInput(f"{train}: there must be two labels or more", field=train.name)
    rows = read_labelled(test, "en")
    options = {} if rejected_share is None else {"rejected_share": rejected_share}
    with tempfile.TemporaryDirectory(prefix="askfirst-") as folder:
        began = time.perf_counter()
        pipeline = Pipeline.train(config, examples, folder=Path(folder), options=options)
        seconds = time.perf_counter() - began
        found, each = _asked(pipeline, [row.text for row in rows])
    return {
        **_figures([_outward(row.label) for row in rows], found),
        "train_seconds": round(seconds, 2),
        "ms_per_message": round(each * 1000, 2),
        "train_rows": len(examples),
        "test_rows": len(rows),
    }


def _inward(label: str) -> str:
    return OUT_OF_SCOPE if label == OOS else label


def _outward(label: str) -> str:
    return OOS if label in NOT_KNOWN else label


def _asked(pipeline: Pipeline, texts: Sequence[str]) -> tuple[list[Understood], float]:
    """Ask the first ones one by one, as visitors come, for the mean seconds; the rest at once."""
    pipeline.understand(["what is made at first use is made here"])
    began = time.perf_counter()
    alone = [pipeline.understand([text])[0] for text in texts[:TIMED]]
    each = (time.perf_counter() - began) / len(alone)
    return [*alone, *pipeline.understand(texts[TIMED:])], each


def _figures(labels: Sequence[str], found: Sequence[Understood]) -> dict[str, Any]:
    pairs = [(label, _outward(one.need)) for label, one in zip(labels, found, strict=True)]
    inside = [label != OOS for label in labels]
    scores = scores_of(pairs)
    return {
        "accuracy": round(scores["accuracy"], 4),
        "macro_f1": round(scores["macro_f1"], 4),
        "in_scope_accuracy": _share([a == b for a, b in pairs if a != OOS]),
        "in_scope_accuracy_without_rejection": _share(
            [label == one.best for label, one in zip(labels, found, strict=True) if label != OOS]
        ),
        "in_scope_rejected": _share([b == OOS for a, b in pairs if a != OOS]),
        "out_of_scope_recall": _share([b == OOS for a, b in pairs if a == OOS]),
        "out_of_scope_auroc": (
            round(float(roc_auc_score(inside, [one.known for one in found])), 4)
            if len(set(inside)) == 2
            else None
        ),
    }


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None
