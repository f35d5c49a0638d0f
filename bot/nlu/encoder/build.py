"""Builds the encoders once from their pinned weights.

The graphs are quantised to 8-bit integers with one scale a column: a quarter of the size, and a
cosine of 0.99 to the original. They are kept beside the installed packages, under the versions
they were made by, with their SHA-256; a file that does not have it is built again. A large table
lies in a file of its own, which onnxruntime maps: workers on a machine share it.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.errors import ModelUnavailable
from bot.nlu.encoder.carriers import MINILM_WEIGHTS, USE_WEIGHTS, Carried, checked, sha256_of

SHAPE = 2  # counts up when the graphs are written differently
LARGE = 1 << 24  # a constant of as many bytes lies in the file beside


@dataclass(frozen=True)
class Recipe:
    """What an encoder is made of: weights, how they become a graph, what is quantised."""

    name: str
    weights: Carried
    graph: Callable[[Path], Any]
    quantised: Sequence[str]


def built_minilm(folder: Path | None = None) -> Path:
    """Return the English encoder's ONNX file, built if it is not there or not whole.

    Raises `ModelUnavailable` when the folder cannot be written.
    """
    return _built(Recipe("minilm", MINILM_WEIGHTS, _minilm, ["MatMul", "Gather"]), folder)


def built_use(folder: Path | None = None) -> Path:
    """Return the multilingual encoder's ONNX file as `built_minilm` does."""
    return _built(Recipe("use", USE_WEIGHTS, _use, ["MatMul"]), folder)


def _built(recipe: Recipe, folder: Path | None) -> Path:
    folder = folder or Path(sys.prefix) / "share" / "askfirst"
    key = f"{recipe.weights.sha256[:8]}-{SHAPE}-{version('onnx')}-{version('onnxruntime')}"
    path = folder / f"{recipe.name}-int8-{key}.onnx"
    if not _is_whole(path):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _build(recipe, path)
        except OSError as error:
            raise ModelUnavailable(
                f"the sentence encoder cannot be written to {folder}: {error.strerror}; "
                "run `make install` as somebody who may"
            ) from error
    return path


def _is_whole(path: Path) -> bool:
    digests = path.with_suffix(".sha256")
    return path.exists() and digests.exists() and digests.read_text() == _digests(path)


def _digests(path: Path) -> str:
    files = [file for file in (path, path.with_suffix(".data")) if file.exists()]
    return "".join(f"{sha256_of(file)}  {file.name}\n" for file in files)


def _build(recipe: Recipe, path: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().addFilter(_no_advice)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".building-") as folder:
        whole, small, made = (Path(folder) / name for name in ("whole", "small", path.name))
        onnx.save(recipe.graph(checked(recipe.weights)), whole)
        quantize_dynamic(
            whole,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=list(recipe.quantised),
        )
        data = made.with_suffix(".data")
        onnx.save(
            onnx.load(small),
            made,
            save_as_external_data=True,
            location=data.name,
            size_threshold=LARGE,
        )
        digests = made.with_suffix(".sha256")
        digests.write_text(_digests(made))
        for file in (digests, data, made):
            if file.exists():
                file.chmod(0o644)
                file.replace(path.parent / file.name)


def _minilm(weights: Path) -> Any:
    from safetensors.numpy import load_file

    from bot.nlu.encoder.minilm_graph import minilm_graph

    return minilm_graph(load_file(weights))


def _use(weights: Path) -> Any:
    import numpy as np

    from bot.nlu.encoder.use_graph import use_graph

    with np.load(weights, allow_pickle=False) as arrays:
        return use_graph(dict(arrays))


def _no_advice(record: logging.LogRecord) -> bool:
    """Drop onnxruntime's advice to pre-process a graph; ours has its shapes already."""
    return "pre-processing before quantization" not in record.getMessage()
