"""The encoders that search uses, and the vectors of questions."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.nlu.encoder import shared_encoder

MINILM, MULTILINGUAL = "minilm", "multilingual"
READ_BY_MINILM = frozenset({"en"})
# MiniLM's row is two layers' side by side; for likeness in meaning the last one serves best.
WIDTHS = {MINILM: 384, MULTILINGUAL: 512}
BATCH = 256

Floats = NDArray[np.float32]
# Called with the number of texts encoded and their total.
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Show no progress."""


def encoders_of(language: str, languages: Sequence[str]) -> Sequence[str]:
    """Return the encoders of a language's passages; `languages` are those of questions."""
    if language not in READ_BY_MINILM:
        return [MULTILINGUAL]
    return [MINILM, MULTILINGUAL] if set(languages) - READ_BY_MINILM else [MINILM]


def encoder_for(language: str, asked_in: str | None) -> str:
    """Return the encoder that brings a question and a language's passages together."""
    own = asked_in is None or asked_in in READ_BY_MINILM
    return MINILM if language in READ_BY_MINILM and own else MULTILINGUAL


def width_of(encoder: str) -> int:
    return WIDTHS[encoder]


def encode_with(encoder: str, progress: Progress = silent) -> Callable[[Sequence[str]], Floats]:
    """Return a function that encodes many passages with all cores, one row of length 1 each.

    A passage's first line is its title and headings.
    """

    def encode(texts: Sequence[str]) -> Floats:
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        rows = np.empty((len(texts), WIDTHS[encoder]), np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            rows[batch] = _passages(encoder, [texts[number] for number in batch])
            progress(start + len(batch), len(order))
        return rows

    return encode


def vector_of(encoder: str, question: str) -> Floats:
    """Return a question's vector at length 1."""
    row: Floats = _encoded(encoder, [question], 1)[0]
    return row


def _passages(encoder: str, texts: Sequence[str]) -> Floats:
    """Encode passages; for the multilingual encoder the headings count as much as the whole.

    It averages over words, so that a long text says little of each; measured on the shipped
    articles, more questions find theirs this way, in their own language and across.
    """
    rows = _encoded(encoder, texts, os.cpu_count())
    if encoder == MULTILINGUAL:
        rows = rows + _encoded(encoder, [text.partition("\n")[0] for text in texts], os.cpu_count())
    return _at_length_1(rows)


def _encoded(encoder: str, texts: Sequence[str], threads: int | None) -> Floats:
    found = shared_encoder(encoder).encode(texts, threads=threads or 1)[:, : WIDTHS[encoder]]
    return _at_length_1(found)


def _at_length_1(rows: Floats) -> Floats:
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return np.asarray(rows / lengths, np.float32)
