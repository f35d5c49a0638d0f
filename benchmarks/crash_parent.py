"""The way to the parent process of `benchmarks.crash_server`, and to the servers it forks."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from benchmarks.server import environment
from bot.settings import PROJECT_DIR

LOAD_SECONDS = 300


class Parent:
    """The process that forks servers; it says what becomes of them, line by line."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._child: int | None = None

    async def expect(self, word: str) -> int:
        """Read on until a line starts with `word`; return its number, if it has one."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LOAD_SECONDS):
            while True:
                found = (await self._process.stdout.readline()).decode().split()
                assert found, "the parent ended; see server.log"
                assert found[0] == word or found[0] != "ended", "the server ended by itself"
                if found[0] == word:
                    return int(found[1]) if len(found) > 1 else 0

    async def fork(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"fork\n")
        self._child = await self.expect("forked")

    async def end(self, number: int) -> int:
        """Send the child a signal; return its exit code, negative for the signal it died of."""
        assert self._child is not None
        os.kill(self._child, number)
        status = await self.expect("ended")
        self._child = None
        return status

    async def close(self) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def parent(data_dir: Path, port: int) -> AsyncIterator[Parent]:
    """Start the parent and wait until it has loaded everything."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with (data_dir / "server.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.crash_server", str(port),
            cwd=PROJECT_DIR, env={**environment(data_dir), **threads},
            stdin=PIPE, stdout=PIPE, stderr=log,
        )  # fmt: skip
    found = Parent(process)
    try:
        await found.expect("loaded")
        yield found
    finally:
        await found.close()
