"""What is learned from a collection itself: how words and meaning weigh, and when to be sure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """A logistic regression: a weight, a mean and a spread for each input, and a bias."""

    weights: Sequence[float]
    means: Sequence[float]
    spreads: Sequence[float]
    bias: float

    def log_odds(self, inputs: Floats) -> Floats:
        """Return one number a row of inputs."""
        scaled = (inputs - np.array(self.means)) / np.array(self.spreads)
        return np.asarray(scaled @ np.array(self.weights) + self.bias, np.float64)

    def probability(self, inputs: Floats) -> float:
        odds = float(self.log_odds(inputs[None])[0])
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


# Where there are too few headings to learn from, these stand in: what the shipped English
# articles teach.
USUAL_FUSION = Linear(
    (1.16, 1.5, 0.47, 0.07), (0.34, 0.46, 0.19, 0.26), (0.25, 0.26, 0.23, 0.27), -3.65
)
USUAL_CERTAINTY = Linear(
    (0.93, 0.34, 0.86, 0.27, 1.05, 0.03),
    (0.26, 0.06, 0.89, 0.3, 0.45, 2.41),
    (0.23, 0.08, 0.72, 0.43, 0.38, 2.71),
    -1.62,
)


@dataclass(frozen=True)
class Learned:
    """`fusion` ranks articles, `certainty` tells whether the first of them answers.

    `queries` is the number of headings they were learned from; 0 for the usual ones.
    """

    fusion: Linear = USUAL_FUSION
    certainty: Linear = USUAL_CERTAINTY
    queries: int = 0
    passages: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Learned:
        """Raises `KeyError` or `TypeError` for what `as_json` did not write."""
        return cls(
            Linear(**stored["fusion"]),
            Linear(**stored["certainty"]),
            int(stored["queries"]),
            int(stored["passages"]),
        )
