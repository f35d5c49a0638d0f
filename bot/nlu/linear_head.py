"""A text classifier of a few arrays and word lists: fitted by scikit-learn, kept as plain data.

Stored as JSON and NumPy arrays without pickle: loading a model runs no code from it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_union

ARRAYS, WORDS = "head.npz", "words.json"
LETTER_FEATURES = 20_000

Floats = NDArray[np.float32]


class LinearHead:
    """Logistic regression, one label against the rest, over n-grams of words and of letters."""

    def __init__(
        self, labels: Sequence[str], vectorizers: Sequence[Any], weights: Floats, bias: Floats
    ) -> None:
        self.labels = list(labels)
        self._features = make_union(*vectorizers)
        self._vectorizers = list(vectorizers)
        self._weights, self._bias = weights, bias

    @classmethod
    def fit(
        cls, texts: Sequence[str], labels: Sequence[str], *, inverse_penalty: float
    ) -> LinearHead:
        """Learn from texts whose tokens are separated by spaces."""
        vectorizers = _vectorizers()
        features = make_union(*vectorizers).fit_transform(texts)
        one = LogisticRegression(C=inverse_penalty, solver="liblinear")
        rest = OneVsRestClassifier(one).fit(features, labels)
        weights = np.vstack([estimator.coef_ for estimator in rest.estimators_])
        bias = np.concatenate([estimator.intercept_ for estimator in rest.estimators_])
        if len(rest.classes_) == 2:  # scikit-learn then fits one estimator, for the second label
            weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
        names = [str(label) for label in rest.classes_]
        return cls(names, vectorizers, weights.astype(np.float32), bias.astype(np.float32))

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return one row a text, one column a label; every row sums to 1."""
        scores = self._features.transform(texts) @ self._weights.T + self._bias
        chances = expit(scores)
        return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float32)

    def save(self, folder: Path) -> None:
        words = [sorted(item.vocabulary_, key=item.vocabulary_.get) for item in self._vectorizers]
        (folder / WORDS).write_text(
            json.dumps({"labels": self.labels, "words": words}, ensure_ascii=False), "utf-8"
        )
        weights = {f"idf{number}": item.idf_ for number, item in enumerate(self._vectorizers)}
        np.savez(folder / ARRAYS, weights=self._weights, bias=self._bias, **weights)

    @classmethod
    def load(cls, folder: Path) -> LinearHead:
        content = json.loads((folder / WORDS).read_text("utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            vectorizers = _vectorizers()
            for number, item in enumerate(vectorizers):
                item.vocabulary = {word: at for at, word in enumerate(content["words"][number])}
                item.idf_ = arrays[f"idf{number}"]
            return cls(content["labels"], vectorizers, arrays["weights"], arrays["bias"])


def _vectorizers() -> list[Any]:
    return [
        TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True),  # noqa: S106  # a pattern
        TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 4),
            sublinear_tf=True,
            max_features=LETTER_FEATURES,
        ),
    ]
