"""Writes an ONNX graph node by node from a model's weights: no torch is needed for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8

Weights = Mapping[str, NDArray[Any]]


class Graph:
    """Collects nodes and constants; every method returns the name of what it made."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
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

    def linear(self, values: str, name: str, matrix: Any, bias: Any) -> str:
        """Return values @ matrix + bias."""
        product = self.node("MatMul", values, self.constant(f"{name}.matrix", matrix))
        return self.node("Add", product, self.constant(f"{name}.bias", bias))

    def normalised(self, values: str, name: str, scale: Any, bias: Any, epsilon: float) -> str:
        """Return values at mean 0 and variance 1 over the last axis, scaled and shifted."""
        constants = self.constant(f"{name}.scale", scale), self.constant(f"{name}.bias", bias)
        return self.node("LayerNormalization", values, *constants, axis=-1, epsilon=epsilon)

    def mask(self, *axes: int) -> str:
        """Return the attention mask as float32 with axes of 1 put in."""
        mask = self.node("Cast", "attention_mask", to=TensorProto.FLOAT)
        return self.node("Unsqueeze", mask, self.whole(*axes))

    def unit(self, rows: str, smallest: float = 0.0) -> str:
        """Return rows at length 1; `smallest` is the least square of a length."""
        square = self.node("ReduceSum", self.node("Mul", rows, rows), self.whole(1), keepdims=1)
        if smallest:
            square = self.node("Max", square, self.number(smallest))
        return self.node("Div", rows, self.node("Sqrt", square))

    def model(self, name: str, width: int) -> Any:
        """Return the checked model whose inputs are token numbers and their mask.

        `input_ids`, `attention_mask`: int64, batch x tokens. The node called `embedding` is
        the output: float32, batch x width.
        """
        inputs = [
            helper.make_tensor_value_info(given, TensorProto.INT64, ["batch", "tokens"])
            for given in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", width])
        made = helper.make_graph(self.nodes, name, inputs, [output], list(self.constants.values()))
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model
