"""Sentences that are nearly the same and stand for two needs: no model can tell them apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy.sparse import csr_array, triu
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.engine.labelled import Labelled

ALIKE = 0.8


@dataclass(frozen=True)
class Pair:
    """Two examples; `likeness` is the cosine of their weighted letter groups, 1 for the same."""

    likeness: float
    same: bool
    one: Labelled
    other: Labelled

    def as_json(self) -> dict[str, Any]:
        keys = ("text", "label", "language")
        one, other = ({key: asdict(row)[key] for key in keys} for row in (self.one, self.other))
        return {
            "likeness": round(self.likeness, 3), "same": self.same, "one": one, "other": other
        }  # fmt: skip


def near_copies(rows: Sequence[Labelled], least: float = ALIKE) -> list[Pair]:
    """Return the pairs across needs that are at least so alike, the most alike first."""
    plain = [_plain(row.text) for row in rows]
    pieces = csr_array(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit_transform(plain))
    likeness = triu(pieces @ pieces.T, k=1).tocoo()
    found = (
        (float(value), int(a), int(b))
        for value, a, b in zip(likeness.data, likeness.row, likeness.col, strict=True)
        if value >= least
    )
    pairs = [
        Pair(min(value, 1.0), plain[a] == plain[b], rows[a], rows[b])
        for value, a, b in found
        if rows[a].label != rows[b].label
    ]
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.one.text, pair.other.text))


def _plain(text: str) -> str:
    """Return the text without case and punctuation; one of signs only (an emoji) stays itself."""
    return " ".join(re.findall(r"\w+", text.casefold())) or text
