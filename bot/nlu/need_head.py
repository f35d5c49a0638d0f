"""Tells the need from words and meaning together, with probabilities that can be believed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.meaning_head import MeaningHead, log_shares
from bot.nlu.scope import FEWEST, ForeignHead, Scope, probability, signals
from bot.nlu.word_head import WordHead

LABELS = "labels.json"
# How meaning and words are weighed before anything is learned, chosen on CLINC150's validation
# rows: one margin of the words is worth one natural logarithm of the meaning's odds.
FIRST_WEIGHTS = (1.0, 1.0)
FOLDS = 5
# From this many examples on, one fold says enough about unseen texts.
MANY = 2000
# Where the search for better weights starts, as logarithms, and when it has come close enough.
SIMPLEX = [(0.0, 0.0), (0.7, 0.0), (0.0, 0.7)]
SEARCH = {"xatol": 0.02, "fatol": 1e-4, "initial_simplex": SIMPLEX}
# A text that every encoder read has nearly no column of zero.
WHOLE = 0.9
# The largest share of the needs' own examples that may be rejected to catch what is foreign.
MOST_REJECTED = 0.10
FOREIGN_WORTH = 0.05

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Weight = tuple[float, float]
Weights = tuple[Weight, Weight]  # of meaning and words: for wholly, then for partly read texts


@dataclass(frozen=True)
class Examples:
    """Texts (tokens separated by spaces), their vectors, and their labels' numbers."""

    texts: Sequence[str]
    rows: Floats
    labels: Numbers

    @property
    def inputs(self) -> tuple[Sequence[str], Floats]:
        return self.texts, self.rows

    def at(self, places: Numbers) -> Examples:
        texts = [self.texts[place] for place in places]
        return Examples(texts, self.rows[places], self.labels[places])


@dataclass(frozen=True)
class Heads:
    """The two opinions on a text."""

    words: WordHead
    meaning: MeaningHead

    def look(self, texts: Sequence[str], rows: Floats) -> Opinions:
        scores = self.meaning.scores(rows)
        partial = (rows != 0).mean(axis=1) < WHOLE
        nearness, closest = self.meaning.nearness(rows), self.meaning.closest(rows)
        return Opinions(scores, self.words.margins(texts), nearness, closest, partial)


@dataclass(frozen=True)
class Opinions:
    """What the heads say: a row a text, a column a label. `partial`: not every encoder read it."""

    scores: Floats
    margins: Floats
    nearness: Floats
    closest: Floats
    partial: Booleans

    def weighed(self, weights: Weights) -> Floats:
        """Return the logarithms of the labels' shares."""
        pairs = np.asarray(weights, np.float32)[self.partial.astype(int)]
        both = log_shares(self.scores) * pairs[:, :1] + self.margins * pairs[:, 1:]
        return log_shares(both)

    def signals(self, weights: Weights) -> Floats:
        """Return what tells whether a text is a need: apart for partly and wholly read texts."""
        found = signals(
            self.scores, self.margins, self.nearness, self.closest, self.weighed(weights)
        )
        partial = self.partial[:, None].astype(np.float32)
        return np.hstack([found, found * partial, partial])


@dataclass(frozen=True)
class Judged:
    """One row a text: the share of each need, and the probability that it is any of them."""

    shares: Floats
    known: Floats


class NeedHead:
    """The heads, the weights that make their shares honest, and the scope decision."""

    def __init__(
        self,
        labels: Sequence[str],
        heads: Heads | None,
        weights: Weights = (FIRST_WEIGHTS, FIRST_WEIGHTS),
        scope: Scope | None = None,
    ) -> None:
        self.labels = list(labels)
        self._heads, self._weights, self._scope = heads, weights, scope

    @classmethod
    def fit(
        cls,
        labels: Sequence[str],
        examples: Examples,
        names: Floats,
        foreign: Examples,
        *,
        rejected_share: float | None = None,
    ) -> NeedHead:
        """Learn from the needs' examples, the rows of their names, and out-of-scope texts.

        `rejected_share` is the share of the needs' own unseen examples that the scope decision
        may reject; None lets it choose what tells most texts right. With fewer out-of-scope
        texts than `scope.FEWEST` nothing is rejected.
        """
        if len(labels) < 2:
            return cls(labels, None)
        folds = list(_folds(examples.labels))
        *partial, whole = _fit_all([*(examples.at(seen) for seen, _ in folds), examples], names)
        trials = [
            Trial(heads, heads.look(*examples.at(unseen).inputs), examples.labels[unseen], unseen)
            for heads, (_, unseen) in zip(partial, folds, strict=True)
        ]
        weights = _learn_weights(trials)
        scope = None
        if len(foreign.texts) >= FEWEST:
            scope = _learn_scope(trials, weights, examples, foreign, rejected_share)
        return cls(labels, whole, weights, scope)

    def judge(self, texts: Sequence[str], rows: Floats) -> Judged:
        """Return shares that sum to 1 a text, and how likely each text is a need at all."""
        known = np.ones(len(texts), np.float32)
        if self._heads is None:
            return Judged(np.ones((len(texts), len(self.labels)), np.float32), known)
        opinions = self._heads.look(texts, rows)
        if self._scope is not None:
            found = opinions.signals(self._weights)
            known = probability(self._scope.log_odds(found, rows))
        return Judged(np.exp(opinions.weighed(self._weights)), known)

    def save(self, folder: Path) -> None:
        kept = {"labels": self.labels, "weights": self._weights}
        (folder / LABELS).write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
        if self._heads is not None:
            self._heads.words.save(folder)
            self._heads.meaning.save(folder)
        if self._scope is not None:
            self._scope.save(folder)

    @classmethod
    def load(cls, folder: Path) -> NeedHead:
        kept = json.loads((folder / LABELS).read_text("utf-8"))
        if len(kept["labels"]) < 2:
            return cls(kept["labels"], None)
        heads = Heads(WordHead.load(folder), MeaningHead.load(folder))
        whole, partial = (tuple(pair) for pair in kept["weights"])
        return cls(kept["labels"], heads, (whole, partial), Scope.load(folder))


@dataclass(frozen=True)
class Trial:
    """Heads and what they said on examples they had not seen, with these examples' places."""

    heads: Heads
    opinions: Opinions
    labels: Numbers
    places: Numbers


def _fit_all(parts: Sequence[Examples], names: Floats) -> list[Heads]:
    """Fit a pair of heads to each part: meanings in one thread, words in the others.

    Each meaning head starts from the one before; scikit-learn leaves Python while it fits.
    """
    from threadpoolctl import threadpool_limits

    with ThreadPoolExecutor(os.cpu_count()) as pool, threadpool_limits(1):
        meanings = pool.submit(_fit_meanings, parts, names)
        words = [pool.submit(WordHead.fit, one.texts, one.labels) for one in parts]
        fitted = [one.result() for one in words]
        return [Heads(*pair) for pair in zip(fitted, meanings.result(), strict=True)]


def _fit_meanings(parts: Sequence[Examples], names: Floats) -> list[MeaningHead]:
    heads: list[MeaningHead] = []
    for one in parts:
        heads.append(MeaningHead.fit(one.rows, one.labels, names, *heads[-1:]))
    return heads


def _folds(labels: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield seen and unseen places; a label's only example is never unseen."""
    order = np.random.default_rng(0).permutation(len(labels))
    fold = np.full(len(labels), -1)
    for label in np.unique(labels):
        places = order[labels[order] == label]
        if len(places) > 1:
            fold[places] = np.arange(len(places)) % FOLDS
    for number in range(1 if len(labels) >= MANY else FOLDS):
        if (fold == number).any():
            yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _learn_weights(trials: Sequence[Trial]) -> Weights:
    """Return the weights at which unseen texts are least surprising, so that shares are honest.

    With one factor on both opinions that is temperature scaling (Guo et al. 2017). Texts that
    only some encoders read have weights of their own: their words count for more.
    """

    from scipy.optimize import minimize  # not needed to use a model

    def surprise(logarithms: Any, partial: bool) -> float:
        pair = (float(np.exp(logarithms[0])), float(np.exp(logarithms[1])))
        losses = [
            -trial.opinions.weighed((pair, pair))[np.arange(len(trial.labels)), trial.labels]
            for trial in trials
        ]
        meant = [trial.opinions.partial == partial for trial in trials]
        return float(np.concatenate(losses)[np.concatenate(meant)].mean())

    def best(partial: bool) -> Weight:
        if sum(int((trial.opinions.partial == partial).sum()) for trial in trials) < FEWEST:
            return FIRST_WEIGHTS
        found = minimize(
            surprise, SIMPLEX[0], args=(partial,), method="Nelder-Mead", options=SEARCH
        )
        return float(np.exp(found.x[0])), float(np.exp(found.x[1]))

    return best(False), best(True)


def _learn_scope(
    trials: Sequence[Trial],
    weights: Weights,
    examples: Examples,
    foreign: Examples,
    rejected_share: float | None,
) -> Scope | None:
    """Fit the scope decision on unseen examples and on the out-of-scope texts."""
    if not trials:
        return None
    everything = np.vstack([examples.rows, foreign.rows])
    head, unlike = ForeignHead.fit(everything, np.arange(len(everything)) >= len(examples.rows))
    known = [
        np.column_stack([trial.opinions.signals(weights), unlike[trial.places]]) for trial in trials
    ]
    found = trials[0].heads.look(*foreign.inputs).signals(weights)
    strange = np.column_stack([found, unlike[len(examples.rows) :]])
    inputs = np.vstack([*known, strange])
    size = len(inputs) - len(strange)
    scope = Scope.fit(head, inputs, np.arange(len(inputs)) < size)
    odds = scope.log_odds_of(inputs)
    if rejected_share is None:
        right = [trial.opinions.weighed(weights).argmax(axis=1) == trial.labels for trial in trials]
        rejected_share = _best_share(odds[:size], odds[size:], np.concatenate(right))
    return scope.shifted(-float(np.quantile(odds[:size], rejected_share)))


def _best_share(inside: Floats, strange: Floats, right: Booleans) -> float:
    """Return the share to reject: turning a need away is worth many foreign texts let through."""

    def told_right(share: float) -> float:
        line = np.quantile(inside, share)
        kept = (right & (inside >= line)).mean() / max(right.mean(), 1e-9)
        return float(kept + FOREIGN_WORTH * (strange < line).mean())

    return float(max(np.linspace(0.0, MOST_REJECTED, 41), key=told_right))
