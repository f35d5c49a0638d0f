"""Learns from a collection's own headings how its words and meanings weigh; no labels needed.

A heading, taken out of the passages that stand under it, is a question that its article answers.
With the article left out, it is one that looks answerable and is not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.index import LanguageIndex, Passages
from bot.knowledge.learned import Learned, Linear
from bot.knowledge.lexical import Lexical
from bot.knowledge.meaning import encode_with, encoder_for, vector_of
from bot.knowledge.ranking import Candidates, Doubles, Query, candidates, rank
from bot.knowledge.signals import signals
from bot.knowledge.unrelated import unrelated_questions
from bot.knowledge.vectors import Vectors

MOST, FEWEST = 400, 30
TERMS_LEAST = 2
COMPARED = 30
UNRELATED_WEIGHT = 3
# The inverse of the penalty on large weights, and the most steps to them.
FREEDOM, ROUNDS = 0.3, 50


@dataclass(frozen=True)
class Asked:
    """A heading as a question, and the number of the article that answers it."""

    text: str
    article: int


def learn(index: LanguageIndex) -> Learned:
    """Return what the collection's headings teach, or the usual where they are too few."""
    asked, places = _headings(index)
    if len(asked) < FEWEST:
        return Learned()
    trial = _without(index, places)
    queries = [_query(trial, one.text) for one in asked]
    found = [candidates(trial, query) for query in queries]
    fusion = _fusion(trial, asked, found)
    certainty = _certainty(trial, asked, queries, found, fusion)
    return Learned(fusion, certainty, queries=len(asked))


def _headings(index: LanguageIndex) -> tuple[list[Asked], list[list[int]]]:
    """Return some headings, each once, and the passages that stand under each."""
    under: dict[tuple[int, str], list[int]] = {}
    for number, passage in enumerate(index.passages):
        heading = passage.heading_path[-1] if passage.heading_path else ""
        article = int(index.held.article_numbers[number])
        if heading and heading != index.articles[article].title:
            under.setdefault((article, heading), []).append(number)
    telling = [one for one in under if len(index.terms.of_question(one[1])) >= TERMS_LEAST]
    order = np.random.default_rng(0).permutation(len(telling))[:MOST]
    chosen = [telling[place] for place in sorted(order)]
    return [Asked(text, article) for article, text in chosen], [under[one] for one in chosen]


def _without(index: LanguageIndex, places: Sequence[Sequence[int]]) -> LanguageIndex:
    """Return the index as it would be if these passages had no heading of their own."""
    held = _bare(index.held, {number for group in places for number in group})
    changed = [
        number
        for number, passage in enumerate(held.passages)
        if passage is not index.passages[number]
    ]
    encoder = encoder_for(index.language, None)
    vectors = index.meanings[encoder]
    rows = np.array(vectors.of(vectors.keys))
    new = encode_with(encoder)([held.text_of(number) for number in changed])
    rows[np.searchsorted(vectors.keys, held.keys[changed])] = new
    lexical = Lexical(None)
    texts = ((int(key), held.words_of(number)) for number, key in enumerate(held.keys))
    lexical.change([], ((key, index.terms.of(text)) for key, text in texts))
    meanings = {encoder: Vectors(vectors.keys, rows)}
    return LanguageIndex(index.language, held, index.terms, lexical, meanings, index.learned)


def _bare(held: Passages, numbers: Collection[int]) -> Passages:
    passages = [
        replace(passage, heading_path=passage.heading_path[:-1]) if number in numbers else passage
        for number, passage in enumerate(held.passages)
    ]
    return replace(held, passages=passages)


def _query(index: LanguageIndex, text: str) -> Query:
    encoder = encoder_for(index.language, None)
    return Query(index.terms.of_question(text), encoder, vector_of(encoder, text))


def _fusion(index: LanguageIndex, asked: Sequence[Asked], found: Sequence[Candidates]) -> Linear:
    """Learn which of an article's shares speak for it being the one that answers."""
    inputs, right = [], []
    for one, candidate in zip(asked, found, strict=True):
        ranked = rank(index, candidate, index.learned.fusion)
        inputs.append(ranked.inputs[:COMPARED])
        right.append(ranked.articles[:COMPARED] == one.article)
    return _fitted(np.vstack(inputs), np.concatenate(right))


def _certainty(
    index: LanguageIndex,
    asked: Sequence[Asked],
    queries: Sequence[Query],
    found: Sequence[Candidates],
    fusion: Linear,
) -> Linear:
    """Learn when the first article answers, from headings with and without their article."""
    owners = index.held.article_numbers
    there, gone = [], []
    for one, query, candidate in zip(asked, queries, found, strict=True):
        ranked = rank(index, candidate, fusion)
        if len(ranked.articles) and ranked.articles[0] == one.article:
            there.append(signals(index, query, candidate, ranked))
        left = candidate.without(owners, one.article)
        gone.append(signals(index, query, left, rank(index, left, fusion)))
    for text in unrelated_questions(index.language):
        query = _query(index, text)
        candidate = candidates(index, query)
        found_of = signals(index, query, candidate, rank(index, candidate, fusion))
        gone.extend([found_of] * UNRELATED_WEIGHT)
    inputs = np.array([*there, *gone])
    return _fitted(inputs, np.arange(len(inputs)) < len(there))


def _fitted(inputs: Doubles, right: NDArray[np.bool_]) -> Linear:
    means, spreads = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 1e-6)
    weights, bias = logistic((inputs - means) / spreads, right)
    return Linear(
        tuple(map(float, weights)), tuple(map(float, means)), tuple(map(float, spreads)), bias
    )


def logistic(inputs: Doubles, right: NDArray[np.bool_]) -> tuple[Doubles, float]:
    """Return weights and bias of a logistic regression with both classes worth the same.

    Newton's method on a handful of weights. scikit-learn gives the same (a test compares them)
    but would stay in the memory of the serving process, which indexes what changes.
    """
    rows = np.column_stack([inputs, np.ones(len(inputs))])
    shares = np.where(right, 0.5 / max(right.mean(), 1e-9), 0.5 / max((~right).mean(), 1e-9))
    penalty = np.eye(rows.shape[1])
    penalty[-1, -1] = 1e-9
    weights = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        chances = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = penalty @ weights + FREEDOM * rows.T @ (shares * (chances - right))
        curve = FREEDOM * (rows.T * (shares * chances * (1 - chances))) @ rows + penalty
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights[:-1], float(weights[-1])
