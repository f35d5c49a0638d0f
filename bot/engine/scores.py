"""Precision, recall, F1 and confusions of labels that were expected and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sklearn.metrics import precision_recall_fscore_support

Pair = tuple[str, str]
"""The label that was expected, and the one that was found."""


def scores_of(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return `macro_f1` over the expected labels, `accuracy`, and a row a label in `needs`."""
    labels = sorted({label for label, _ in pairs})
    precision, recall, f1, support = precision_recall_fscore_support(
        [label for label, _ in pairs],
        [found for _, found in pairs],
        labels=labels,
        zero_division=0.0,
    )
    return {
        "macro_f1": float(f1.mean()),
        "accuracy": sum(label == found for label, found in pairs) / len(pairs),
        "needs": {
            label: {
                "precision": round(float(precision[i]), 4),
                "recall": round(float(recall[i]), 4),
                "f1": round(float(f1[i]), 4),
                "support": int(support[i]),
            }
            for i, label in enumerate(labels)
        },
    }


def confusions_of(pairs: Sequence[Pair], most: int | None = None) -> list[dict[str, Any]]:
    """Return `{"label", "found", "count"}` of what was taken for something else, most first."""
    counts = Counter(pair for pair in pairs if pair[0] != pair[1])
    return [
        {"label": label, "found": found, "count": count}
        for (label, found), count in counts.most_common(most)
    ]
