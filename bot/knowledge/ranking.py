"""Ranking: the candidates of both searches, weighed together, best article first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.index import LanguageIndex, Numbers
from bot.knowledge.learned import Linear
from bot.knowledge.lexical import Keys
from bot.knowledge.vectors import Floats

# Passages that either search brings in, and the cosine below which meaning alone brings none.
DEPTH, MEANING_LEAST = 200, 0.25

# A share of the highest BM25 score and of the highest cosine, for the best passage and the next.
SHARES = 4

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Query:
    """What is asked: its terms, and its vector (length 1) with the name of its encoder."""

    terms: Sequence[str]
    encoder: str
    vector: Floats


@dataclass(frozen=True)
class Candidates:
    """Passages by number, each with its BM25 score (0 if words didn't find it) and its cosine."""

    numbers: Numbers
    words: Doubles
    cosines: Doubles

    def without(self, article_numbers: Numbers, article: int) -> Candidates:
        return self.where(article_numbers[self.numbers] != article)

    def where(self, kept: NDArray[np.bool_]) -> Candidates:
        return Candidates(self.numbers[kept], self.words[kept], self.cosines[kept])


@dataclass(frozen=True)
class Ranked:
    """Articles, best first, with their scores; `best` and `shares` are of each one's best passage.

    `inputs` are the fusion's: the two best passages' shares of the highest BM25 score and cosine.
    """

    articles: Numbers
    scores: Doubles
    best: Numbers
    inputs: Doubles


def candidates(index: LanguageIndex, query: Query) -> Candidates:
    """Return what words or meaning bring up, each measured by both."""
    if not query.terms:
        return Candidates(np.empty(0, np.int64), np.empty(0), np.empty(0))
    by_words = index.lexical.search(query.terms, DEPTH)
    vectors = index.meanings[query.encoder]
    by_meaning = vectors.search(query.vector, DEPTH)
    keys: Keys = np.union1d(by_words.keys, by_meaning.keys)
    words = np.zeros(len(keys))
    words[np.searchsorted(keys, by_words.keys)] = by_words.scores
    cosines = np.asarray(vectors.of(keys) @ query.vector, np.float64)
    found = Candidates(index.numbers_of(keys), words, cosines)
    return found.where((words > 0) | (cosines >= MEANING_LEAST))


def rank(index: LanguageIndex, found: Candidates, fusion: Linear) -> Ranked:
    """Return the articles that candidates are of, best first."""
    owners = index.held.article_numbers[found.numbers]
    shares = np.column_stack([_shares(found.words), _shares(found.cosines)])
    own = passage_scores(shares, fusion)
    articles, places = np.unique(owners, return_inverse=True)
    if not len(articles):
        return Ranked(articles, np.empty(0), articles, np.empty((0, SHARES)))
    firsts, seconds = _two_best(shares, places, len(articles))
    inputs = np.column_stack([firsts, seconds])
    scores = fusion.log_odds(inputs)
    best = _best_places(own, places, len(articles))
    order = np.argsort(-scores, kind="stable")
    return Ranked(articles[order], scores[order], found.numbers[best][order], inputs[order])


def passage_scores(shares: Doubles, fusion: Linear) -> Doubles:
    """Return how good each passage is by itself."""
    weights = np.array(fusion.weights[:2]) / np.array(fusion.spreads[:2])
    return np.asarray(shares @ weights, np.float64)


def shares_of(found: Candidates) -> Doubles:
    """Return each candidate's shares of the highest BM25 score and of the highest cosine."""
    return np.column_stack([_shares(found.words), _shares(found.cosines)])


def _shares(values: Doubles) -> Doubles:
    highest = values.max(initial=0.0)
    return np.maximum(values, 0) / highest if highest > 0 else np.zeros_like(values)


def _two_best(shares: Doubles, places: Numbers, count: int) -> tuple[Doubles, Doubles]:
    """Return for each article the highest and second highest share, column by column."""
    firsts, seconds = np.zeros((count, 2)), np.zeros((count, 2))
    for column in range(2):
        order = np.lexsort((-shares[:, column], places))
        sorted_places = places[order]
        starts = np.flatnonzero(np.r_[True, sorted_places[1:] != sorted_places[:-1]])
        values = shares[order, column]
        firsts[:, column] = values[starts]
        lengths = np.diff(np.r_[starts, len(values)])
        several = lengths > 1
        seconds[several, column] = values[starts[several] + 1]
    return firsts, seconds


def _best_places(own: Doubles, places: Numbers, count: int) -> Numbers:
    order = np.lexsort((-own, places))
    starts = np.flatnonzero(np.r_[True, places[order][1:] != places[order][:-1]])
    return np.asarray(order[starts], np.int64)
