"""Multiply-adds of graphs, against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_edge.errors import ModelFormatError
from mnist_edge.runtime.graph_work import multiply_adds
from mnist_edge.runtime.protobuf import field_bytes, fields, numbers

BuildModel = Callable[..., bytes]

STRIDED, DEPTHWISE, POINTWISE, DENSE = 13 * 13 * 8 * 9, 11 * 11 * 8 * 9, 11 * 11 * 16 * 8, 16 * 11 * 11 * 10


def network(*, batch: str | int = "batch", int8: bool = False, half: bool = False) -> bytes:
    """3×3 convolution with stride 2, depthwise, pointwise, and a matrix product without bias."""
    rng = np.random.default_rng(0)
    shapes = {"strided": (8, 1, 3, 3), "depthwise": (8, 1, 3, 3), "pointwise": (16, 8, 1, 1), "dense": (16 * 121, 10)}
    weights: list[TensorProto] = [numpy_helper.from_array(np.array([-1, 1, 28, 28], np.int64), "shape")]
    weights.append(numpy_helper.from_array(np.array([-1, 16 * 121], np.int64), "flat"))
    nodes = [helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT)]
    nodes.append(helper.make_node("Reshape", ["float", "shape"], ["scaled"]))
    for name, shape in shapes.items():
        value = rng.normal(0, 1, shape)
        if int8 and name != "strided":  # stored in one byte each, and turned into numbers in the graph
            weights.append(numpy_helper.from_array((value * 20).astype(np.int8), f"{name}/int8"))
            weights.append(numpy_helper.from_array(np.float32(0.05), f"{name}/scale"))
            nodes.append(helper.make_node("DequantizeLinear", [f"{name}/int8", f"{name}/scale"], [name]))
        elif half:
            weights.append(numpy_helper.from_array(value.astype(np.float16), f"{name}/half"))
            nodes.append(helper.make_node("Cast", [f"{name}/half"], [name], to=TensorProto.FLOAT))
        else:
            weights.append(numpy_helper.from_array(value.astype(np.float32), name))
    nodes += [
        helper.make_node("Conv", ["scaled", "strided"], ["a"], strides=[2, 2]),
        helper.make_node("Conv", ["a", "depthwise"], ["b"], group=8),
        helper.make_node("Conv", ["b", "pointwise"], ["c"]),
        helper.make_node("Reshape", ["c", "flat"], ["features"]),
        helper.make_node("MatMul", ["features", "dense"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [batch, 28, 28, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 10]) for name in ("logits", "probabilities")],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("batch", ["batch", 3])
def test_multiply_adds_are_those_of_one_picture(batch: str | int) -> None:
    assert multiply_adds(network(batch=batch)) == STRIDED + DEPTHWISE + POINTWISE + DENSE


@pytest.mark.parametrize("stored", ["int8", "half"])
def test_kernels_that_the_graph_unpacks_count_as_well(stored: str) -> None:
    assert multiply_adds(network(**{stored: True})) == STRIDED + DEPTHWISE + POINTWISE + DENSE


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_either_input_will_do(build_model: BuildModel, dtype: str) -> None:
    assert multiply_adds(build_model(dtype=dtype)) == 280


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ModelFormatError, match=r"mine\.onnx is not an ONNX model"):
        multiply_adds(b"no model", "mine.onnx")


@pytest.mark.parametrize("size", [0, 1, 127, 128, 300, 70_000])
def test_fields_are_written_as_they_are_read(size: int) -> None:
    assert [(number, bytes(value)) for number, value in fields(memoryview(field_bytes(300, b"x" * size)))] == [
        (300, b"x" * size)
    ]
    # As the official writer has it: field 7, the graph, with a name of that length.
    graph = onnx.GraphProto(name="x" * size) if size else onnx.GraphProto()
    official = onnx.ModelProto(graph=graph).SerializeToString()
    assert field_bytes(7, field_bytes(2, b"x" * size) if size else b"") == official


def test_repeated_numbers_are_read_packed_or_not() -> None:
    assert numbers([3, 300]) == [3, 300]
    assert numbers([memoryview(b"\x03\xac\x02"), 5]) == [3, 300, 5]
