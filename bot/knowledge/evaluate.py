"""Measures retrieval and abstention on questions whose right articles are known."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from sklearn.metrics import roc_auc_score

from bot.knowledge.answers import find_answer
from bot.knowledge.articles import Library
from bot.knowledge.evaluation_files import Question, read_library, read_questions
from bot.knowledge.meaning import Progress, silent
from bot.knowledge.search import Knowledge

DEPTH = 10


@dataclass(frozen=True)
class Ranked:
    """What came out for a question: article ids, best first, and how sure the answer is."""

    question: Question
    found: tuple[str, ...]
    confidence: float


@dataclass(frozen=True)
class Report:
    """Means over answerable questions; `None` where there is nothing to take a mean of."""

    recall_at_1: float | None
    recall_at_5: float | None
    mrr_at_10: float | None
    ndcg_at_10: float | None
    abstention_auroc: float | None
    ms_per_query: float
    questions: int
    answerable: int
    articles: int
    left_out: int
    unknown_ids: int

    def as_json(self) -> dict[str, Any]:
        """Return the report under the names of design §7, and what it was measured on."""
        return {
            "recall@1": self.recall_at_1,
            "recall@5": self.recall_at_5,
            "mrr@10": self.mrr_at_10,
            "ndcg@10": self.ndcg_at_10,
            "abstention_auroc": self.abstention_auroc,
            "ms_per_query": self.ms_per_query,
            "questions": self.questions,
            "answerable": self.answerable,
            "articles": self.articles,
            "articles_left_out": self.left_out,
            "unknown_relevant_ids": self.unknown_ids,
        }


def evaluate_retrieval(
    articles: Path,
    questions: Path,
    *,
    languages: Sequence[str] = ("en",),
    cache_dir: Path | None = None,
    progress: Progress = silent,
) -> Report:
    """Ask every question and compare the articles found with those named as relevant.

    `articles` is a folder of Markdown or a JSONL file of `{"id", "title", "text"}`. An article
    ranks by its best passage. A relevant id that no article has counts as not found.
    Raises `BadInput` with the line for a file that cannot be read.
    """
    asked = read_questions(questions)
    library = read_library(articles, languages, cache_dir)
    knowledge = Knowledge(library, cache_dir=cache_dir, progress=progress)
    started = time.perf_counter()
    ranked = [_rank(knowledge, question) for question in asked]
    elapsed = time.perf_counter() - started
    return _report(library, ranked, elapsed * 1000 / len(asked))


def _rank(knowledge: Knowledge, question: Question) -> Ranked:
    hits = knowledge.rank_articles(question.text, k=DEPTH)
    language = hits[0].article.language if hits else knowledge.library.languages[0]
    answer = find_answer(knowledge, question.text, language=language, base_url="")
    return Ranked(question, tuple(hit.article.id for hit in hits), answer.confidence)


def _report(library: Library, ranked: Sequence[Ranked], ms_per_query: float) -> Report:
    answerable = [one for one in ranked if one.question.relevant]
    return Report(
        recall_at_1=_mean([recall(one, 1) for one in answerable]),
        recall_at_5=_mean([recall(one, 5) for one in answerable]),
        mrr_at_10=_mean([reciprocal_rank(one) for one in answerable]),
        ndcg_at_10=_mean([gain(one) for one in answerable]),
        abstention_auroc=_auroc(ranked),
        ms_per_query=round(ms_per_query, 3),
        questions=len(ranked),
        answerable=len(answerable),
        articles=len(library.articles),
        left_out=sum(problem.severity == "error" for problem in library.problems),
        unknown_ids=sum(
            library.find(one) is None for row in answerable for one in row.question.relevant
        ),
    )


def recall(ranked: Ranked, k: int) -> float:
    """Return the share of relevant articles among the first k."""
    relevant = set(ranked.question.relevant)
    return len(relevant.intersection(ranked.found[:k])) / len(relevant)


def reciprocal_rank(ranked: Ranked) -> float:
    relevant = ranked.question.relevant
    ranks = (rank for rank, one in enumerate(ranked.found[:DEPTH], 1) if one in relevant)
    return 1 / next(ranks, math.inf)


def gain(ranked: Ranked) -> float:
    """Return the discounted gain of the first ten, as a share of the best possible."""
    relevant = set(ranked.question.relevant)
    hits = (rank for rank, one in enumerate(ranked.found[:DEPTH]) if one in relevant)
    best = sum(1 / math.log2(rank + 2) for rank in range(min(DEPTH, len(relevant))))
    return sum(1 / math.log2(rank + 2) for rank in hits) / best


def _auroc(ranked: Sequence[Ranked]) -> float | None:
    labels = [bool(one.question.relevant) for one in ranked]
    if len(set(labels)) < 2:
        return None
    return float(roc_auc_score(labels, [one.confidence for one in ranked]))


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None
