"""The decision between a passage, said word for word, and "I don't know"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.types import Source
from bot.knowledge.index import LanguageIndex, Weighed
from bot.knowledge.links import page_url
from bot.knowledge.search import Hit, Knowledge, top

CANDIDATES, NEAREST = 8, 3
COVERAGE_SHARE, HEADLINE_SHARE, EVIDENCE_SHARE, MARGIN_SHARE = 0.45, 0.15, 0.3, 0.1
ENOUGH = 0.40
BODY_TERMS, BODY_COVERAGE = 2, 0.8
# One message gets at most this many passages; more would be a list to read, not an answer.
MOST_ANSWERS = 2


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
    """A passage and how well it fits, each from 0 to 1.

    `coverage` and `headline` are shares of what the question's words tell: found at all, found
    in title, headings or keywords. `evidence` grows with how much was found: one rare word
    that matches is less sure than four. `margin` is the lead over the next article.
    """

    hit: Hit
    coverage: float
    headline: float
    evidence: float
    margin: float
    matched: int

    @property
    def confidence(self) -> float:
        return (
            COVERAGE_SHARE * self.coverage
            + HEADLINE_SHARE * self.headline
            + EVIDENCE_SHARE * self.evidence
            + MARGIN_SHARE * self.margin
        )

    @property
    def fits(self) -> bool:
        """Words that only occur somewhere in the text must be several, and nearly all."""
        about_it = self.headline > 0
        in_text = self.matched >= BODY_TERMS and self.coverage >= BODY_COVERAGE
        return self.confidence >= ENOUGH and (about_it or in_text)


def find_answer(knowledge: Knowledge, question: str, *, language: str, base_url: str) -> Found:
    """Answer from the articles of a language, else from the others'.

    Third-party (affiliate) articles answer only when no own article does. The source says in
    which language and by whom the passage is.
    """
    judged = judge(knowledge, question, language=language)
    own = [one for one in judged if one.hit.article.affiliate is None]
    others = [one for one in judged if one.hit.article.affiliate is not None]
    elsewhere = [
        one
        for code in knowledge.index.by_language
        if code != language
        for one in judge(knowledge, question, language=code)
        if one.hit.article.affiliate is None
    ]
    for group in (own, elsewhere, others):
        best = max(group, key=lambda one: one.confidence, default=None)
        if best is not None and best.fits:
            source = source_of(best.hit, base_url)
            return Answer(best.hit.passage.quote, (source,), best.confidence)
    return NoAnswer(_nearest(judged, base_url), _highest(judged))


def choose_answers(whole: Found, parts: Sequence[Found]) -> Sequence[Found]:
    """Return the answers to a message, or the one `NoAnswer` that has the nearest articles.

    What asks two things gets two passages: each part then fits an article better than the whole
    fits any. Else the whole is answered, and a part only where the whole finds nothing: in a
    long mail the question is a few words.
    """
    answers = of_different_articles([one for one in parts if one.confidence > whole.confidence])
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


def judge(knowledge: Knowledge, question: str, *, language: str) -> list[Judged]:
    """Return the best passages of a language with what speaks for each, best first."""
    index = knowledge.index.by_language.get(language)
    if index is None:
        return []
    asked = index.weigh(question)
    scores = index.scores(asked.terms)
    numbers = top(scores, CANDIDATES)
    hits = [
        Hit(index.passages[number], index.article_of(number), float(scores[number]), number)
        for number in numbers
    ]
    return [_judged(index, asked, hit, hits) for hit in hits]


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


def _judged(index: LanguageIndex, asked: Weighed, hit: Hit, hits: list[Hit]) -> Judged:
    headline = index.headline_terms(hit.number, asked.terms)
    text = index.text_terms(hit.number)
    weights = asked.weights
    covered = [term for term in asked.terms if term in headline or term in text]
    rival = max((one.score for one in hits if one.article is not hit.article), default=0.0)
    return Judged(
        hit=hit,
        coverage=sum(weights[term] for term in covered) / asked.total,
        headline=sum(weights[term] for term in covered if term in headline) / asked.total,
        evidence=min(1.0, hit.score / (2 * asked.unknown)),
        margin=max(0.0, (hit.score - rival) / hit.score),
        matched=len(covered),
    )


def _nearest(judged: list[Judged], base_url: str) -> tuple[Source, ...]:
    """Return the best passage of each of the nearest articles."""
    nearest: dict[str, Source] = {}
    for one in sorted(judged, key=lambda one: -one.confidence):
        nearest.setdefault(one.hit.article.id, source_of(one.hit, base_url))
    return tuple(nearest.values())[:NEAREST]


def _highest(judged: list[Judged]) -> float:
    return max((one.confidence for one in judged), default=0.0)
