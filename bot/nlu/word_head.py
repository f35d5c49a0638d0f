"""Needs by their words: linear margins over n-grams of words and of letters.

Kept as JSON and NumPy arrays without pickle: loading a model runs no code from it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

ARRAYS, WORDS = "words.npz", "words.json"
LETTER_FEATURES = 20_000
PENALTY = 0.5
WORD = r"\S+"
KEPT = np.float16  # in the file: margins change in their fourth digit

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


class WordHead:
    """A linear support vector machine, one label against the rest."""

    def __init__(self, vectorizers: Sequence[Any], weights: Floats, bias: Floats) -> None:
        self._vectorizers = list(vectorizers)
        self._analysers = [item.build_analyzer() for item in self._vectorizers]
        self._weights, self._bias = np.ascontiguousarray(weights.T), bias  # a row a feature

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Numbers) -> WordHead:
        """Learn from texts whose tokens are separated by spaces; labels count from 0."""
        from sklearn.svm import LinearSVC  # not needed where a model is only used

        vectorizers = _vectorizers()
        features = sparse.hstack([item.fit_transform(texts) for item in vectorizers]).tocsr()
        machine = LinearSVC(C=PENALTY, dual=True, random_state=0).fit(features, labels)
        return cls(vectorizers, *one_row_a_label(machine.coef_, machine.intercept_))

    def margins(self, texts: Sequence[str]) -> Floats:
        """Return one row a text, one column a label."""
        return np.stack([self._margins(text) for text in texts])

    def _margins(self, text: str) -> Floats:
        """Return one text's row; for a single text scikit-learn's own way takes far longer."""
        found, start = self._bias, 0
        for analyse, vectorizer in zip(self._analysers, self._vectorizers, strict=True):
            known = vectorizer.vocabulary_
            counts = Counter(known[term] for term in analyse(text) if term in known)
            if counts:
                places = np.fromiter(counts, np.int64, len(counts))
                often = np.fromiter(counts.values(), np.float32, len(counts))
                values = (1 + np.log(often)) * vectorizer.idf_[places]
                values /= np.linalg.norm(values)
                found = found + values @ self._weights[start + places]
            start += len(known)
        return np.asarray(found, np.float32)

    def save(self, folder: Path) -> None:
        words = [sorted(item.vocabulary_, key=item.vocabulary_.get) for item in self._vectorizers]
        (folder / WORDS).write_text(json.dumps(words, ensure_ascii=False), "utf-8")
        rarity = {f"idf{number}": item.idf_ for number, item in enumerate(self._vectorizers)}
        np.savez(folder / ARRAYS, weights=self._weights.T.astype(KEPT), bias=self._bias, **rarity)

    @classmethod
    def load(cls, folder: Path) -> WordHead:
        words = json.loads((folder / WORDS).read_text("utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            vectorizers = _vectorizers()
            for number, item in enumerate(vectorizers):
                item.vocabulary = {word: at for at, word in enumerate(words[number])}
                item.idf_ = arrays[f"idf{number}"]
                item.vocabulary_ = item.vocabulary
            return cls(vectorizers, arrays["weights"].astype(np.float32), arrays["bias"])


def one_row_a_label(weights: Any, bias: Any) -> tuple[Floats, Floats]:
    """Return weights and bias with one row a label; for two labels scikit-learn gives one."""
    if len(weights) == 1:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return np.asarray(weights, np.float32), np.asarray(bias, np.float32)


def _vectorizers() -> list[Any]:
    return [
        TfidfVectorizer(
            token_pattern=WORD, ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32
        ),
        TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 4),
            sublinear_tf=True,
            max_features=LETTER_FEATURES,
            dtype=np.float32,
        ),
    ]
