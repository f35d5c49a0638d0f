"""The encoders at work: batches of texts in, one row of float32 a text out."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelUnavailable
from bot.nlu.encoder.build import built_minilm, built_use
from bot.nlu.encoder.carriers import MINILM_TOKENIZER, USE_VOCABULARY, checked

Floats = NDArray[np.float32]
Tokens = Callable[[str], list[int]]

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
    """An ONNX encoder with its tokenizer: a `tokenizer.json`, or a `.model` of SentencePiece.

    It takes `input_ids` and `attention_mask`, and gives either rows (batch x width) or token
    states (batch x tokens x width), of which the mean is taken.
    """

    def __init__(self, model: Path, tokenizer: Path) -> None:
        self._tokens = _sentence_pieces(tokenizer) if _is_pieces(tokenizer) else _words(tokenizer)
        self._session = _session(model)
        self.width = self._run(["a"]).shape[1]

    def encode(self, texts: Sequence[str], *, threads: int = 1) -> Floats:
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        rows = np.empty((len(texts), self.width), np.float32)

        def run(batch: list[int]) -> None:
            rows[batch] = self._run([texts[number] for number in batch])

        if threads == 1 or len(batches) == 1:
            for batch in batches:
                run(batch)
        else:  # whole batches side by side: these matrices are too small to share one
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(run, batches))
        return rows

    def _run(self, texts: list[str]) -> Floats:
        encoded = [self._tokens(text) for text in texts]
        shape = (len(texts), max(len(one) for one in encoded))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, one in enumerate(encoded):
            ids[row, : len(one)], mask[row, : len(one)] = one, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {item.name: given[item.name] for item in self._session.get_inputs()}
        return _rows(self._session.run(None, wanted)[0], mask)


def _is_pieces(tokenizer: Path) -> bool:
    return tokenizer.suffix == ".model"


def _words(path: Path) -> Tokens:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ModelUnavailable(f"{path} is no tokenizer: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    # not `encode_batch`, which starts threads of its own
    return lambda text: list(tokenizer.encode(text).ids)


def _sentence_pieces(path: Path) -> Tokens:
    from sentencepiece import SentencePieceProcessor

    try:
        pieces = SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise ModelUnavailable(f"{path} is no tokenizer: {error}") from error
    start, end = pieces.bos_id(), pieces.eos_id()
    return lambda text: [start, *pieces.encode(text)[: MAX_TOKENS - 2], end]


def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
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


def shared_encoder(model: str, tokenizer: str | None = None) -> Encoder:
    """Return this process's one copy of an encoder, loaded at its first use.

    `model` is `minilm`, `multilingual` or the path of an ONNX file; then `tokenizer` is the
    path of its `tokenizer.json`. Raises `ModelUnavailable` naming what is wrong.
    """
    return _encoder(model, tokenizer)


@lru_cache(maxsize=8)
def _encoder(model: str, tokenizer: str | None) -> Encoder:  # without defaults: one key a model
    if model == MULTILINGUAL:
        return Remembering(OnnxEncoder(built_use(), checked(USE_VOCABULARY)))
    if model == MINILM:
        return Remembering(OnnxEncoder(built_minilm(), checked(MINILM_TOKENIZER)))
    if tokenizer is None:
        raise ModelUnavailable(
            f"the encoder {model} is neither {MINILM} nor {MULTILINGUAL};"
            " a file of your own needs `tokenizer:` beside `model:`"
        )
    for file in (model, tokenizer):
        if not Path(file).is_file():
            raise ModelUnavailable(f"of the encoder {model} there is no file {file}")
    return Remembering(OnnxEncoder(Path(model), Path(tokenizer)))
