"""all-MiniLM-L6-v2 written out as an ONNX graph from its weights: no torch is needed.

Inputs `input_ids`, `attention_mask` (int64, batch x tokens). Output `embedding` (float32,
batch x 768): the sentence embedding (mean over the last layer's tokens, unit length; Reimers
and Gurevych 2019), and beside it the same mean over the layer before, which tells needs apart
better than it tells meanings alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEADS, LAYERS = 384, 12, 6
OPSET, IR_VERSION = 17, 8
EPSILON = 1e-12

Weights = Mapping[str, NDArray[np.float32]]


class _Graph:
    """Collects nodes and constants; every method returns the name of what it made."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, value: Any) -> str:
        if name not in self.constants:
            array = np.ascontiguousarray(value)
            self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def number(self, value: float) -> str:
        return self.constant(f"number {value}", np.array(value, np.float32))

    def whole(self, *values: int) -> str:
        return self.constant(f"whole {values}", np.array(values, np.int64))

    def node(self, operator: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        output = name or f"value {len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def linear(self, values: str, weight: str) -> str:
        matrix = self.constant(f"{weight}.matrix", self._weights[f"{weight}.weight"].T)
        bias = self.constant(f"{weight}.bias", self._weights[f"{weight}.bias"])
        return self.node("Add", self.node("MatMul", values, matrix), bias)

    def normalised(self, values: str, weight: str) -> str:
        scale = self.constant(f"{weight}.scale", self._weights[f"{weight}.weight"])
        bias = self.constant(f"{weight}.bias", self._weights[f"{weight}.bias"])
        return self.node("LayerNormalization", values, scale, bias, axis=-1, epsilon=EPSILON)

    def table(self, name: str) -> str:
        return self.constant(name, self._weights[f"embeddings.{name}.weight"])


def minilm_graph(weights: Weights) -> Any:
    """Return the encoder as a checked ONNX model in float32."""
    graph = _Graph(weights)
    states = [_embedded(graph)]
    mask = _attention_mask(graph)
    for layer in range(LAYERS):
        states.append(_layer(graph, states[-1], mask, f"encoder.layer.{layer}"))
    both = [_mean(graph, states[-1]), _mean(graph, states[-2])]
    graph.node("Concat", *both, name="embedding", axis=-1)
    return _model(graph)


def _embedded(graph: _Graph) -> str:
    words = graph.node("Gather", graph.table("word_embeddings"), "input_ids")
    length = graph.node("Gather", graph.node("Shape", "input_ids"), graph.whole(1))
    places = graph.node(
        "Slice", graph.table("position_embeddings"), graph.whole(0), length, graph.whole(0)
    )
    kind = graph.constant("kind", graph._weights["embeddings.token_type_embeddings.weight"][0])
    total = graph.node("Add", graph.node("Add", words, places), kind)
    return graph.normalised(total, "embeddings.LayerNorm")


def _attention_mask(graph: _Graph) -> str:
    """Return 0 for a token and a large negative number for padding, batch x 1 x 1 x tokens."""
    mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    spread = graph.node("Unsqueeze", mask, graph.whole(1, 2))
    return graph.node("Mul", graph.node("Sub", graph.number(1), spread), graph.number(-1e4))


def _layer(graph: _Graph, values: str, mask: str, name: str) -> str:
    attended = graph.linear(_attention(graph, values, mask, name), f"{name}.attention.output.dense")
    values = graph.normalised(
        graph.node("Add", attended, values), f"{name}.attention.output.LayerNorm"
    )
    inner = _gelu(graph, graph.linear(values, f"{name}.intermediate.dense"))
    outer = graph.linear(inner, f"{name}.output.dense")
    return graph.normalised(graph.node("Add", outer, values), f"{name}.output.LayerNorm")


def _attention(graph: _Graph, values: str, mask: str, name: str) -> str:
    split = graph.whole(0, 0, HEADS, WIDTH // HEADS)
    query, key, value = (
        graph.node("Reshape", graph.linear(values, f"{name}.attention.self.{part}"), split)
        for part in ("query", "key", "value")
    )
    query = graph.node("Transpose", query, perm=[0, 2, 1, 3])
    key = graph.node("Transpose", key, perm=[0, 2, 3, 1])
    value = graph.node("Transpose", value, perm=[0, 2, 1, 3])
    scale = graph.number((WIDTH // HEADS) ** -0.5)
    scores = graph.node("Mul", graph.node("MatMul", query, key), scale)
    shares = graph.node("Softmax", graph.node("Add", scores, mask), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
    return graph.node("Reshape", mixed, graph.whole(0, 0, WIDTH))


def _gelu(graph: _Graph, values: str) -> str:
    error = graph.node("Erf", graph.node("Mul", values, graph.number(2**-0.5)))
    share = graph.node("Add", error, graph.number(1))
    return graph.node("Mul", graph.node("Mul", values, share), graph.number(0.5))


def _mean(graph: _Graph, states: str) -> str:
    """Return the mean over a text's tokens, at unit length."""
    mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    spread = graph.node("Unsqueeze", mask, graph.whole(2))
    total = graph.node("ReduceSum", graph.node("Mul", states, spread), graph.whole(1), keepdims=0)
    count = graph.node("ReduceSum", spread, graph.whole(1), keepdims=0)
    mean = graph.node("Div", total, count)
    square = graph.node("ReduceSum", graph.node("Mul", mean, mean), graph.whole(1), keepdims=1)
    return graph.node("Div", mean, graph.node("Sqrt", square))


def _model(graph: _Graph) -> Any:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", 2 * WIDTH])
    made = helper.make_graph(
        graph.nodes, "all-MiniLM-L6-v2", inputs, [output], list(graph.constants.values())
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model
