"""Whether a message is one of the needs at all: learned from data, out of several signals.

No one number tells: a far-off text can be near one need by chance, and a close one can lie
between two. A logistic regression weighs the signals; it is fitted on examples that the heads
had not seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

ARRAYS = "scope.npz"
FOLDS = 5
# Out-of-scope examples needed before anything is learned from them.
FEWEST = 2 * FOLDS

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]


def signals(
    scores: Floats, margins: Floats, nearness: Floats, closest: Floats, log_shares: Floats
) -> Floats:
    """Return seven numbers a text: how sure the heads are, and how near it is to anything known."""
    best = log_shares.argmax(axis=1)
    rows = np.arange(len(best))
    columns = [
        log_shares.max(axis=1),
        np.log(np.exp(scores - scores.mean(axis=1, keepdims=True)).sum(axis=1)),
        scores.max(axis=1),
        margins.max(axis=1),
        nearness.max(axis=1),
        nearness[rows, best],
        closest,
    ]
    return np.column_stack(columns).astype(np.float32)


class ForeignHead:
    """How much a text is like the out-of-scope examples, by its vector."""

    def __init__(self, weights: Floats, bias: float) -> None:
        self._weights, self._bias = weights, bias

    @classmethod
    def fit(cls, rows: Floats, foreign: Booleans) -> tuple[ForeignHead, Floats]:
        """Return the head, and for its own rows the scores of heads that had not seen them."""
        from sklearn.linear_model import LogisticRegression  # not needed to use a model
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=500)
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
        unseen = cross_val_predict(model, rows, foreign, cv=folds, method="decision_function")
        model.fit(rows, foreign)
        head = cls(np.asarray(model.coef_[0], np.float32), float(model.intercept_[0]))
        return head, np.asarray(unseen, np.float32)

    def scores(self, rows: Floats) -> Floats:
        return np.asarray(rows @ self._weights + self._bias, np.float32)


class Scope:
    """The decision: a probability that a text is any of the needs."""

    def __init__(
        self, foreign: ForeignHead, weights: Floats, middle: Floats, spread: Floats, bias: float,
        shift: float = 0.0,
    ) -> None:  # fmt: skip
        self._foreign, self._weights = foreign, weights
        self._middle, self._spread = middle, spread
        self._bias, self._shift = bias, shift

    @classmethod
    def fit(cls, foreign: ForeignHead, inputs: Floats, known: Booleans) -> Scope:
        """Learn from the signals of unseen texts, with the foreign head's score as the last."""
        from sklearn.linear_model import LogisticRegression

        middle, spread = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 1e-6)
        model = LogisticRegression(class_weight="balanced", max_iter=500)
        model.fit((inputs - middle) / spread, known)
        weights = np.asarray(model.coef_[0], np.float32)
        return cls(foreign, weights, middle, spread, float(model.intercept_[0]))

    def shifted(self, shift: float) -> Scope:
        """Return the same decision, readier to know a text (above 0) or to reject it."""
        return Scope(self._foreign, self._weights, self._middle, self._spread, self._bias, shift)

    def log_odds(self, found: Floats, rows: Floats) -> Floats:
        """Return the log-odds that each text is known, from its signals and vector."""
        return self.log_odds_of(np.column_stack([found, self._foreign.scores(rows)]))

    def log_odds_of(self, inputs: Floats) -> Floats:
        scaled = (inputs - self._middle) / self._spread
        return np.asarray(scaled @ self._weights + self._bias + self._shift, np.float32)

    def save(self, folder: Path) -> None:
        np.savez(
            folder / ARRAYS,
            foreign_weights=self._foreign._weights, foreign_bias=self._foreign._bias,
            weights=self._weights, middle=self._middle, spread=self._spread,
            bias=self._bias, shift=self._shift,
        )  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> Scope | None:
        """Return what `save` left, or None where there were too few examples to learn from."""
        if not (folder / ARRAYS).exists():
            return None
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            foreign = ForeignHead(arrays["foreign_weights"], float(arrays["foreign_bias"]))
            return cls(
                foreign, arrays["weights"], arrays["middle"], arrays["spread"],
                float(arrays["bias"]), float(arrays["shift"]),
            )  # fmt: skip


def probability(log_odds: Any) -> Floats:
    return np.asarray(expit(log_odds), np.float32)
