"""What the machine itself does at the time: figures on a noisy machine are read against these."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import aiohttp

COMMITS = 200
REQUESTS = 200
WORK_RUNS = 20


def commit_seconds(folder: Path) -> list[float]:
    """Time commits of one small row each, with the settings of our database."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "baseline.db"
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS row (words TEXT)")
    times = []
    for _ in range(COMMITS):
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO row VALUES ('how do I put this on my site')")
        connection.execute("COMMIT")
        times.append(time.perf_counter() - began)
    connection.close()
    return times


async def request_seconds(session: aiohttp.ClientSession) -> list[float]:
    """Time requests that do nothing."""
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        async with session.get("/healthz") as response:
            await response.read()
        times.append(time.perf_counter() - began)
    return times


def work_seconds() -> list[float]:
    """Time a million additions: how fast this machine runs Python right now."""
    times = []
    for _ in range(WORK_RUNS):
        began = time.perf_counter()
        total = 0
        for number in range(1_000_000):
            total += number
        times.append(time.perf_counter() - began)
    return times
