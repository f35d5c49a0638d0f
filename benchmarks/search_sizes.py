"""Search against size: `python -m benchmarks.search_sizes [--sizes 10000 100000 1000000]`.

Made-up passages of 90 words, whose frequencies fall as in language, and vectors around made-up
topics. A search is both searches with the scores of all candidates, without encoding a question.
`--plot FILE` draws what it costs.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

from bot.knowledge.lexical import Document, Lexical
from bot.knowledge.ranking import DEPTH
from bot.knowledge.vectors import Floats, Vectors

WORDS, WIDTH, TOPICS, VOCABULARY = 90, 384, 2000, 60_000
SEARCHES, TERMS = 200, 8
BLOCK = 10_000


def words_of(count: int, chance: np.random.Generator) -> Iterator[Document]:
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        drawn = chance.zipf(1.3, size=(size, WORDS)) % VOCABULARY
        for place, row in enumerate(drawn.tolist()):
            yield start + place, [f"w{word}" for word in row]


def vectors_of(count: int, chance: np.random.Generator) -> Floats:
    topics = chance.standard_normal((TOPICS, WIDTH)).astype(np.float32)
    rows = topics[chance.integers(TOPICS, size=count)]
    for start in range(0, count, BLOCK):
        block = rows[start : start + BLOCK]
        block += 0.8 * chance.standard_normal(block.shape).astype(np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return np.asarray(rows, np.float32)


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def search(lexical: Lexical, vectors: Vectors, terms: list[str], query: Floats) -> None:
    by_words, by_meaning = lexical.search(terms, DEPTH), vectors.search(query, DEPTH)
    vectors.of(np.union1d(by_words.keys, by_meaning.keys)) @ query


def measure(count: int, folder: Path) -> dict[str, Any]:
    chance = np.random.default_rng(0)
    began = time.perf_counter()
    (folder / "words").mkdir(parents=True)
    Lexical(folder / "words").change([], words_of(count, chance))
    rows = vectors_of(count, chance)
    queries = rows[chance.integers(count, size=SEARCHES)].copy()
    Vectors(np.arange(count, dtype=np.int64), rows).save(folder / "meaning")
    del rows
    built = time.perf_counter() - began
    before = resident()
    lexical, vectors = Lexical(folder / "words"), Vectors.open(folder / "meaning")
    times = []
    for query in queries:
        terms = [f"w{word}" for word in set((chance.zipf(1.3, size=TERMS) % VOCABULARY).tolist())]
        began = time.perf_counter()
        search(lexical, vectors, terms, query)
        times.append((time.perf_counter() - began) * 1000)
    return {
        "passages": count,
        "ms_p50": round(median(times), 2),
        "ms_p95": round(quantiles(times, n=20)[-1], 2),
        "megabytes_resident": round(resident() - before),
        "megabytes_on_disk": round(
            sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20
        ),
        "seconds_built": round(built, 1),
    }


def draw(found: list[dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5), layout="constrained")
    for name in ("ms_p50", "ms_p95"):
        axes.plot(
            [one["passages"] for one in found], [one[name] for one in found], "o-", label=name
        )
    axes.set(xscale="log", xlabel="passages", ylabel="milliseconds a search", ylim=(0, None))
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    found = []
    for count in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            found.append(measure(count, Path(folder)))
        print(json.dumps(found[-1]), flush=True)
    if arguments.plot:
        draw(found, arguments.plot)


if __name__ == "__main__":
    main()
