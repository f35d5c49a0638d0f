"""Needs by what is meant: multinomial logistic regression over sentence vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from bot.nlu.word_head import one_row_a_label

ARRAYS = "meaning.npz"
# The inverse of the penalty on large weights. Chosen on the validation rows of CLINC150.
PENALTY = 10.0
TOLERANCE = 1e-4
MAX_ROUNDS = 200

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


class MeaningHead:
    """Scores labels by their weights, and says how near a text is to what each label means."""

    def __init__(self, centre: Floats, weights: Floats, bias: Floats, centroids: Floats) -> None:
        self._centre, self._weights, self._bias = centre, weights, bias
        self._centroids = centroids

    @classmethod
    def fit(cls, rows: Floats, labels: Numbers, names: Floats) -> MeaningHead:
        """Learn from one row an example; `names` has the row of each label's own name."""
        from sklearn.linear_model import LogisticRegression  # not needed to use a model

        centre = rows.mean(axis=0)
        numbers = np.arange(len(names))
        centred = np.vstack([rows, names]) - centre
        known = np.concatenate([labels, numbers])
        found = LogisticRegression(C=PENALTY, tol=TOLERANCE, max_iter=MAX_ROUNDS).fit(
            centred, known
        )
        if not found.n_iter_.all():  # lbfgs can stop before its first step and learn nothing
            raise ValueError("the examples' vectors are all alike: nothing can be learned")
        weights, bias = one_row_a_label(found.coef_, found.intercept_)
        means = np.stack([centred[known == number].mean(axis=0) for number in numbers])
        return cls(centre, weights, bias, _unit(means))

    def scores(self, rows: Floats) -> Floats:
        """Return log-odds up to a constant, one row a text, one column a label."""
        return np.asarray((rows - self._centre) @ self._weights.T + self._bias, np.float32)

    def nearness(self, rows: Floats) -> Floats:
        """Return the cosine to the middle of each label's examples."""
        return np.asarray(_unit(rows - self._centre) @ self._centroids.T, np.float32)

    def save(self, folder: Path) -> None:
        np.savez(
            folder / ARRAYS,
            centre=self._centre,
            weights=self._weights,
            bias=self._bias,
            centroids=self._centroids,
        )

    @classmethod
    def load(cls, folder: Path) -> MeaningHead:
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            return cls(arrays["centre"], arrays["weights"], arrays["bias"], arrays["centroids"])


def log_shares(scores: Floats) -> Floats:
    return np.asarray(log_softmax(scores, axis=1), np.float32)


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)
