"""How much work a model is, told from the file without the package onnx.

The sizes of the feature maps are not worked out but asked for: onnxruntime runs the graph once with the outputs of the
convolutions and matrix products as outputs of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from mnist_edge.contract import IMAGE_SIZE, INPUT_NAME, OUTPUT_NAMES
from mnist_edge.runtime.onnx_file import read_header
from mnist_edge.runtime.protobuf import field_bytes, fields, message, numbers, text
from mnist_edge.runtime.session import open_session

# Field numbers of onnx.proto.
_MODEL_GRAPH: Final = 7
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_OUTPUT = 1, 5, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR = 1, 2, 4
_TENSOR_DIMS, _TENSOR_NAME = 1, 8
_VALUE_NAME: Final = 1

#: Operators that multiply by weights, and the place of the kernel among their inputs.
WORKING: Final = {
    "Conv": 1,
    "Gemm": 1,
    "MatMul": 1,
    "ConvInteger": 1,
    "MatMulInteger": 1,
    "QLinearConv": 3,
    "QLinearMatMul": 3,
}
_CONVOLUTIONS: Final = ("Conv", "ConvInteger", "QLinearConv")


@dataclass(frozen=True)
class _Product:
    """A convolution or matrix product: its kernel and its output by name."""

    is_convolution: bool
    kernel: str
    output: str


def multiply_adds(data: bytes, where: str = "the model") -> int:
    """Multiply-adds of the convolutions and matrix products of a model for one picture, biases not counted.

    Args:
        data: A serialized model of the contract.
        where: Its name, for messages.

    Raises:
        ModelFormatError: If it is no ONNX model, or onnxruntime cannot load it.
    """
    graph = memoryview(read_header(data, where).graph_bytes)
    products, shapes = list(_products(graph)), dict(_initializers(graph))
    shapes.update(_shapes(data, sorted({name for each in products for name in (each.kernel, each.output)} - {*shapes})))
    return sum(_work(shapes[each.kernel], shapes[each.output], each) for each in products)


def _work(kernel: tuple[int, ...], output: tuple[int, ...], product: _Product) -> int:
    """A kernel is ``[output channels, input channels / groups, height, width]``; that of a product has two axes."""
    seen = math.prod(kernel[1:]) if product.is_convolution else math.prod(kernel) // output[-1]
    return math.prod(output[1:]) * seen


def _products(graph: memoryview) -> Iterator[_Product]:
    for number, value in fields(graph):
        if number == _GRAPH_NODE:
            parts = list(fields(message(value)))
            operator = text(dict(parts).get(_NODE_OPERATOR))
            if operator in WORKING:
                inputs = [text(part) for key, part in parts if key == _NODE_INPUT]
                output = next(text(part) for key, part in parts if key == _NODE_OUTPUT)
                yield _Product(operator in _CONVOLUTIONS, inputs[WORKING[operator]], output)


def _initializers(graph: memoryview) -> Iterator[tuple[str, tuple[int, ...]]]:
    for number, value in fields(graph):
        if number == _GRAPH_INITIALIZER:
            parts = list(fields(message(value)))
            yield text(dict(parts).get(_TENSOR_NAME)), tuple(numbers(part for key, part in parts if key == _TENSOR_DIMS))


def _shapes(data: bytes, names: list[str]) -> dict[str, tuple[int, ...]]:
    """Shapes of tensors of the graph for a batch of one picture, or of the fixed size."""
    if not names:
        return {}  # onnxruntime takes no names for all
    added = [name for name in names if name not in OUTPUT_NAMES]
    outputs = [field_bytes(_GRAPH_OUTPUT, field_bytes(_VALUE_NAME, name.encode())) for name in added]
    # A parser merges a second graph into the first one; this one brings outputs and nothing else.
    session = open_session(data + field_bytes(_MODEL_GRAPH, b"".join(outputs)), optimize=False)
    image = session.get_inputs()[0]
    batch = image.shape[0] if isinstance(image.shape[0], int) else 1
    dtype = np.uint8 if image.type == "tensor(uint8)" else np.float32
    values = session.run(names, {INPUT_NAME: np.zeros((batch, IMAGE_SIZE, IMAGE_SIZE, 1), dtype)})
    return {name: value.shape for name, value in zip(names, values, strict=True)}
