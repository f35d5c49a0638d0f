"""What is made from the articles once and shown often."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from bot.knowledge import Library

T = TypeVar("T")

MOST = 500


class Kept:
    """Things made from the library that is current; another library empties it.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._library: Library | None = None
        self._things: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

    def get(self, library: Library, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` makes, made anew only when it is not kept."""
        with self._lock:
            if library is not self._library or len(self._things) >= MOST:
                self._library, self._things = library, {}
            things = self._things
        if key not in things:
            things[key] = make()
        made: T = things[key]
        return made
