"""The multilingual Universal Sentence Encoder v3 (Yang et al. 2019) written out as ONNX.

Its convolutional form: every token's row and three branches of n-grams (of 2, 3 and 5 tokens)
are added up and sent through dense layers. The weights come with the table of token rows as
8-bit integers in 17 parts of a scale each; token t stands in part t mod 17.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bot.nlu.encoder.graph import Graph, Weights

WIDTH, TOKEN_WIDTH, BRANCH_WIDTH = 512, 512, 256
PARTS = 17
# The tokens of an n-gram, and how many of them stand before its place.
BRANCHES = ((2, 0), (3, 1), (5, 2))
END = np.iinfo(np.int64).max


def use_graph(weights: Weights) -> Any:
    """Return the encoder as a checked ONNX model; the table of tokens stays in 8 bits."""
    graph = Graph(weights)
    epsilon = float(weights["eps"])
    mask = graph.mask(2)
    tokens = _tokens(graph)
    projected = _projected(graph, tokens, mask, epsilon)
    branches = [
        _branch(graph, projected, mask, number, *form) for number, form in enumerate(BRANCHES)
    ]
    everything = graph.node("Concat", tokens, *branches, axis=-1)
    everything = graph.normalised(everything, "all", weights["ln_g"], weights["ln_b"], epsilon)
    summed = _sum(graph, graph.node("Mul", everything, mask), mask)
    graph.node("Identity", graph.unit(_dense(graph, summed), epsilon), name="embedding")
    return graph.model("universal-sentence-encoder-multilingual-3", WIDTH)


def _tokens(graph: Graph) -> str:
    """Return the tokens' rows, batch x tokens x 512, out of their 8-bit table."""
    rows = len(graph.weights["q1"])
    table = np.empty((PARTS * rows, TOKEN_WIDTH), np.uint8)
    for part in range(PARTS):
        table[part::PARTS] = graph.weights[f"q{part + 1}"]
    small = graph.node("Gather", graph.constant("table", table), "input_ids")
    part_of = graph.node("Mod", "input_ids", graph.whole(PARTS))
    scale, lowest = (
        graph.node("Gather", graph.constant(name, graph.weights[name][:, None]), part_of)
        for name in ("scale", "lo")
    )
    return graph.node("Add", graph.node("Mul", graph.node("Cast", small, to=1), scale), lowest)


def _projected(graph: Graph, tokens: str, mask: str, epsilon: float) -> str:
    def joined(name: str) -> Any:
        return np.concatenate([graph.weights[f"{name}{size}"] for size, _ in BRANCHES], axis=-1)

    found = graph.linear(tokens, "projection", joined("proj"), joined("proj_b"))
    found = graph.normalised(found, "projection norm", joined("ln_g"), joined("ln_b"), epsilon)
    return graph.node("Mul", found, mask)


def _branch(graph: Graph, values: str, mask: str, number: int, size: int, before: int) -> str:
    """Return one branch: two layers over n-grams, each added to what it was made from."""
    start = number * BRANCH_WIDTH
    found = graph.node(
        "Slice", values, graph.whole(start), graph.whole(start + BRANCH_WIDTH), graph.whole(2)
    )
    for layer in ("1", "2"):
        name = f"{layer}_{size}"
        grams = _grams(graph, found, size, before)
        made = graph.linear(grams, name, graph.weights[f"w{name}"], graph.weights[f"b{name}"])
        found = graph.node("Mul", graph.node("Add", graph.node("Relu", made), found), mask)
    return found


def _grams(graph: Graph, values: str, size: int, before: int) -> str:
    """Return at each token its n-gram's rows side by side; beyond a text's ends are zeros."""
    after = size - 1 - before
    padded = graph.node("Pad", values, graph.whole(0, before, 0, 0, after, 0))
    shifted = [
        graph.node(
            "Slice",
            padded,
            graph.whole(place),
            graph.whole(place - size + 1 if place < size - 1 else END),
            graph.whole(1),
        )
        for place in range(size)
    ]
    return graph.node("Concat", *shifted, axis=-1)


def _sum(graph: Graph, values: str, mask: str) -> str:
    """Return the projected sum of a text's tokens over the square root of their count."""
    count = graph.node("ReduceSum", mask, graph.whole(1), keepdims=0)
    total = graph.node("ReduceSum", values, graph.whole(1), keepdims=0)
    matrix = graph.constant("cnn.matrix", graph.weights["cnn_W"])
    bias = graph.node("Mul", count, graph.constant("cnn.bias", graph.weights["cnn_b"][None]))
    made = graph.node("Add", graph.node("MatMul", total, matrix), bias)
    return graph.node("Div", made, graph.node("Sqrt", count))


def _dense(graph: Graph, values: str) -> str:
    def times(rows: str, name: str) -> str:
        return graph.node("MatMul", rows, graph.constant(name, graph.weights[name]))

    first = graph.node("Relu", times(values, "d0"))
    second = graph.node("Relu", graph.node("Add", times(values, "p1"), times(first, "d1")))
    third = graph.node("Relu", times(second, "d2"))
    return graph.node("Tanh", graph.node("Add", times(second, "p3"), times(third, "d3")))
