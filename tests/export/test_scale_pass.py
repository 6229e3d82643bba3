from __future__ import annotations

import numpy as np
from onnx import helper, numpy_helper

from mnist_edge.export.graph import finish
from mnist_edge.export.layers import tensor_values
from mnist_edge.export.scale_pass import fold_scale

IMAGES = (np.random.default_rng(0).random((3, 28, 28, 1)) * 255).astype(np.uint8)


def logits(model):
    return tensor_values(model, ["logits"], IMAGES)["logits"]


def fold(model):
    before = logits(model)
    fold_scale(model)
    finish(model)
    np.testing.assert_allclose(logits(model), before, rtol=1e-4, atol=1e-5)
    return [node.op_type for node in model.graph.node]


def test_the_scale_goes_into_the_first_kernel(toy):
    assert fold(toy) == ["Cast", "Reshape", "Conv", "Relu", "Flatten", "Gemm", "Softmax"]


def test_it_stays_where_something_else_reads_the_scaled_image(toy):
    """``image/scaled`` also feeds a second path: its largest value is added to the logits."""
    gemm, softmax = toy.graph.node[-2:]
    gemm.output[0] = "scores"
    last = helper.make_node("Softmax", ["logits"], ["probabilities"])
    toy.graph.node.remove(softmax)
    toy.graph.node.extend(
        [
            helper.make_node("ReduceMax", ["image/scaled"], ["peak"], axes=[2, 3], keepdims=0),
            helper.make_node("ReduceMax", ["peak"], ["highest"], axes=[1], keepdims=1),
            helper.make_node("Add", ["scores", "highest"], ["logits"]),
            last,
        ]
    )
    del toy.graph.value_info[:]
    assert "Mul" in fold(toy)


def test_a_scale_behind_the_first_layer_is_none_of_its_business(toy, edit_weight):
    flatten = next(node for node in toy.graph.node if node.op_type == "Flatten")
    position = list(toy.graph.node).index(flatten)
    flatten.input[0] = "halved"
    toy.graph.node.insert(position, helper.make_node("Mul", ["conv1", "half"], ["halved"]))
    toy.graph.initializer.append(numpy_helper.from_array(np.float32(0.5), "half"))
    del toy.graph.value_info[:]
    assert fold(toy).count("Mul") == 1
