"""Wake-ups: who waits for news of a conversation hears that there is some; the rows say what."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

DESK = "desk"  # the key on which the desk listens for anything new


class Wakeups:
    """In-process signals by key. Nothing is lost with one: listeners read rows by cursor."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    def close(self) -> None:
        """Wake everybody for the last time: a stream that finds this closed ends."""
        self.closed = True
        self.notify(*self._listeners)

    def notify(self, *keys: str) -> None:
        """Wake everybody who listens on these keys."""
        for key in keys:
            for event in self._listeners.get(key, ()):
                event.set()

    @asynccontextmanager
    async def listen(self, key: str) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set with every news on `key`; the listener clears it."""
        event = asyncio.Event()
        self._listeners[key].add(event)
        try:
            yield event
        finally:
            self._listeners[key].discard(event)
            if not self._listeners[key]:
                del self._listeners[key]

    def count(self, key: str) -> int:
        """Return how many listen on `key` now."""
        return len(self._listeners.get(key, ()))
