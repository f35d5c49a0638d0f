"""Which texts of many are nearly the same: all pairs above a cosine, without trying all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

ALIKE = 0.85
BLOCK = 2000
Places = npt.NDArray[np.intp]


def twins(texts: Sequence[Sequence[str]], alike: float = ALIKE) -> list[tuple[int, int, float]]:
    """Return all pairs `(i, j, cosine)` with i < j whose TF-IDF cosine is at least `alike`.

    A text is a sequence of words. Exact: two such texts share one of the rarest words of each,
    those without which the rest is too short to reach the cosine (prefix filtering, Bayardo et
    al. 2007). Most pairs share none and are never looked at.
    """
    if len(texts) < 2 or not any(texts):
        return []
    weighed = TfidfVectorizer(analyzer=_words, sublinear_tf=True, dtype=np.float32)
    vectors = sparse.csr_matrix(weighed.fit_transform(texts))
    by_rarity = np.argsort(np.argsort(-weighed.idf_, kind="stable"))
    marks = _prefixes(vectors, by_rarity, alike)
    found: list[tuple[int, int, float]] = []
    for start in range(0, len(texts), BLOCK):
        met = sparse.triu(marks[start : start + BLOCK] @ marks.T, k=start + 1).tocoo()
        ones, others = met.row + start, met.col
        cosines = _cosines(vectors, ones, others)
        kept = np.flatnonzero(cosines >= alike)
        found += [(int(ones[k]), int(others[k]), float(cosines[k])) for k in kept]
    return found


def _words(text: Sequence[str]) -> Sequence[str]:
    return text


def _prefixes(vectors: Any, by_rarity: npt.NDArray[np.intp], alike: float) -> Any:
    """Return which words stand in each text's prefix: without them it is shorter than `alike`."""
    rows, columns = [], []
    for row in range(vectors.shape[0]):
        span = slice(vectors.indptr[row], vectors.indptr[row + 1])
        order = np.argsort(by_rarity[vectors.indices[span]])
        squares = vectors.data[span][order].astype(np.float64) ** 2
        rest = squares.sum() - np.cumsum(squares) + squares  # what is left from each word on
        kept = vectors.indices[span][order][rest >= alike**2 - 1e-6]
        rows.append(np.full(len(kept), row))
        columns.append(kept)
    places = (np.concatenate(rows), np.concatenate(columns))
    ones = np.ones(len(places[0]), dtype=np.float32)
    return sparse.csr_matrix((ones, places), shape=vectors.shape)


def _cosines(vectors: Any, ones: Places, others: Places) -> npt.NDArray[np.float32]:
    """Return the cosine of each pair, in steps that fit into memory."""
    steps = range(0, len(ones), 20 * BLOCK)
    parts = [
        np.asarray(
            vectors[ones[at : at + 20 * BLOCK]]
            .multiply(vectors[others[at : at + 20 * BLOCK]])
            .sum(axis=1)
        ).ravel()
        for at in steps
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
