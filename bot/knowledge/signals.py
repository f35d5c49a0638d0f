"""What tells whether the first article answers: several numbers, none of which is enough."""

from __future__ import annotations

import numpy as np

from bot.knowledge.index import LanguageIndex
from bot.knowledge.ranking import SHARES, Candidates, Doubles, Query, Ranked

COUNT = 6
COSINE, COSINE_LEAD = 0, 1


def signals(index: LanguageIndex, query: Query, found: Candidates, ranked: Ranked) -> Doubles:
    """Return six numbers, all 0 where nothing was found.

    In order: the first article's highest cosine; the lead of the highest cosine over the next
    article's; the highest BM25 score and its lead, both in weights of a word that no passage
    has; the share of what the question's words tell
    that the best passage has; the lead of the first article's score.
    """
    if not len(ranked.articles):
        return np.zeros(COUNT)
    owners = index.held.article_numbers[found.numbers]
    second = ranked.scores[1] if len(ranked.scores) > 1 else nothing_found(index)
    own = owners == ranked.articles[0]
    rarest = index.weight_of_unknown
    return np.array(
        [
            found.cosines[own].max(),
            _lead(found.cosines, owners),
            found.words.max() / rarest,
            _lead(found.words, owners) / rarest,
            coverage(index, query, int(ranked.best[0])),
            ranked.scores[0] - second,
        ]
    )


def coverage(index: LanguageIndex, query: Query, number: int) -> float:
    """Return the share (0 to 1) of what the question's words tell that a passage has."""
    weights = index.weights(query.terms)
    there = index.headline_terms(number, query.terms) | index.text_terms(number)
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in there) / total if total else 0


def _lead(values: Doubles, owners: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """Return how far the best value is ahead of the best of any other article, or of 0."""
    best = int(values.argmax())
    return float(values[best] - values[owners != owners[best]].max(initial=0.0))


def nothing_found(index: LanguageIndex) -> float:
    """Return the score of an article that neither words nor meaning find."""
    return float(index.learned.fusion.log_odds(np.zeros((1, SHARES)))[0])
