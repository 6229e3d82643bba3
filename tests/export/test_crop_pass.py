from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from onnx import TensorProto, helper, numpy_helper

from mnist_edge.export.crop_pass import crop_unread, without_crop
from mnist_edge.export.graph import finish
from mnist_edge.export.onnx_graph import shapes
from mnist_edge.runtime.session import open_session

RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)
TUTORIAL = [("Conv", 3, 1), ("MaxPool", 2, 2), ("Conv", 3, 1), ("MaxPool", 2, 2)]

Layer = tuple[str, int, int]  # operator, size of the kernel, stride


def build(
    layers: list[Layer], *, dtype: int = TensorProto.UINT8, batch: int | str = "batch", **attributes: Any
) -> onnx.ModelProto:
    """Cast → Reshape → the layers, each with a Relu → Flatten → Gemm → Softmax."""
    nodes = [helper.make_node("Cast", ["image"], ["cast"], to=TensorProto.FLOAT)] if dtype == TensorProto.UINT8 else []
    nodes.append(helper.make_node("Reshape", ["cast" if nodes else "image", "shape"], ["x0"]))
    weights = {"shape": np.array([0, 1, 28, 28], np.int64)}
    channels, side = 1, 28
    for number, (kind, size, stride) in enumerate(layers, start=1):
        inputs = [f"x{number - 1}"]
        if kind == "Conv":
            weights[f"w{number}"] = RNG.normal(0, 0.3, (3, channels, size, size)).astype(np.float32)
            inputs, channels = [*inputs, f"w{number}"], 3
        made = helper.make_node(
            kind, inputs, [f"y{number}"], kernel_shape=[size, size], strides=[stride, stride], **attributes
        )
        nodes += [made, helper.make_node("Relu", [f"y{number}"], [f"x{number}"])]
        side = (side + 2 * attributes.get("pads", [0])[0] - size) // stride + 1
    weights["kernel"] = RNG.normal(0, 0.01, (channels * side * side, 10)).astype(np.float32)
    weights["bias"] = np.zeros(10, np.float32)
    nodes += [
        helper.make_node("Flatten", [f"x{len(layers)}"], ["flat"]),
        helper.make_node("Gemm", ["flat", "kernel", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("image", dtype, [batch, 28, 28, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 10]) for name in ("logits", "probabilities")],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    finish(model)
    return model


def logits(model: onnx.ModelProto) -> np.ndarray:
    images = IMAGES if model.graph.input[0].type.tensor_type.elem_type == TensorProto.UINT8 else IMAGES.astype("f")
    return np.asarray(open_session(model.SerializeToString(), optimize=False).run(["logits"], {"image": images})[0])


def cropped(model: onnx.ModelProto) -> onnx.ModelProto:
    """The cut model, after a look at its answers."""
    before, expected = onnx.ModelProto.FromString(model.SerializeToString()), logits(model)
    crop_unread(model)
    finish(model)
    np.testing.assert_allclose(logits(model), expected, rtol=1e-5, atol=1e-4)
    whole = without_crop(model)
    finish(whole)
    assert whole.graph == before.graph
    return model


def first_map(model: onnx.ModelProto) -> list[int | str]:
    return shapes(model)["x0"]


@pytest.mark.parametrize(
    "form", [{}, {"dtype": TensorProto.FLOAT}, {"batch": 3}], ids=["any batch", "float32", "batch of 3"]
)
def test_the_tutorials_network_reads_26_rows(form: dict[str, Any]) -> None:
    model = cropped(build(TUTORIAL, **form))
    assert model.graph.node[0].op_type == "Slice"
    assert [first_map(model)[0], *first_map(model)[1:]] == [form.get("batch", "batch"), 1, 26, 26]
    assert shapes(model)["y3"][2:] == [10, 10]


@given(
    layers=st.lists(
        st.one_of(
            st.tuples(st.just("Conv"), st.integers(1, 4), st.integers(1, 3)),
            st.tuples(st.sampled_from(["MaxPool", "AveragePool"]), st.integers(2, 3), st.integers(1, 3)),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_chain_keeps_its_answers(layers: list[Layer]) -> None:
    side = 28
    for _, size, stride in layers:
        side = (side - size) // stride + 1
        if side < 1:
            return
    cropped(build(layers))


@pytest.mark.parametrize(
    ("layers", "attributes"),
    [
        ([("Conv", 3, 1), ("Conv", 3, 1)], {}),  # all is read
        ([("Conv", 5, 3)], {}),  # two rows are not read, but not computed with either
        (TUTORIAL, {"pads": [1, 1, 1, 1]}),
        (TUTORIAL, {"auto_pad": "SAME_UPPER"}),
    ],
    ids=["all read", "nothing saved", "padded", "same"],
)
def test_what_cannot_gain_stays_as_it_is(layers: list[Layer], attributes: dict[str, Any]) -> None:
    if "auto_pad" in attributes:  # four times halved with padding: 28, 28, 14, 14, 7
        model = build(TUTORIAL)
        for node in model.graph.node:
            if node.op_type == "Conv":
                node.attribute.append(helper.make_attribute("auto_pad", "SAME_UPPER"))
        kernel = next(tensor for tensor in model.graph.initializer if tensor.name == "kernel")
        kernel.CopyFrom(numpy_helper.from_array(np.ones((3 * 49, 10), np.float32), "kernel"))
        finish(model)
    else:
        model = build(layers, **attributes)
    before = model.SerializeToString()
    crop_unread(model)
    assert model.SerializeToString() == before
    assert without_crop(model) is model


@pytest.mark.parametrize("read_twice", ["cast", "x1"], ids=["image", "feature map"])
def test_what_something_else_reads_stays_whole(read_twice: str) -> None:
    """The mean over all of a tensor needs its last row, too."""
    model = build(TUTORIAL)
    gemm = next(node for node in model.graph.node if node.op_type == "Gemm")
    gemm.output[0] = "scores"
    softmax = model.graph.node.pop()
    model.graph.node.extend(
        [
            helper.make_node("ReduceMean", [read_twice], ["mean"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Reshape", ["mean", "column"], ["means"]),
            helper.make_node("Add", ["scores", "means"], ["logits"]),
            softmax,
        ]
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array([-1, 1], np.int64), "column"))
    finish(model)
    before = model.SerializeToString()
    crop_unread(model)
    assert model.SerializeToString() == before
