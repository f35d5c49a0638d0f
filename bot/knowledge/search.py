"""Searching: `Knowledge` is a library with its index, replaced as a whole when articles change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.knowledge.articles import HelpArticle, Library
from bot.knowledge.index import LanguageIndex
from bot.knowledge.loader import load_articles
from bot.knowledge.meaning import Progress, encoder_for, silent, vector_of
from bot.knowledge.passages import Passage
from bot.knowledge.ranking import (
    Candidates,
    Query,
    Ranked,
    candidates,
    passage_scores,
    rank,
    shares_of,
)
from bot.knowledge.shelf import Shelf


@dataclass(frozen=True)
class Hit:
    """A passage that was found; `number` is its place in its language's index."""

    passage: Passage
    article: HelpArticle
    score: float
    number: int = -1


@dataclass(frozen=True)
class Searched:
    """All that a search in one language brought up."""

    index: LanguageIndex
    query: Query
    found: Candidates
    ranked: Ranked


class Knowledge:
    """What can be answered from. Threads may search it at the same time."""

    def __init__(
        self, library: Library, *, cache_dir: Path | None = None, progress: Progress = silent
    ) -> None:
        """Index a library; with `cache_dir` from what is kept there, as far as it still fits."""
        self.library = library
        shelf = Shelf(cache_dir / "index" if cache_dir else None, progress)
        self.by_language: Mapping[str, LanguageIndex] = {
            language: shelf.index(language, articles, library.languages)
            for language, articles in _by_language(library).items()
        }

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        languages: Sequence[str],
        cache_dir: Path | None = None,
        progress: Progress = silent,
    ) -> Knowledge:
        """Read and index a folder; takes minutes for thousands of new articles, then a second."""
        library = load_articles(folder, languages=languages, cache_dir=cache_dir)
        return cls(library, cache_dir=cache_dir, progress=progress)

    def search(self, question: str, *, language: str | None = None, k: int = 5) -> list[Hit]:
        """Return the k best passages, best first; all languages without `language`."""
        hits = [hit for code in self._codes(language) for hit in self._passages(question, code, k)]
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    def rank_articles(
        self, question: str, *, language: str | None = None, k: int = 10
    ) -> list[Hit]:
        """Return the k best articles, each by its best passage."""
        hits = [hit for code in self._codes(language) for hit in self._articles(question, code, k)]
        return sorted(hits, key=lambda hit: -hit.score)[:k]

    def searched(self, question: str, language: str, *, asked_in: str | None = None) -> Searched:
        """Search one language's articles for a question asked in another, or the same."""
        index = self.by_language[language]
        encoder = encoder_for(language, asked_in or language)
        if encoder not in index.meanings:
            encoder = next(iter(index.meanings))
        query = Query(index.terms.of_question(question), encoder, vector_of(encoder, question))
        found = candidates(index, query)
        return Searched(index, query, found, rank(index, found, index.learned.fusion))

    def _codes(self, language: str | None) -> Sequence[str]:
        if language is None:
            return list(self.by_language)
        return [language] if language in self.by_language else []

    def _passages(self, question: str, language: str, k: int) -> list[Hit]:
        searched = self.searched(question, language)
        scores = passage_scores(shares_of(searched.found), searched.index.learned.fusion)
        order = np.argsort(-scores, kind="stable")[: max(k, 0)]
        numbers = searched.found.numbers
        return [hit_of(searched.index, int(numbers[one]), float(scores[one])) for one in order]

    def _articles(self, question: str, language: str, k: int) -> list[Hit]:
        searched = self.searched(question, language)
        ranked = searched.ranked
        pairs = list(zip(ranked.best, ranked.scores, strict=True))[: max(k, 0)]
        return [hit_of(searched.index, int(best), float(score)) for best, score in pairs]


def _by_language(library: Library) -> Mapping[str, list[HelpArticle]]:
    groups: dict[str, list[HelpArticle]] = {}
    for article in library.articles:
        groups.setdefault(article.language, []).append(article)
    return groups


def hit_of(index: LanguageIndex, number: int, score: float) -> Hit:
    return Hit(index.passages[number], index.article_of(number), score, number)
