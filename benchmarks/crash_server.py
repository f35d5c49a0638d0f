"""A parent that has loaded everything, and forks a server to be killed for every line it reads.

`python -m benchmarks.crash_server PORT` (settings from the environment) answers on standard
output: `loaded`, and for each line it reads `forked PID`, `ready` and `ended STATUS`. A child
opens the database, recovers and serves as `askfirst run` does. The parent forks before it has
any thread, loop or database, because none of those survives a fork.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import tqdm  # type: ignore[import-untyped]  # the parent must stay without its thread

from benchmarks.server import HOST
from bot.assembly import connect
from bot.clock import SystemClock
from bot.consent.notices import load_notices, register
from bot.engine.agent import Engine
from bot.engine.training import model_path
from bot.keys import load_keys
from bot.knowledge import find_answer
from bot.nlu.language import choose_language
from bot.opening import load_knowledge, open_database
from bot.services import KnowledgeHolder, Services
from bot.serving import serve
from bot.settings import Settings, load_settings
from bot.texts import load_texts
from bot.web import Assistant


class Loaded:
    """What every child gets ready made: all of a server except its database."""

    def __init__(self, settings: Settings) -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.keys = load_keys(settings.data_dir)
        self.notices = load_notices(settings)
        self.texts = load_texts(settings.project_dir, settings.languages)
        self.knowledge = KnowledgeHolder(load_knowledge(settings))
        self.engine = Engine(settings.organisation)
        self.engine.load(model_path(settings))
        self._warm_up()

    def _warm_up(self) -> None:
        """Let everything that is made at first use be made here, once for all children."""
        text = "how do I put this on my site"
        language = choose_language(text, self.settings.languages, self.settings.languages[0])
        find_answer(self.knowledge.current, text, language=language, base_url="")

    def open(self) -> Assistant:
        """Open the database, as `bot.assembly.build_services` does, and join everything."""
        database, clock = open_database(self.settings), SystemClock()
        with database.transaction() as connection:
            register(connection, self.notices, clock.now())
        services = Services(
            self.settings, database, self.keys, self.notices, self.texts, self.knowledge, clock
        )
        return connect(services, self.engine)


def tell(*words: object) -> None:
    """Write one line in one piece: parent and child share the pipe."""
    os.write(sys.stdout.fileno(), (" ".join(map(str, words)) + "\n").encode())


async def _serve(loaded: Loaded) -> None:
    assistant = await asyncio.to_thread(loaded.open)
    await serve(assistant, announce=_announce)


def _announce(_lines: Sequence[str]) -> None:
    tell("ready")


def run_child(loaded: Loaded) -> None:
    """Serve until killed or asked to end; never returns to the parent's code."""
    status = 1
    try:
        asyncio.run(_serve(loaded))
        status = 0
    finally:
        logging.shutdown()
        os._exit(status)


def run_parent(loaded: Loaded) -> None:
    """Fork a child for each line on standard input, and tell how it ended."""
    names = [(task / "comm").read_text() for task in Path("/proc/self/task").iterdir()]
    # tantivy watches its folders, which nobody changes, and its last merge may just be ending
    threads = [name for name in names if not name.startswith(("thread-tantivy", "merge_thread"))]
    # onnxruntime starts one of its own at import, which a session on one thread does without
    assert len(threads) <= 2, names
    assert threading.active_count() == 1, threading.enumerate()
    gc.collect()
    gc.freeze()
    tell("loaded")
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            run_child(loaded)
        tell("forked", child)
        _, status = os.waitpid(child, 0)
        tell("ended", os.waitstatus_to_exitcode(status))


def main() -> None:
    tqdm.tqdm.monitor_interval = 0
    logging.basicConfig(level="INFO", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    run_parent(Loaded(load_settings(host=HOST, port=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
