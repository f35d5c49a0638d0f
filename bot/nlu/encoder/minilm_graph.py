"""all-MiniLM-L6-v2 written out as an ONNX graph.

Inputs `input_ids`, `attention_mask` (int64, batch x tokens). Output `embedding` (float32,
batch x 768): the sentence embedding (mean over the last layer's tokens, unit length; Reimers
and Gurevych 2019), and beside it the same mean over the layer before, which tells needs apart
better than it tells meanings alike.
"""

from __future__ import annotations

from typing import Any

from bot.nlu.encoder.graph import Graph, Weights

WIDTH, HEADS, LAYERS = 384, 12, 6
EPSILON = 1e-12


def minilm_graph(weights: Weights) -> Any:
    """Return the encoder as a checked ONNX model in float32."""
    graph = Graph(weights)
    states = [_embedded(graph)]
    mask = _attention_mask(graph)
    for layer in range(LAYERS):
        states.append(_layer(graph, states[-1], mask, f"encoder.layer.{layer}"))
    both = [_mean(graph, states[-1]), _mean(graph, states[-2])]
    graph.node("Concat", *both, name="embedding", axis=-1)
    return graph.model("all-MiniLM-L6-v2", 2 * WIDTH)


def _embedded(graph: Graph) -> str:
    words = graph.node("Gather", _table(graph, "word_embeddings"), "input_ids")
    length = graph.node("Gather", graph.node("Shape", "input_ids"), graph.whole(1))
    places = graph.node(
        "Slice", _table(graph, "position_embeddings"), graph.whole(0), length, graph.whole(0)
    )
    kind = graph.constant("kind", graph.weights["embeddings.token_type_embeddings.weight"][0])
    total = graph.node("Add", graph.node("Add", words, places), kind)
    return _normalised(graph, total, "embeddings.LayerNorm")


def _attention_mask(graph: Graph) -> str:
    """Return 0 for a token and a large negative number for padding, batch x 1 x 1 x tokens."""
    absent = graph.node("Sub", graph.number(1), graph.mask(1, 2))
    return graph.node("Mul", absent, graph.number(-1e4))


def _layer(graph: Graph, values: str, mask: str, name: str) -> str:
    attended = _linear(
        graph, _attention(graph, values, mask, name), f"{name}.attention.output.dense"
    )
    values = _normalised(
        graph, graph.node("Add", attended, values), f"{name}.attention.output.LayerNorm"
    )
    inner = _gelu(graph, _linear(graph, values, f"{name}.intermediate.dense"))
    outer = _linear(graph, inner, f"{name}.output.dense")
    return _normalised(graph, graph.node("Add", outer, values), f"{name}.output.LayerNorm")


def _attention(graph: Graph, values: str, mask: str, name: str) -> str:
    split = graph.whole(0, 0, HEADS, WIDTH // HEADS)
    query, key, value = (
        graph.node("Reshape", _linear(graph, values, f"{name}.attention.self.{part}"), split)
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


def _gelu(graph: Graph, values: str) -> str:
    error = graph.node("Erf", graph.node("Mul", values, graph.number(2**-0.5)))
    share = graph.node("Add", error, graph.number(1))
    return graph.node("Mul", graph.node("Mul", values, share), graph.number(0.5))


def _mean(graph: Graph, states: str) -> str:
    """Return the mean over a text's tokens, at unit length."""
    mask = graph.mask(2)
    total = graph.node("ReduceSum", graph.node("Mul", states, mask), graph.whole(1), keepdims=0)
    count = graph.node("ReduceSum", mask, graph.whole(1), keepdims=0)
    return graph.unit(graph.node("Div", total, count))


def _table(graph: Graph, name: str) -> str:
    return graph.constant(name, graph.weights[f"embeddings.{name}.weight"])


def _linear(graph: Graph, values: str, name: str) -> str:
    return graph.linear(
        values, name, graph.weights[f"{name}.weight"].T, graph.weights[f"{name}.bias"]
    )


def _normalised(graph: Graph, values: str, name: str) -> str:
    scale, bias = graph.weights[f"{name}.weight"], graph.weights[f"{name}.bias"]
    return graph.normalised(values, name, scale, bias, EPSILON)
