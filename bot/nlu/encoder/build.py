"""Builds the English encoder once from its pinned weights.

The graph is quantised to 8-bit integers with one scale a column: a quarter of the size, and a
cosine of 0.99 to the original. It is kept beside the installed packages, under the versions it
was made by, with its SHA-256; a file that does not have it is built again.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from bot.errors import ModelUnavailable
from bot.nlu.encoder.carriers import MINILM_WEIGHTS, checked, sha256_of

SHAPE = 1  # counts up when the graph is written differently
QUANTISED = ["MatMul", "Gather"]


def built_minilm() -> Path:
    """Return the encoder's ONNX file, built if it is not there or not whole.

    Raises `ModelUnavailable` when the folder cannot be written.
    """
    folder = Path(sys.prefix) / "share" / "askfirst"
    key = f"{MINILM_WEIGHTS.sha256[:8]}-{SHAPE}-{version('onnx')}-{version('onnxruntime')}"
    path = folder / f"minilm-int8-{key}.onnx"
    if not _is_whole(path):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _build(path)
        except OSError as error:
            raise ModelUnavailable(
                f"the sentence encoder cannot be written to {folder}: {error.strerror}; "
                "run `make install` as somebody who may"
            ) from error
    return path


def _digest_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _is_whole(path: Path) -> bool:
    digest = _digest_file(path)
    return path.exists() and digest.exists() and digest.read_text().strip() == sha256_of(path)


def _build(path: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    from bot.nlu.encoder.minilm_graph import minilm_graph

    logging.getLogger().addFilter(_no_advice)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".building-") as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        onnx.save(minilm_graph(load_file(checked(MINILM_WEIGHTS))), whole)
        quantize_dynamic(
            whole,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=QUANTISED,
        )
        digest = Path(folder) / "digest"
        digest.write_text(sha256_of(small) + "\n")
        digest.replace(_digest_file(path))
        small.replace(path)


def _no_advice(record: logging.LogRecord) -> bool:
    """Drop onnxruntime's advice to pre-process a graph; ours has its shapes already."""
    return "pre-processing before quantization" not in record.getMessage()
