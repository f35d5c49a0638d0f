"""The search index of a language: its passages by their words and by their meaning."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bot.knowledge.articles import HelpArticle
from bot.knowledge.learned import Learned
from bot.knowledge.lexical import Keys, Lexical
from bot.knowledge.passages import Passage, passages_of
from bot.knowledge.terms import Terms
from bot.knowledge.vectors import Vectors

TITLE_WEIGHT, HEADING_WEIGHT, KEYWORD_WEIGHT = 2, 2, 2
KEY_BYTES = 8

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Weighed:
    """A question's terms with how much each tells: its idf."""

    terms: Sequence[str]
    weights: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.weights.values())


@dataclass(frozen=True)
class Passages:
    """The passages of one language in order, each with the number of its article and a key.

    A key is made from all that is searched of a passage: an unchanged one keeps it for ever.
    """

    articles: Sequence[HelpArticle]
    passages: Sequence[Passage]
    article_numbers: Numbers
    keys: Keys

    @classmethod
    def of(cls, articles: Sequence[HelpArticle]) -> Passages:
        pairs = [
            (number, passage)
            for number, article in enumerate(articles)
            for passage in passages_of(article)
            if passage.quote
        ]
        keys = [_key(articles[number], passage) for number, passage in pairs]
        return cls(
            articles,
            [passage for _, passage in pairs],
            np.array([number for number, _ in pairs], np.int64),
            np.array(keys, np.int64),
        )

    def __len__(self) -> int:
        return len(self.passages)

    def article_of(self, number: int) -> HelpArticle:
        return self.articles[int(self.article_numbers[number])]

    def words_of(self, number: int) -> str:
        """Return what is searched by words; what tells most about a passage is repeated."""
        article, passage = self.article_of(number), self.passages[number]
        return "\n".join((*words(article, passage.heading_path), passage.quote))

    def text_of(self, number: int) -> str:
        """Return what a passage's meaning is made from."""
        passage = self.passages[number]
        return meaning_text(self.article_of(number), passage.heading_path, passage.quote)


@dataclass
class LanguageIndex:
    """Everything that can be found in one language. Threads may search it at the same time."""

    language: str
    held: Passages
    terms: Terms
    lexical: Lexical
    meanings: Mapping[str, Vectors]
    learned: Learned
    _order: Numbers = field(init=False)

    def __post_init__(self) -> None:
        self._order = np.argsort(self.held.keys)

    @property
    def passages(self) -> Sequence[Passage]:
        return self.held.passages

    @property
    def articles(self) -> Sequence[HelpArticle]:
        return self.held.articles

    def article_of(self, number: int) -> HelpArticle:
        return self.held.article_of(number)

    def numbers_of(self, keys: Keys) -> Numbers:
        """Return the places of the passages with these keys."""
        found = np.searchsorted(self.held.keys, keys, sorter=self._order)
        return np.asarray(self._order[found], np.int64)

    def weigh(self, question: str) -> Weighed:
        """Return a question's terms and their weights."""
        terms = self.terms.of_question(question)
        return Weighed(terms, self.weights(terms))

    def weights(self, terms: Sequence[str]) -> Mapping[str, float]:
        """Return how much each term tells: its idf."""
        return {term: self._weight(term) for term in terms}

    @property
    def weight_of_unknown(self) -> float:
        """Return what a word tells that no passage has."""
        return float(np.log1p(2 * self.lexical.size + 1))

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

    def _weight(self, term: str) -> float:
        count, held = self.lexical.frequency(term), self.lexical.size
        return float(np.log1p((held - count + 0.5) / (count + 0.5)))


def words(article: HelpArticle, headings: Sequence[str]) -> Iterator[str]:
    """Yield a passage's title, headings and keywords, as often as they count."""
    *outer, inner = headings or ("",)
    yield from (article.title,) * TITLE_WEIGHT
    yield from (inner,) * (HEADING_WEIGHT if inner != article.title else 0)
    yield from (heading for heading in outer if heading != article.title)
    yield from article.keywords * KEYWORD_WEIGHT


def meaning_text(article: HelpArticle, headings: Sequence[str], quote: str) -> str:
    return " - ".join(dict.fromkeys([article.title, *headings])) + "\n" + quote


def _key(article: HelpArticle, passage: Passage) -> int:
    parts = (article.id, article.title, *passage.heading_path, "", *article.keywords, passage.quote)
    whole = "\0".join((str(passage.start), *parts)).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(whole, digest_size=KEY_BYTES).digest()
    return int.from_bytes(digest, "big") >> 1  # 63 bits: a signed number
