"""Finding by meaning: unit vectors by key, compared by cosine.

Up to `EXACT_MOST` vectors every one is compared; above, an index of neighbours (HNSW, Malkov
and Yashunin 2018, kept by usearch) looks at a few thousand. Both are mapped from their files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.lexical import NOTHING, Keys, Ranking

EXACT_MOST = 100_000
ROWS, KEYS, NEIGHBOURS = "vectors.npy", "keys.npy", "neighbours.usearch"

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]


class Vectors:
    """Vectors by key. Threads may search them at the same time."""

    def __init__(self, keys: Keys, rows: Floats, neighbours: Any | None = None) -> None:
        """`keys` ascend; `rows` has a vector of length 1 for each."""
        self.keys, self._rows, self._neighbours = keys, rows, neighbours

    @classmethod
    def open(cls, folder: Path) -> Vectors:
        """Map what `save` left in a folder. Raises `OSError`, `EOFError` or `ValueError`."""
        keys = np.load(folder / KEYS)
        rows = np.load(folder / ROWS, mmap_mode="r") if len(keys) else np.load(folder / ROWS)
        if len(rows) != len(keys):
            raise ValueError(f"{folder.name} has {len(rows)} vectors for {len(keys)} keys")
        path = folder / NEIGHBOURS
        return cls(keys, rows, _viewed(path, rows.shape[1]) if path.exists() else None)

    def changed(self, texts: Mapping[int, Callable[[], str]], encode: Encode) -> Vectors:
        """Return the vectors of these texts: known keys keep theirs, the others are encoded."""
        keys = np.array(sorted(texts), np.int64)
        known = np.isin(keys, self.keys, assume_unique=True)
        new = encode([texts[int(key)]() for key in keys[~known]])
        rows = np.empty((len(keys), new.shape[1] if len(new) else self._rows.shape[1]), np.float32)
        rows[known] = self.of(keys[known])
        rows[~known] = new / np.maximum(np.linalg.norm(new, axis=1, keepdims=True), 1e-9)
        return Vectors(keys, rows)

    def save(self, folder: Path) -> None:
        """Write the vectors into an empty folder, with the index of neighbours if they are many."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / KEYS, self.keys)
        np.save(folder / ROWS, self._rows)
        if len(self.keys) > EXACT_MOST:
            index = _new_index(self._rows.shape[1])
            index.add(np.arange(len(self.keys)), self._rows, threads=os.cpu_count() or 1)
            index.save(str(folder / NEIGHBOURS))

    def of(self, keys: Keys) -> Floats:
        """Return the vectors of keys that are there, in their order."""
        return np.asarray(self._rows[np.searchsorted(self.keys, keys)], np.float32)

    def search(self, query: Floats, k: int) -> Ranking:
        """Return the k vectors that are nearest to a query of length 1, with their cosines."""
        k = min(k, len(self.keys))
        if k <= 0:
            return NOTHING
        if self._neighbours is not None:
            places = np.asarray(self._neighbours.search(query, k).keys, np.int64)
            cosines = self._rows[np.sort(places)] @ query
            places = np.sort(places)
        else:
            everything = self._rows @ query
            places = np.argpartition(-everything, k - 1)[:k]
            cosines = everything[places]
        order = np.argsort(-cosines, kind="stable")
        return Ranking(self.keys[places[order]], np.asarray(cosines[order], np.float32))


def none(width: int) -> Vectors:
    return Vectors(np.empty(0, np.int64), np.empty((0, width), np.float32))


def _new_index(width: int) -> Any:
    from usearch.index import Index

    return Index(ndim=width, metric="cos", dtype="i8")


def _viewed(path: Path, width: int) -> Any:
    index = _new_index(width)
    index.view(str(path))
    return index
