"""Kills the server again and again in the middle of turns, then counts what is left.

`python -m benchmarks.crashes --rounds 200`. In each round a forked server is killed with
SIGKILL at a random moment while visitors write. The last server may live until all is answered.
Exit code 1 says that something acknowledged was lost, done twice, or out of order.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
import click
from sqlalchemy import inspect

from benchmarks.crash_check import Check
from benchmarks.crash_parent import Parent, parent
from benchmarks.crash_visitors import Line, Record, RestVisitor, WebVisitor
from benchmarks.server import HOST, free_port, provide_model
from bot.conversation.store import unanswered
from bot.database import Database
from bot.keys import load_keys

WEB_VISITORS, REST_VISITORS = 4, 2
MOST_DELAY_SECONDS = 0.4
FROM_FORK = 0.2  # so many of the kills count from the fork: they hit start and recovery
ANSWER_SECONDS = 180


@dataclass(frozen=True)
class Result:
    """What one run came to. `mid_turn` counts the kills that left messages without an answer."""

    rounds: int
    seed: int
    seconds: float
    messages: int
    turns: int
    handoffs: int
    retries: int
    mid_turn: int
    problems: tuple[str, ...]


async def kill_once(server: Parent, rng: random.Random) -> None:
    """Let one server live for a moment and kill it."""
    delay, from_fork = rng.uniform(0, MOST_DELAY_SECONDS), rng.random() < FROM_FORK
    await server.fork()
    if not from_fork:
        await server.expect("ready")
    await asyncio.sleep(delay)
    assert await server.end(signal.SIGKILL) == -signal.SIGKILL


def waiting(folder: Path) -> int:
    """Return how many stored messages have no second commit."""
    database = Database(database_url(folder))
    try:
        with database.reading() as connection:
            made = inspect(connection).has_table("turn")
            return len(unanswered(connection)) if made else 0
    finally:
        database.close()


def left_waiting(data_dir: Path) -> int:
    """Return the same for a dead server, from a copy: what it left is for the next to recover."""
    with tempfile.TemporaryDirectory(prefix="askfirst-crashes-") as folder:
        for name in ("askfirst.db", "askfirst.db-wal"):
            if (data_dir / name).exists():
                shutil.copy(data_dir / name, folder)
        return waiting(Path(folder))


def database_url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'askfirst.db'}"


async def kill_many(data_dir: Path, rounds: int, seed: int, record: Record) -> int:
    """Run all rounds and the last, quiet one; return how many kills hit a turn."""
    rng, port, hits = random.Random(seed), free_port(), 0
    timeout = aiohttp.ClientTimeout(total=30)
    async with (
        parent(data_dir, port) as server,
        aiohttp.ClientSession(f"http://{HOST}:{port}", timeout=timeout) as session,
    ):
        line = Line(session, record)
        async with asyncio.TaskGroup() as visitors:
            for number in range(WEB_VISITORS):
                visitors.create_task(WebVisitor(line, f"web{number}").run())
            for number in range(REST_VISITORS):
                visitors.create_task(RestVisitor(line, f"rest{number}").run())
            for _ in range(rounds):
                await kill_once(server, rng)
                hits += left_waiting(data_dir) > 0
            await server.fork()
            line.closing = True
        await _until_answered(data_dir)
        assert await server.end(signal.SIGTERM) == 0, "the last server did not stop cleanly"
    return hits


async def _until_answered(data_dir: Path) -> None:
    async with asyncio.timeout(ANSWER_SECONDS):
        while waiting(data_dir):
            await asyncio.sleep(0.1)


def check(data_dir: Path, record: Record) -> Check:
    """Read the database of a run."""
    database = Database(database_url(data_dir))
    with database.reading() as connection:
        found = Check(connection, load_keys(data_dir), record)
    database.close()
    return found


def run(data_dir: Path, rounds: int, seed: int) -> tuple[Result, Record]:
    """Kill `rounds` servers on a data directory that is empty before, and check what is left."""
    provide_model(data_dir)
    record, began = Record(), time.perf_counter()
    mid_turn = asyncio.run(kill_many(data_dir, rounds, seed, record))
    seconds = round(time.perf_counter() - began, 1)
    found = check(data_dir, record)
    log = (data_dir / "server.log").read_text(errors="replace")
    problems = [*record.surprises, *found.problems()]
    problems += ["the server logged an error"] * ("Traceback" in log)
    result = Result(
        rounds=rounds,
        seed=seed,
        seconds=seconds,
        messages=len(record.sent),
        turns=len(found.turns),
        handoffs=len(found.handoffs),
        retries=record.retries,
        mid_turn=mid_turn,
        problems=tuple(problems),
    )
    return result, record


def lines(result: Result) -> list[str]:
    """Return a result for people."""
    return [
        f"{result.rounds} servers killed (seed {result.seed}) in {result.seconds} s,"
        f" {result.mid_turn} of them with messages still unanswered",
        f"{result.messages} messages sent by {WEB_VISITORS + REST_VISITORS} visitors,"
        f" {result.turns} turns, {result.handoffs} handoffs, {result.retries} requests repeated",
        *(f"PROBLEM: {problem}" for problem in result.problems),
        f"{len(result.problems)} problems: lost, doubled, changed or out of order",
    ]


@click.command()
@click.option("--rounds", default=200, type=click.IntRange(min=1), help="How many kills.")
@click.option("--seed", default=1, help="Decides the moments of the kills.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Keep the data in this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def main(rounds: int, seed: int, data_dir: Path | None, as_json: bool) -> None:
    """Kill servers in the middle of turns and check that nothing is lost or done twice."""
    with tempfile.TemporaryDirectory(prefix="askfirst-crashes-") as folder:
        result, _ = run(data_dir or Path(folder), rounds, seed)
    print(json.dumps(asdict(result), indent=2) if as_json else "\n".join(lines(result)))
    sys.exit(bool(result.problems))


if __name__ == "__main__":
    main()
