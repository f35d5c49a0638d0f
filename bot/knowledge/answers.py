"""The decision between a passage, said word for word, and "I don't know"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.conversation.types import Source
from bot.knowledge.links import page_url
from bot.knowledge.ranking import rank
from bot.knowledge.search import Hit, Knowledge, Searched, hit_of
from bot.knowledge.signals import COSINE, COSINE_LEAD, signals

NEAREST = 3
# From this probability on the first article answers; from the lower one on it may be shown as near.
ENOUGH, NEAR = 0.4, 0.05
# What a question in another language must have in common with a passage, as a cosine, and how
# far the passage's article must be ahead of the next.
OTHER_LANGUAGE, OTHER_LANGUAGE_LEAD = 0.4, 0.02
# One message gets at most this many passages; more would be a list to read, not an answer.
MOST_ANSWERS = 2
# How sure a part's answer must be to stand beside another, as a share of the whole's.
PART_SHARE = 0.9


@dataclass(frozen=True)
class Answer:
    """A passage of an article, word for word, and where it stands. `confidence` is 0 to 1."""

    text: str
    sources: tuple[Source, ...]
    confidence: float


@dataclass(frozen=True)
class NoAnswer:
    """No passage, no claim. `nearest` may be offered as "did you mean", never as the answer."""

    nearest: tuple[Source, ...]
    confidence: float


Found = Answer | NoAnswer


@dataclass(frozen=True)
class Judged:
    """The articles that a search brought up, best first, and how sure the first one answers."""

    hits: tuple[Hit, ...]
    confidence: float
    fits: bool


NOTHING = Judged((), 0.0, fits=False)


def find_answer(knowledge: Knowledge, question: str, *, language: str, base_url: str) -> Found:
    """Answer from the articles of a language, else from the others'.

    Third-party (affiliate) articles answer only when no own article does. The source says in
    which language and by whom the passage is.
    """
    if language in knowledge.by_language:
        own = judge(knowledge.searched(question, language), affiliates=False)
    else:
        own = NOTHING
    others = [code for code in knowledge.by_language if code != language]
    for judged in _in_turn(knowledge, question, language, own, others):
        if judged.fits:
            source = source_of(judged.hits[0], base_url)
            return Answer(judged.hits[0].passage.quote, (source,), judged.confidence)
    near = own.hits[:NEAREST] if own.confidence >= NEAR else ()
    return NoAnswer(tuple(source_of(hit, base_url) for hit in near), own.confidence)


def _in_turn(
    knowledge: Knowledge, question: str, language: str, own: Judged, others: Sequence[str]
) -> Iterator[Judged]:
    """Yield what may answer: own articles, then those in other languages, then third parties'."""
    yield own
    for code in others:
        searched = knowledge.searched(question, code, asked_in=language)
        yield _across(judge(searched, affiliates=False), searched)
    if language in knowledge.by_language:
        yield judge(knowledge.searched(question, language), affiliates=True)


def choose_answers(whole: Found, parts: Sequence[Found]) -> Sequence[Found]:
    """Return the answers to a message, or the one `NoAnswer` that has the nearest articles.

    What asks two things gets two passages: each part then fits an article about as well as the
    whole fits any. Else the whole is answered, and a part only where the whole finds nothing: in a
    long mail the question is a few words.
    """
    least = PART_SHARE * whole.confidence
    answers = of_different_articles([one for one in parts if one.confidence > least])
    if len(answers) > 1:
        return answers
    if isinstance(whole, Answer):
        return [whole]
    return answers or [max([whole, *parts], key=lambda one: one.confidence)]


def of_different_articles(found: Sequence[Found]) -> Sequence[Answer]:
    """Return the surest answer of each article, the surest few of them, in the message's order."""
    answers = [one for one in found if isinstance(one, Answer)]
    best: dict[str, Answer] = {}
    for answer in sorted(answers, key=lambda one: -one.confidence):
        best.setdefault(answer.sources[0].article, answer)
    kept = list(best.values())[:MOST_ANSWERS]
    return [answer for answer in answers if any(answer is one for one in kept)]


def judge(searched: Searched, *, affiliates: bool) -> Judged:
    """Tell whether the best article answers, among the owner's own or among the third parties'."""
    index, query = searched.index, searched.query
    kinds = np.array([article.affiliate is not None for article in index.articles], np.bool_)
    found, ranked = searched.found, searched.ranked
    if affiliates or kinds.any():
        found = found.where(kinds[index.held.article_numbers[found.numbers]] == affiliates)
        ranked = rank(index, found, index.learned.fusion)
    if not query.terms or not len(ranked.articles):
        return NOTHING
    told = signals(index, query, found, ranked)
    confidence = index.learned.certainty.probability(told)
    pairs = zip(ranked.best[:NEAREST], ranked.scores[:NEAREST], strict=True)
    hits = tuple(hit_of(index, int(best), float(score)) for best, score in pairs)
    return Judged(hits, confidence, fits=confidence >= ENOUGH)


def _across(judged: Judged, searched: Searched) -> Judged:
    """Judge by meaning too: words of two languages tell little about each other."""
    if not judged.hits:
        return judged
    told = signals(searched.index, searched.query, searched.found, searched.ranked)
    near = told[COSINE] >= OTHER_LANGUAGE and told[COSINE_LEAD] >= OTHER_LANGUAGE_LEAD
    return replace(judged, fits=bool(near) or judged.fits)


def source_of(hit: Hit, base_url: str) -> Source:
    """Return where a found passage stands; the address lands on its heading."""
    article = hit.article
    return Source(
        title=article.title,
        url=page_url(article, hit.passage.anchor, base_url),
        passage=hit.passage.quote,
        reviewed=article.reviewed,
        article=article.id,
        language=article.language,
        affiliate=article.affiliate,
    )
