"""What the pipeline makes of a text: its need, how sure that is, and what was found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.conversation.needs import FALLBACK


@dataclass(frozen=True)
class Understood:
    """A message's need with its confidence, and what was found in it."""

    need: str
    confidence: float
    ranking: Sequence[Mapping[str, Any]]
    entities: Sequence[Mapping[str, Any]]

    def treated_as(self, need: str, confidence: float) -> Understood:
        """Return the same with another need; the ranking stays what the classifier said."""
        return replace(self, need=need, confidence=confidence)


def likeliest(ranking: Sequence[Mapping[str, Any]]) -> str:
    """Return the need of the highest confidence; the first one may be decided otherwise."""
    best = max(ranking, key=lambda item: float(item["confidence"]), default={"name": FALLBACK})
    return str(best["name"])
