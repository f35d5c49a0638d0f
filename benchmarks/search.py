"""Search: `python -m benchmarks.search --articles DIR --questions FILE`.

On a folder of Markdown and questions as `askfirst evaluate retrieval` takes them: time to build,
load and change the index; what is found by words, by meaning, by half of each and as learned,
with standard errors; how well unanswerable questions are told; time of a whole answer on one
core. `--unrelated FILE` is a CSV `text,label` whose `oos` rows are questions about nothing here.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, median, quantiles, stdev
from typing import Any

from sklearn.metrics import roc_auc_score

from bot.knowledge import Knowledge, find_answer, load_articles
from bot.knowledge.evaluate import Ranked, gain, recall, reciprocal_rank
from bot.knowledge.evaluation_files import Question, read_questions
from bot.knowledge.learned import Linear

LANGUAGE = "en"
UNRELATED = 300
DEPTH = 10


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = work()
    return round(time.perf_counter() - began, 2), made


def opened(articles: Path, cache: Path) -> Knowledge:
    return Knowledge.load(articles, languages=(LANGUAGE,), cache_dir=cache)


def building(articles: Path, folder: Path) -> tuple[dict[str, float], Knowledge]:
    """Build, load, and change one file; in a copy, for a file is written."""
    copy, cache = folder / "articles", folder / "cache"
    shutil.copytree(articles, copy)
    built, _ = timed(lambda: opened(copy, cache))
    loaded, knowledge = timed(lambda: opened(copy, cache))
    some = next(path for path in sorted(copy.rglob("*.md")) if path.stat().st_size > 2000)
    some.write_text(some.read_text("utf-8") + "\n\n## Something new\n\nOne more paragraph.\n")
    library = load_articles(copy, languages=(LANGUAGE,), cache_dir=cache)
    changed, _ = timed(lambda: Knowledge(library, cache_dir=cache))
    seconds = {"build": built, "load": loaded, "index_one_changed_file": changed}
    return {**seconds, "passages": len(knowledge.by_language[LANGUAGE].held)}, knowledge


def weighed(knowledge: Knowledge, words: float, meaning: float) -> Knowledge:
    """Return the same index with fixed weights of the best passage's two shares."""
    index = knowledge.by_language[LANGUAGE]
    fusion = Linear((words, meaning, 0.0, 0.0), (0.0,) * 4, (1.0,) * 4, 0.0)
    other = Knowledge.__new__(Knowledge)
    other.library = knowledge.library
    other.by_language = {LANGUAGE: replace(index, learned=replace(index.learned, fusion=fusion))}
    return other


def found(knowledge: Knowledge, questions: Sequence[Question]) -> dict[str, str]:
    ranked = [
        Ranked(one, tuple(hit.article.id for hit in knowledge.rank_articles(one.text, k=DEPTH)), 0)
        for one in questions
        if one.relevant
    ]
    measures = {
        "recall@1": [recall(one, 1) for one in ranked],
        "recall@5": [recall(one, 5) for one in ranked],
        "mrr@10": [reciprocal_rank(one) for one in ranked],
        "ndcg@10": [gain(one) for one in ranked],
    }
    return {
        name: f"{mean(values):.3f} ± {stdev(values) / len(values) ** 0.5:.3f}"
        for name, values in measures.items()
    }


def abstaining(
    knowledge: Knowledge, questions: Sequence[Question], unrelated: Sequence[str]
) -> dict[str, float]:
    def sure(text: str) -> float:
        return find_answer(knowledge, text, language=LANGUAGE, base_url="").confidence

    there = [sure(one.text) for one in questions if one.relevant]
    sides = {
        "auroc_near_misses": [sure(one.text) for one in questions if not one.relevant],
        "auroc_unrelated": [sure(text) for text in unrelated],
    }
    return {
        name: round(float(roc_auc_score([1] * len(there) + [0] * len(gone), there + gone)), 4)
        for name, gone in sides.items()
        if gone
    }


def answering(knowledge: Knowledge, questions: Sequence[Question]) -> dict[str, float]:
    """Time whole answers (encode, search, decide) on one core, each question once."""
    os.sched_setaffinity(0, {0})
    find_answer(knowledge, "warm up", language=LANGUAGE, base_url="")
    times = []
    for one in questions:
        began = time.perf_counter()
        # not a question that was asked before: its vector would be remembered
        find_answer(knowledge, f"{one.text} please", language=LANGUAGE, base_url="")
        times.append((time.perf_counter() - began) * 1000)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    return {"p50": round(median(times), 1), "p95": round(quantiles(times, n=20)[-1], 1)}


def run(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    questions = read_questions(arguments.questions)
    unrelated = []
    if arguments.unrelated:
        with arguments.unrelated.open(encoding="utf-8", newline="") as file:
            rows = [row["text"] for row in csv.DictReader(file) if row["label"] == "oos"]
        unrelated = rows[:UNRELATED]
    seconds, knowledge = building(arguments.articles, folder)
    return {
        "seconds": seconds,
        "words alone": found(weighed(knowledge, 1, 0), questions),
        "meaning alone": found(weighed(knowledge, 0, 1), questions),
        "half and half": found(weighed(knowledge, 0.5, 0.5), questions),
        "as learned from the headings": found(knowledge, questions),
        "abstaining": abstaining(knowledge, questions, unrelated),
        "ms_per_answer": answering(knowledge, questions),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--unrelated", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(arguments, Path(folder)), indent=2))


if __name__ == "__main__":
    main()
