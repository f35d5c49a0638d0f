"""Passages of different articles that say nearly the same, and those that contradict each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from bot.entity_words import LanguageWords
from bot.knowledge.articles import NOTE, WARNING, HelpArticle, Library
from bot.knowledge.checking.findings import Finding, at
from bot.knowledge.checking.statements import FACT, Reader, Statement, is_prose, sentences_of
from bot.knowledge.checking.twins import twins
from bot.knowledge.passages import Passage, passages_of
from bot.words import Words, words_in_use

PASSAGE_LEAST, SENTENCE_LEAST = 12, 5  # shorter ones repeat by chance
PASSAGES_ALIKE, SENTENCES_ALIKE = 0.85, 0.8
OTHER_WORDS_MOST = 0.12  # more of them, and it is another matter
FACTS_MOST = 3  # more of them differ in lists of figures, not in statements
PLACES_NAMED = 3
NO_DATES = LanguageWords.model_validate({})


@dataclass(frozen=True)
class Spot:
    """Where something is said, and what."""

    article: HelpArticle
    offset: int
    said: Statement
    prose: bool

    @property
    def is_statement(self) -> bool:
        """Tell whether it can be true or false; a row of figures or a menu's entry can't."""
        return self.prose and self.said.length >= SENTENCE_LEAST

    @property
    def line(self) -> int:
        return self.article.line_at(self.offset)

    @property
    def place(self) -> str:
        return f"{self.article.file}:{self.line}"


Pair = tuple[Spot, Spot]


def repetitions(library: Library, dates: Mapping[str, LanguageWords]) -> Iterator[Finding]:
    """Compare the passages, and the sentences, of all articles of a language but drafts."""
    for language in library.languages:
        words = words_in_use().get(language, Words())
        reader = Reader(dates.get(language, NO_DATES), words)
        passages: list[Spot] = []
        sentences: list[Spot] = []
        for article in library.everything:
            if article.language == language and not article.draft:
                for passage in passages_of(article):
                    spots = list(_spots(article, passage, reader))
                    passages += _whole(spots)
                    sentences += [spot for spot in spots if spot.is_statement]
        yield from _duplicates(passages)
        yield from _contradictions(sentences)


def _spots(article: HelpArticle, passage: Passage, reader: Reader) -> Iterator[Spot]:
    start = passage.start + passage.text.index(passage.quote)
    for place, sentence in sentences_of(passage.quote):
        yield Spot(article, start + place, reader.read(sentence), is_prose(sentence))


def _whole(spots: Sequence[Spot]) -> list[Spot]:
    """Return the passage that sentences make up, without its facts."""
    words = tuple(word for spot in spots for word in spot.said.words)
    whole = Statement(words, Counter(), Counter())
    long = whole.length >= PASSAGE_LEAST
    return [Spot(spots[0].article, spots[0].offset, whole, prose=True)] if long else []


def _duplicates(long: Sequence[Spot]) -> Iterator[Finding]:
    """Yield one finding for each group of passages, at the first of them."""
    pairs = list(_alike(long, PASSAGES_ALIKE, _of_two_articles))
    numbers = {id(spot): number for number, spot in enumerate(long)}
    ends = [[numbers[id(pair[side])] for pair in pairs] for side in (0, 1)]
    graph = coo_matrix(([1] * len(pairs), ends), shape=(len(long), len(long)))
    groups: dict[int, list[Spot]] = {}
    for number, group in enumerate(connected_components(graph, directed=False)[1]):
        groups.setdefault(int(group), []).append(long[number])
    for first, *others in groups.values():
        elsewhere = list(dict.fromkeys(one.place for one in others))
        if elsewhere:
            message = f"says nearly the same as {_named(elsewhere)}; keep one, and link to it"
            yield at(first.article, first.line, NOTE, "duplicate", message)


def _named(places: Sequence[str]) -> str:
    more = len(places) - PLACES_NAMED
    named = ", ".join(places[:PLACES_NAMED])
    return f"{named} and {more} more" if more > 0 else named


def _contradictions(spots: Sequence[Spot]) -> Iterator[Finding]:
    """Yield one finding for each sentence that disagrees with an earlier one of another article."""
    told: set[int] = set()
    for earlier, later in _alike(spots, SENTENCES_ALIKE, _disagree):
        if id(later) not in told:
            told.add(id(later))
            here, there = later.said.only_here(earlier.said), earlier.said.only_here(later.said)
            message = (
                f"may contradict {earlier.place}: {_facts(here)} here, {_facts(there)} there;"
                " make them agree, or say what sets them apart"
            )
            yield at(later.article, later.line, WARNING, "contradiction", message)


def _facts(facts: Sequence[str]) -> str:
    return ", ".join(f"“{fact}”" for fact in facts) or "nothing of that"


def _alike(
    spots: Sequence[Spot], alike: float, wanted: Callable[[Spot, Spot], bool]
) -> Iterator[Pair]:
    """Yield pairs of spots that use nearly the same words, the same ones first.

    Spots with exactly the same words are compared with the first of them, and only that one
    with others: text that stands everywhere does not make a pair of each two places.
    """
    same: dict[tuple[str, ...], list[Spot]] = {}
    for spot in spots:
        same.setdefault(spot.said.words, []).append(spot)
    groups = list(same.values())
    for first, *others in groups:
        yield from ((first, other) for other in others if wanted(first, other))
    for one, other, _ in twins([group[0].said.words for group in groups], alike):
        first, second = groups[one][0], groups[other][0]
        if wanted(first, second):
            yield first, second


def _of_two_articles(one: Spot, other: Spot) -> bool:
    """Tell whether two spots stand in different articles that one visitor may be answered from."""
    audiences = set(one.article.audience), set(other.article.audience)
    shared = not all(audiences) or bool(audiences[0] & audiences[1])
    return shared and one.article is not other.article


def _disagree(one: Spot, other: Spot) -> bool:
    here, there = one.said, other.said
    return (
        not here.same_facts(there)
        and here.words.count(FACT) == there.words.count(FACT)
        and max(len(here.only_here(there)), len(there.only_here(here))) <= FACTS_MOST
        and here.other_words(there) <= OTHER_WORDS_MOST
        and _of_two_articles(one, other)
    )
