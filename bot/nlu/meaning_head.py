"""Needs by what is meant: multinomial logistic regression over sentence vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.nlu.word_head import one_row_a_label

ARRAYS = "meaning.npz"
# The inverse of the penalty on large weights. Chosen on the validation rows of CLINC150.
PENALTY = 10.0
TOLERANCE = 1e-4
MAX_ROUNDS = 200
# Examples for which a label has one exemplar, and the rounds in which these are found.
A_CLUSTER, CLUSTER_ROUNDS = 10, 10
KEPT = np.float16  # exemplars in the file: cosines change in their fourth digit

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


class MeaningHead:
    """Scores labels by their weights, and says how near a text is to what each label means."""

    def __init__(
        self, centre: Floats, weights: Floats, bias: Floats, centroids: Floats, exemplars: Floats
    ) -> None:
        self._centre, self._weights, self._bias = centre, weights, bias
        self._centroids, self._exemplars = centroids, exemplars

    @classmethod
    def fit(
        cls, rows: Floats, labels: Numbers, names: Floats, start: MeaningHead | None = None
    ) -> MeaningHead:
        """Learn from one row an example; `names` has the row of each label's own name.

        `start` is a head for the same labels that has learned from other rows: with it, less is
        left to learn.
        """
        from sklearn.linear_model import LogisticRegression  # not needed to use a model

        centre = rows.sum(axis=0) / np.maximum((rows != 0).sum(axis=0), 1)
        numbers = np.arange(len(names))
        centred = _centred(np.vstack([rows, names]), centre)
        known = np.concatenate([labels, numbers])
        found = LogisticRegression(C=PENALTY, tol=TOLERANCE, max_iter=MAX_ROUNDS, warm_start=True)
        if start is not None and len(names) > 2:  # of two labels only one has weights
            found.coef_, found.intercept_ = start._weights, start._bias
        found.fit(centred, known)
        if (
            start is None and not found.n_iter_.all()
        ):  # lbfgs can stop before its first step and learn nothing
            raise ValueError("the examples' vectors are all alike: nothing can be learned")
        weights, bias = one_row_a_label(found.coef_, found.intercept_)
        means = np.stack([centred[known == number].mean(axis=0) for number in numbers])
        return cls(centre, weights, bias, _unit(means), _exemplars(_unit(centred), known))

    def scores(self, rows: Floats) -> Floats:
        """Return log-odds up to a constant, one row a text, one column a label."""
        return np.asarray(_centred(rows, self._centre) @ self._weights.T + self._bias, np.float32)

    def nearness(self, rows: Floats) -> Floats:
        """Return the cosine to the middle of each label's examples."""
        return np.asarray(_unit(_centred(rows, self._centre)) @ self._centroids.T, np.float32)

    def closest(self, rows: Floats) -> Floats:
        """Return the cosine to the nearest exemplar of any label, a number a text."""
        cosines = _unit(_centred(rows, self._centre)) @ self._exemplars.T
        return np.asarray(cosines.max(axis=1), np.float32)

    def save(self, folder: Path) -> None:
        np.savez(
            folder / ARRAYS,
            centre=self._centre,
            weights=self._weights,
            bias=self._bias,
            centroids=self._centroids,
            exemplars=self._exemplars.astype(KEPT),
        )

    @classmethod
    def load(cls, folder: Path) -> MeaningHead:
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            parts = ("centre", "weights", "bias", "centroids", "exemplars")
            return cls(*(arrays[part].astype(np.float32) for part in parts))


def log_shares(scores: Floats) -> Floats:
    """Return the logarithms of shares that sum to 1 a row."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32)


def _centred(rows: Floats, centre: Floats) -> Floats:
    """Return rows less the centre; a column of zero says that no encoder read it, and stays."""
    return np.where(rows != 0, rows - centre, np.float32(0)).astype(np.float32, copy=False)


def _exemplars(rows: Floats, labels: Numbers) -> Floats:
    """Return the middles of each label's clusters, one for every ten of its examples."""
    from sklearn.cluster import KMeans

    found = []
    for label in np.unique(labels):
        own = rows[labels == label]
        clusters = KMeans(max(len(own) // A_CLUSTER, 1), init="random", n_init=1, random_state=0)
        found.append(clusters.set_params(max_iter=CLUSTER_ROUNDS).fit(own).cluster_centers_)
    return _unit(np.vstack(found))


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)
