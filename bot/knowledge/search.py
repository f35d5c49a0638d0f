"""Searching: `Knowledge` is a library with its index, replaced as a whole when articles change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.knowledge.articles import HelpArticle, Library
from bot.knowledge.index import Index, LanguageIndex, Scores
from bot.knowledge.loader import load_articles
from bot.knowledge.passages import Passage


@dataclass(frozen=True)
class Hit:
    """A passage that was found; `number` is its place in its language's index."""

    passage: Passage
    article: HelpArticle
    score: float
    number: int = -1


class Knowledge:
    """What can be answered from. Threads may search it at the same time."""

    def __init__(self, library: Library, index: Index | None = None) -> None:
        self.library = library
        self.index = index or Index.build(library)

    @classmethod
    def load(
        cls, folder: Path, *, languages: Sequence[str], cache_dir: Path | None = None
    ) -> Knowledge:
        """Read and index a folder; takes seconds for thousands of articles."""
        return cls(load_articles(folder, languages=languages, cache_dir=cache_dir))

    def search(self, question: str, *, language: str | None = None, k: int = 5) -> list[Hit]:
        """Return the k best passages, best first; all languages without `language`."""
        hits = [hit for index in self._indexes(language) for hit in _best(index, question, k)]
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    def rank_articles(
        self, question: str, *, language: str | None = None, k: int = 10
    ) -> list[Hit]:
        """Return the k best articles, each by its best passage."""
        hits = [
            hit for index in self._indexes(language) for hit in _best_articles(index, question, k)
        ]
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    def _indexes(self, language: str | None) -> list[LanguageIndex]:
        if language is None:
            return list(self.index.by_language.values())
        index = self.index.by_language.get(language)
        return [index] if index else []


def _best(index: LanguageIndex, question: str, k: int) -> list[Hit]:
    scores = index.scores(index.terms.of_question(question))
    return [_hit(index, number, scores) for number in top(scores, k)]


def _best_articles(index: LanguageIndex, question: str, k: int) -> list[Hit]:
    """Keep the first passage of each article, best first."""
    scores = index.scores(index.terms.of_question(question))
    best = np.zeros(len(index.articles), dtype=scores.dtype)
    np.maximum.at(best, index.article_numbers, scores)
    hits = []
    for article in top(best, k):
        own = np.flatnonzero(index.article_numbers == article)
        hits.append(_hit(index, int(own[np.argmax(scores[own])]), scores))
    return hits


def top(scores: Scores, k: int) -> list[int]:
    """Return where the k highest scores above nothing are, highest first, ties in order."""
    if k <= 0 or not len(scores):
        return []
    if k < len(scores):
        least = np.partition(scores, -k)[-k]
        found = np.flatnonzero(scores >= max(least, np.finfo(scores.dtype).tiny))
    else:
        found = np.flatnonzero(scores > 0)
    order = np.argsort(-scores[found], kind="stable")
    return [int(number) for number in found[order][:k]]


def _hit(index: LanguageIndex, number: int, scores: Scores) -> Hit:
    return Hit(index.passages[number], index.article_of(number), float(scores[number]), number)
