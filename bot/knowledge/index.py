"""The search index: BM25 over passages with their title, headings and keywords, per language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import bm25s
import numpy as np
import numpy.typing as npt

from bot.knowledge.articles import HelpArticle, Library
from bot.knowledge.passages import Passage, passages_of
from bot.knowledge.terms import Terms

TITLE_WEIGHT, HEADING_WEIGHT, KEYWORD_WEIGHT = 2, 2, 2
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Weighed:
    """A question's terms with how much each tells: its idf; `unknown` for one no passage has."""

    terms: Sequence[str]
    weights: Mapping[str, float]
    unknown: float

    @property
    def total(self) -> float:
        return sum(self.weights.values())


class LanguageIndex:
    """Everything that can be found in one language."""

    def __init__(self, language: str, articles: Sequence[HelpArticle]) -> None:
        self.terms = Terms(language)
        self.articles = articles
        pairs = [
            (number, passage)
            for number, article in enumerate(articles)
            for passage in passages_of(article)
            if passage.quote
        ]
        self.passages = [passage for _, passage in pairs]
        self.article_numbers = np.array([number for number, _ in pairs], dtype=np.int32)
        self._vocabulary: dict[str, int] = {}
        documents = [self._document(articles[number], passage) for number, passage in pairs]
        self._idf = self._weigh(documents)
        self._scorer = self._score(documents)

    def article_of(self, number: int) -> HelpArticle:
        return self.articles[int(self.article_numbers[number])]

    def weigh(self, question: str) -> Weighed:
        """Return a question's terms and their weights."""
        terms = self.terms.of_question(question)
        unknown = float(np.log1p(2 * len(self.passages) + 1))
        weights = {
            term: float(self._idf[self._vocabulary[term]]) if term in self._vocabulary else unknown
            for term in terms
        }
        return Weighed(terms, weights, unknown)

    def scores(self, terms: Sequence[str]) -> Scores:
        """Return the BM25 score of every passage."""
        known = [self._vocabulary[term] for term in terms if term in self._vocabulary]
        if not known or self._scorer is None:
            return np.zeros(len(self.passages), dtype=np.float32)
        found: Scores = self._scorer.get_scores_from_ids(known)
        return found

    def headline_terms(self, number: int, asked: Sequence[str]) -> set[str]:
        """Return the terms of a passage's title and headings, and of keywords asked for whole.

        "What time is it" does not ask for the keyword "opening times".
        """
        article, passage = self.article_of(number), self.passages[number]
        terms = set(self.terms.of(" ".join((article.title, *passage.heading_path))))
        for keyword in article.keywords:
            words = set(self.terms.of(keyword))
            terms |= words if words <= set(asked) else set()
        return terms

    def text_terms(self, number: int) -> set[str]:
        """Return the terms of a passage's text and of its article's keywords."""
        keywords = self.article_of(number).keywords
        return set(self.terms.of(" ".join((self.passages[number].quote, *keywords))))

    def _document(self, article: HelpArticle, passage: Passage) -> list[int]:
        """Return a passage's term numbers; what tells most about it is repeated."""
        *outer, inner = passage.heading_path or ("",)
        parts = (
            *(article.title,) * TITLE_WEIGHT,
            *(inner,) * (HEADING_WEIGHT if inner != article.title else 0),
            *(heading for heading in outer if heading != article.title),
            *article.keywords * KEYWORD_WEIGHT,
            passage.quote,
        )
        vocabulary = self._vocabulary
        terms = self.terms.of("\n".join(parts))
        return [vocabulary.setdefault(term, len(vocabulary)) for term in terms]

    def _weigh(self, documents: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
        flat = np.fromiter(chain.from_iterable(map(set, documents)), dtype=np.int64)
        counts = np.bincount(flat, minlength=len(self._vocabulary))
        return np.log1p((len(documents) - counts + 0.5) / (counts + 0.5))

    def _score(self, documents: list[list[int]]) -> bm25s.BM25 | None:
        if not self._vocabulary:
            return None
        scorer = bm25s.BM25(method="lucene")
        scorer.index((documents, self._vocabulary), create_empty_token=False, show_progress=False)
        return scorer


@dataclass(frozen=True)
class Index:
    """The indexes of all languages that have articles."""

    by_language: Mapping[str, LanguageIndex]

    @classmethod
    def build(cls, library: Library) -> Index:
        """Index every article of a library; each article once, in its own language."""
        groups: dict[str, list[HelpArticle]] = {}
        for article in library.articles:
            groups.setdefault(article.language, []).append(article)
        return cls({code: LanguageIndex(code, articles) for code, articles in groups.items()})
