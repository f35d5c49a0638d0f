"""spaCy's memory for words, kept small: it stores every new word and never forgets one.

spaCy 3.7 has no `memory_zone`, so that what was built on a vocabulary is built anew instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from spacy.vocab import Vocab

# About 2 MB; a message of 20 words adds some 30 strings when all of its words are new.
MOST_STRINGS = 10_000
# A visitor's words are not kept longer than this, once there are newer messages.
MOST_SECONDS = 3600.0


class _HasVocab(Protocol):
    @property
    def vocab(self) -> Vocab: ...


Part = TypeVar("Part", bound=_HasVocab)


class Forgetful(Generic[Part]):
    """Something with a spaCy vocabulary, replaced by a new one when it has learned too much.

    Building Dutch rules takes half a second, so that a thread does it; messages go on with the
    old one meanwhile. Any thread may call `get`; nobody may keep what it returns.
    """

    def __init__(
        self,
        build: Callable[[], Part],
        *,
        most_strings: int = MOST_STRINGS,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._build = build
        self._most_strings, self._most_seconds = most_strings, most_seconds
        self._lock = threading.Lock()
        self._builder: threading.Thread | None = None
        self._take(build())

    def get(self) -> Part:
        """Return the present one; start its replacement if it is time."""
        learned = self.learned
        old = time.monotonic() - self._since > self._most_seconds
        if learned > self._most_strings or (learned and old):
            self._renew()
        return self._part

    @property
    def learned(self) -> int:
        """How many strings are kept that were not there at the beginning."""
        return len(self._part.vocab.strings) - self._strings

    def wait(self) -> None:
        """Wait for a replacement that is being built."""
        with self._lock:
            builder = self._builder
        if builder is not None:
            builder.join()

    def _take(self, part: Part) -> None:
        self._strings = len(part.vocab.strings)
        self._since = time.monotonic()
        self._part = part

    def _renew(self) -> None:
        with self._lock:
            if self._builder is None:
                self._builder = threading.Thread(target=self._replace, daemon=True)
                self._builder.start()

    def _replace(self) -> None:
        try:
            self._take(self._build())
        finally:
            with self._lock:
                self._builder = None
