"""How fast turns are: over HTTP, both commits included, on SQLite with the shipped articles.

`python -m benchmarks.turns` starts the real server on a data directory of its own. Exit code 1
says that a late turn of a conversation took over 1.3 times as long as an early one.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import click

from benchmarks.baseline import commit_seconds, request_seconds, work_seconds
from benchmarks.server import ServerProcess, provide_model
from benchmarks.table import turn_lines

QUESTIONS = (
    "how do I put this on my site",
    "where is my data kept",
    "how do I add a help article",
    "how can I connect another channel",
    "what does it cost",
    "how do I make a backup",
    "can it speak another language",
    "how do I prove that somebody agreed",
)
LONG_CONVERSATIONS = 5
EARLY_TURNS = 7  # turns 3 to 7 of a fresh conversation stand for its fifth
WINDOW = 5
AT_ONCE = 8
WARM_UP = 10
ALLOWED_RATIO = 1.3


class Visitor:
    """One conversation over the REST channel, whose response comes after the second commit."""

    def __init__(self, session: aiohttp.ClientSession, sender: str) -> None:
        self._session = session
        self._sender = sender
        self.turns = 0

    async def ask(self) -> float:
        """Run one turn and return its seconds."""
        question = QUESTIONS[self.turns % len(QUESTIONS)]
        self.turns += 1
        body = {"sender": self._sender, "message": question}
        began = time.perf_counter()
        async with self._session.post("/webhooks/rest/webhook", json=body) as response:
            replies = await response.json()
        seconds = time.perf_counter() - began
        assert response.status == 200, replies
        assert replies, "a question got no reply"
        return seconds

    async def ask_until(self, turn: int) -> list[float]:
        return [await self.ask() for _ in range(turn - self.turns)]


def summary(seconds: list[float], elapsed: float) -> dict[str, float]:
    """Return what is told about a series of turns."""
    return {
        "turns": len(seconds),
        "p50_ms": round(statistics.median(seconds) * 1000, 1),
        "p95_ms": round(statistics.quantiles(seconds, n=20)[18] * 1000, 1),
        "turns_per_second": round(len(seconds) / elapsed, 1),
    }


async def measure_at_once(session: aiohttp.ClientSession, count: int, turns: int) -> dict[str, Any]:
    """Run `turns` turns in `count` conversations at once."""
    visitors = [Visitor(session, f"at-once-{count}-{number}") for number in range(count)]
    began = time.perf_counter()
    series = await asyncio.gather(*(visitor.ask_until(turns // count) for visitor in visitors))
    return summary([one for ones in series for one in ones], time.perf_counter() - began)


async def measure_long(session: aiohttp.ClientSession, turns: int) -> dict[str, Any]:
    """Compare the last turns of long conversations with early turns of fresh ones.

    Both are timed in turn and with the same questions, so that a noisy machine slows both.
    """
    old = [Visitor(session, f"long-{number}") for number in range(LONG_CONVERSATIONS)]
    await asyncio.gather(*(visitor.ask_until(turns - WINDOW) for visitor in old))
    early: list[float] = []
    late: list[float] = []
    for number, visitor in enumerate(old):
        fresh = Visitor(session, f"fresh-{number}")
        await fresh.ask_until(EARLY_TURNS - WINDOW)
        fresh.turns = visitor.turns  # from here on both ask the same questions
        for turn in range(WINDOW):
            pair = [(visitor, late), (fresh, early)]
            for who, series in pair if turn % 2 else reversed(pair):
                series.append(await who.ask())
    first, last = statistics.median(early) * 1000, statistics.median(late) * 1000
    return {
        "early_ms": round(first, 1),
        "late_ms": round(last, 1),
        "late_turn": turns,
        "ratio": round(last / first, 2),
        "allowed": ALLOWED_RATIO,
    }


async def measure_turns(server: ServerProcess, turns: int) -> dict[str, Any]:
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(server.url, timeout=timeout) as session:
        await Visitor(session, "warm-up").ask_until(WARM_UP)
        warm = server.memory_mb()
        found = {
            "request_ms": _ms(await request_seconds(session)),
            "one": await measure_at_once(session, 1, turns),
            "at_once": AT_ONCE,
            "many": await measure_at_once(session, AT_ONCE, turns),
            "long": await measure_long(session, turns),
        }
        memory = {"warm_mb": round(warm), "end_mb": round(server.memory_mb())}
        return {**found, "memory": memory}


def measure(turns: int, data_dir: Path, *, first_start: bool) -> dict[str, Any]:
    """Measure everything once, in a data directory that is empty before."""
    first = _start_once(data_dir / "first") if first_start else None
    provide_model(data_dir / "turns")
    commits, work = commit_seconds(data_dir), work_seconds()
    server = ServerProcess(data_dir / "turns")
    try:
        start = server.start()
        measured = asyncio.run(measure_turns(server, turns))
    finally:
        server.stop()
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "load": round(os.getloadavg()[0], 1),
        "first_start_seconds": first and round(first, 1),
        "start_seconds": round(start, 1),
        "commit_ms": _ms(commits + commit_seconds(data_dir)),
        "work_ms": _ms(work + work_seconds()),
        **measured,
    }


def _start_once(data_dir: Path) -> float:
    server = ServerProcess(data_dir)
    try:
        return server.start()
    finally:
        server.stop()


def _ms(seconds: list[float]) -> dict[str, float]:
    found = summary(seconds, 1)
    return {name: found[name] for name in ("p50_ms", "p95_ms")}


@click.command()
@click.option("--turns", default=200, type=click.IntRange(min=40), help="Turns in each series.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Keep the data in this folder.")
@click.option("--first-start", is_flag=True, help="Also measure a start that trains a model.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def main(turns: int, data_dir: Path | None, first_start: bool, as_json: bool) -> None:
    """Measure start, turns, memory, and whether long conversations get slower."""
    with tempfile.TemporaryDirectory(prefix="askfirst-turns-") as folder:
        found = measure(turns, data_dir or Path(folder), first_start=first_start)
    print(json.dumps(found, indent=2) if as_json else "\n".join(turn_lines(found)))
    sys.exit(found["long"]["ratio"] > ALLOWED_RATIO)


if __name__ == "__main__":
    main()
