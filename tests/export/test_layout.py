"""The order of axes in a graph, and the table of its nodes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_edge.export.graph_table import graph_table
from mnist_edge.export.layout import Layout, layouts
from mnist_edge.export.onnx_graph import shapes


def graph_layouts(nodes, weights=(), sizes=(8, 8, 8)):
    """Layouts behind an input of eight by eight by eight, where sizes tell nothing, or of other sizes."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", *sizes])],
        [helper.make_tensor_value_info("last", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    return layouts(model.graph, shapes(model))


def test_the_order_of_axes_follows_from_the_operators_not_from_the_sizes():
    found = graph_layouts(
        [
            helper.make_node("Relu", ["image"], ["relu"]),
            helper.make_node("Transpose", ["relu"], ["nchw"], perm=[0, 3, 1, 2]),
            helper.make_node("Conv", ["nchw", "w"], ["conv"], pads=[1, 1, 1, 1]),
            helper.make_node("Mul", ["two", "conv"], ["twice"]),
            helper.make_node("GlobalAveragePool", ["twice"], ["mean"]),
            helper.make_node("Sigmoid", ["mean"], ["gate"]),
            helper.make_node("Mul", ["gate", "twice"], ["gated"]),
            helper.make_node("Transpose", ["gated"], ["back"], perm=[0, 2, 3, 1]),
            helper.make_node("Add", ["back", "image"], ["sum"]),
            helper.make_node("Flatten", ["gated"], ["flat"]),
            helper.make_node("Relu", ["flat"], ["active"]),
            helper.make_node("MatMul", ["active", "m"], ["dense"]),
            helper.make_node("Reshape", ["sum", "shape"], ["flat_sum"]),
            helper.make_node("Add", ["flat_sum", "dense"], ["last"]),
        ],
        [
            ("w", np.zeros((8, 8, 3, 3), np.float32)),
            ("two", np.float32(2)),
            ("m", np.zeros((512, 512), np.float32)),
            ("shape", np.array([0, 512])),
        ],
    )
    assert {name: layout.axes for name, layout in found.items()} == {
        **dict.fromkeys(("image", "relu", "back", "sum", "flat_sum", "last"), "NHWC"),
        **dict.fromkeys(("nchw", "conv", "twice", "mean", "gate", "gated", "flat", "active"), "NCHW"),
    }
    assert found["active"].flattened == (8, 8, 8)


def test_what_arises_from_a_vector_is_ordered_by_its_readers():
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("Gemm", ["flat", "m"], ["dense"]),
        helper.make_node("Reshape", ["dense", "shape"], ["map"]),
        helper.make_node("Relu", ["map"], ["active"]),
    ]
    constants = [("m", np.zeros((512, 512), np.float32)), ("shape", np.array([0, 8, 8, 8]))]
    free = graph_layouts([*nodes, helper.make_node("Softmax", ["active"], ["last"])], constants)
    read = graph_layouts([*nodes, helper.make_node("MaxPool", ["active"], ["last"], kernel_shape=[2, 2])], constants)
    assert [free[name].axes for name in ("map", "active", "last")] == ["NHWC"] * 3
    assert [read[name].axes for name in ("map", "active", "last")] == ["NCHW"] * 3
    assert "dense" not in free


@pytest.mark.parametrize(
    ("sizes", "target", "axes"),
    [
        ((8, 8, 1), (1, 8, 8), "NCHW"),
        ((8, 8, 1), (8, 1, 8), "NHCW"),
        ((1, 8, 6), (8, 6, 1), "NWCH"),
        ((8, 1, 1), (8, 1, 1), "NHWC"),
        ((6, 8, 8), (8, 6, 8), "NHWC"),  # no axis was moved: other numbers, to be read like anything in Keras
    ],
)
def test_a_reshape_moves_axes_of_one(sizes, target, axes):
    nodes = [helper.make_node("Reshape", ["image", "shape"], ["moved"]), helper.make_node("Relu", ["moved"], ["last"])]
    found = graph_layouts(nodes, [("shape", np.array([0, *target]))], sizes)
    assert (found["moved"].axes, found["last"].axes) == (axes, axes)


def test_tensors_are_turned_into_keras_order():
    nhwc = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    nchw = nhwc.transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(Layout("NCHW").to_nhwc(nchw), nhwc)
    np.testing.assert_array_equal(Layout("NHWC").to_nhwc(nhwc), nhwc)
    np.testing.assert_array_equal(Layout("NCHW", (5, 3, 4)).to_nhwc(nchw.reshape(2, -1)), nhwc.reshape(2, -1))
    np.testing.assert_array_equal(Layout("NHWC", (3, 4, 5)).to_nhwc(nhwc.reshape(2, -1)), nhwc.reshape(2, -1))
    assert Layout("NCHW").shape((5, 3, 4)) == (3, 4, 5)
    assert Layout().shape((7,)) == (7,)


@pytest.mark.parametrize(
    ("attributes", "formula"),
    [
        ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, "floor((8 + 0 + 1 - 3) / 2) + 1 = 4"),
        ({"auto_pad": "SAME_LOWER", "strides": [2, 2]}, "floor((8 + 1 + 0 - 3) / 2) + 1 = 4"),
        ({"auto_pad": "VALID"}, "floor((8 + 2 × 0 - 3) / 1) + 1 = 6"),
        ({"pads": [0, 1, 2, 1]}, "floor((8 + 0 + 2 - 3) / 1) + 1 = 8; floor((8 + 2 × 1 - 3) / 1) + 1 = 8"),
        ({"strides": [2, 2], "ceil_mode": 1}, "ceil((8 + 2 × 0 - 3) / 2) + 1 = 4"),
    ],
)
def test_every_way_of_padding(attributes, formula):
    graph = helper.make_graph(
        [helper.make_node("MaxPool", ["image"], ["last"], kernel_shape=[3, 3], **attributes)],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 5, 8, 8])],
        [helper.make_tensor_value_info("last", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    (row,) = graph_table(model, shapes(model))
    assert row.output_formula == formula
    assert row.output_shape[-1] == 5
    for part in formula.split("; "):
        left, right = part.replace("×", "*").split(" = ")
        value = eval(left, {"__builtins__": {}, "floor": math.floor, "ceil": math.ceil})  # noqa: S307  # our own text
        assert value == int(right)
