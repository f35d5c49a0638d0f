"""Keeps indexes between starts: a folder a state, never changed once it is there.

Opening one maps its files. When articles change, a new state is made from the one before: only
changed passages are encoded and indexed. Processes that still read an older state go on with it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bot.knowledge.articles import HelpArticle
from bot.knowledge.index import LanguageIndex, Passages
from bot.knowledge.learned import Learned
from bot.knowledge.learning import learn
from bot.knowledge.lexical import Lexical
from bot.knowledge.meaning import Progress, encode_with, encoders_of, silent, width_of
from bot.knowledge.terms import Terms, word_list
from bot.knowledge.vectors import Vectors, none

logger = logging.getLogger(__name__)

VERSION = 1  # to be raised when an older state can no longer be read
MANIFEST, LEXICAL, CURRENT = "manifest.json", "lexical", "current"
KEPT_STATES = 3
# An index of words of as many passages is changed rather than made anew.
CHANGED_FROM = 5000
# What was learned holds until this share of the passages is new.
DRIFT = 0.1


@dataclass(frozen=True)
class State:
    """What is kept of one language; the empty one knows nothing."""

    folder: Path | None = None
    words: str = ""
    lexical: Lexical | None = None
    meanings: Mapping[str, Vectors] = field(default_factory=dict)
    learned: Learned = field(default_factory=Learned)
    keys: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.empty(0, np.int64))


class Shelf:
    """Makes indexes, and keeps them below a folder if it has one."""

    def __init__(self, folder: Path | None, progress: Progress = silent) -> None:
        self._folder, self._progress = folder, progress

    def index(
        self, language: str, articles: Sequence[HelpArticle], languages: Sequence[str]
    ) -> LanguageIndex:
        """Return the index of a language's articles, from what is kept as far as it fits.

        `languages` are those that questions come in. A state that cannot be read or written
        costs time, never an answer.
        """
        held = Passages.of(articles)
        encoders = encoders_of(language, languages)
        kept = self._opened(language)
        if not _fits(kept, language, held, encoders):
            kept = self._made(language, held, encoders, kept)
        lexical = kept.lexical or Lexical(None)
        index = LanguageIndex(language, held, Terms(language), lexical, kept.meanings, kept.learned)
        return self._learned(index, kept)

    def _made(self, language: str, held: Passages, encoders: Sequence[str], kept: State) -> State:
        try:
            return self._kept_anew(language, held, encoders, kept)
        except (OSError, EOFError, ValueError) as error:
            logger.warning("the search index is not kept: %s", error)
            return _new_state(language, held, encoders, State(), None, self._progress)

    def _kept_anew(
        self, language: str, held: Passages, encoders: Sequence[str], kept: State
    ) -> State:
        if self._folder is None:
            return _new_state(language, held, encoders, kept, None, self._progress)
        home = self._folder / language
        home.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=home, prefix=".making-"))
        try:
            _new_state(language, held, encoders, kept, making, self._progress)
            made = home / f"state-{making.name.removeprefix('.making-')}"
            making.rename(made)
        finally:
            shutil.rmtree(making, ignore_errors=True)  # gone by its new name, or half made
        _point(home, made)
        state = _read(made)
        _prune(home, made)
        return state

    def _opened(self, language: str) -> State:
        if self._folder is None:
            return State()
        home = self._folder / language
        try:
            return _read(home / (home / CURRENT).read_text().strip())
        except FileNotFoundError:
            return State()
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            logger.warning("the kept search index could not be read and is built anew: %s", error)
            return State()

    def _learned(self, index: LanguageIndex, kept: State) -> LanguageIndex:
        """Learn from the collection's own headings, unless that was done for nearly the same."""
        size, before = len(index.held), kept.learned.passages
        if not size or (before and abs(size - before) <= DRIFT * before):
            return index
        learned = replace(learn(index), passages=size)
        if kept.folder is not None:
            _write_manifest(kept.folder, kept.words, index.meanings, learned)
        return replace(index, learned=learned)


def _fits(kept: State, language: str, held: Passages, encoders: Sequence[str]) -> bool:
    return (
        kept.lexical is not None
        and kept.words == _words_digest(language)
        and set(kept.meanings) == set(encoders)
        and np.array_equal(kept.keys, np.unique(held.keys))
    )


def _new_state(
    language: str,
    held: Passages,
    encoders: Sequence[str],
    kept: State,
    folder: Path | None,
    progress: Progress,
) -> State:
    """Make a state from another, in memory or into an empty folder."""
    words = _words_digest(language)
    lexical = _changed_lexical(language, held, kept if kept.words == words else State(), folder)
    places = {int(key): number for number, key in enumerate(held.keys)}
    texts = {key: partial(held.text_of, number) for key, number in places.items()}
    meanings = {}
    for name in encoders:
        before = kept.meanings.get(name) or none(width_of(name))
        meanings[name] = before.changed(texts, encode_with(name, progress))
        if folder is not None:
            meanings[name].save(folder / name)
    if folder is not None:
        _write_manifest(folder, words, meanings, kept.learned)
    return State(folder, words, lexical, meanings, kept.learned, np.unique(held.keys))


def _changed_lexical(language: str, held: Passages, kept: State, folder: Path | None) -> Lexical:
    """Index the words: a large index is changed, a small one made anew.

    What was taken out goes on counting in the statistics of a changed one, for a while.
    """
    changed = kept.folder is not None and len(held) >= CHANGED_FROM
    path = folder / LEXICAL if folder is not None else None
    if path is not None and changed and kept.folder is not None:
        shutil.copytree(kept.folder / LEXICAL, path)
    elif path is not None:
        path.mkdir()
    before = kept.keys if changed else np.empty(0, np.int64)
    lexical, terms = Lexical(path), Terms(language)
    new = set(np.setdiff1d(held.keys, before).tolist())
    documents = (
        (int(key), terms.of(held.words_of(number)))
        for number, key in enumerate(held.keys)
        if int(key) in new
    )
    lexical.change(np.setdiff1d(before, held.keys).tolist(), documents)
    return lexical


def _read(folder: Path) -> State:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    if manifest["version"] != VERSION:
        return State()
    meanings = {name: Vectors.open(folder / name) for name in manifest["encoders"]}
    keys = next(iter(meanings.values())).keys
    learned = Learned.from_json(manifest["learned"])
    return State(folder, manifest["words"], Lexical(folder / LEXICAL), meanings, learned, keys)


def _write_manifest(
    folder: Path, words: str, meanings: Mapping[str, Vectors], learned: Learned
) -> None:
    content = {
        "version": VERSION,
        "words": words,
        "encoders": list(meanings),
        "learned": learned.as_json(),
    }
    new = folder / f"{MANIFEST}.new"
    new.write_text(json.dumps(content), "utf-8")
    new.replace(folder / MANIFEST)


def _words_digest(language: str) -> str:
    listed = word_list(language)
    parts = [*sorted(listed.stop), *(" ".join(pair) for pair in sorted(listed.joined))]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _point(home: Path, made: Path) -> None:
    new = home / f"{CURRENT}.{made.name}"
    new.write_text(made.name)
    new.replace(home / CURRENT)


def _prune(home: Path, made: Path) -> None:
    """Leave the newest states; what is mapped elsewhere stays readable until it is let go."""
    states = sorted(home.glob("state-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in [path for path in states if path != made][KEPT_STATES - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
