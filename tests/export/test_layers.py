"""Finding Keras layers in a graph by value, and naming the graph after them."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper

from mnist_edge.export.layers import SCALED, encode, largest_difference, match_layers, tensor_values, with_spatial
from mnist_edge.export.naming import name_after_layers

PROBE = (np.random.default_rng(2).random((4, 28, 28, 1)) * 255).astype(np.uint8)


@pytest.fixture
def anonymous(toy):
    """The toy network with the converter's meaningless names."""
    for node in toy.graph.node:
        node.name = ""
        node.input[:] = [name if name in ("image", "logits") else f"t/{name}:0" for name in node.input]
        node.output[:] = [name if name in ("logits", "probabilities") else f"t/{name}:0" for name in node.output]
    for entry in (*toy.graph.initializer, *toy.graph.value_info):
        entry.name = f"t/{entry.name}:0"
    return toy


@pytest.fixture
def keras_layers(ask_toy):
    return {SCALED: encode(PROBE, "float32"), **ask_toy(None, PROBE, probe=PROBE).layers}


def test_layers_are_found_in_nchw_nhwc_and_flattened_order(anonymous, keras_layers):
    assert match_layers(anonymous, keras_layers, PROBE) == {
        SCALED: f"t/{SCALED}:0",
        "conv1": "t/conv1:0",
        "flatten": "t/flatten:0",
        "output": "probabilities",
    }


def test_a_layer_that_changes_nothing_shares_the_tensor_before_it(anonymous, keras_layers):
    layers = {"conv1": keras_layers["conv1"], "dropout": keras_layers["conv1"]}
    assert match_layers(anonymous, layers, PROBE) == {"conv1": "t/conv1:0", "dropout": "t/conv1:0"}


def test_a_layer_that_changes_nothing_does_not_take_the_same_values_in_another_shape(anonymous, keras_layers):
    pooled = helper.make_node("GlobalAveragePool", ["t/conv1:0"], ["maps"])
    anonymous.graph.node.extend([pooled, helper.make_node("Flatten", ["maps"], ["features"])])
    mean = keras_layers["conv1"].mean((1, 2))
    layers = {"conv1": keras_layers["conv1"], "pool": mean, "dropout": mean}
    assert match_layers(anonymous, layers, PROBE) == {"conv1": "t/conv1:0", "pool": "features", "dropout": "features"}


def test_a_layer_that_was_fused_is_left_out(anonymous, keras_layers):
    assert match_layers(anonymous, {"norm": keras_layers["conv1"] * 1.01}, PROBE) == {}


def test_names_follow_the_layers(anonymous, keras_layers):
    before = tensor_values(anonymous, ["logits"], PROBE)["logits"]
    names = name_after_layers(anonymous.graph, match_layers(anonymous, keras_layers, PROBE))
    assert names == {SCALED: SCALED, "conv1": "conv1", "flatten": "flatten", "output": "probabilities"}
    assert [node.name for node in anonymous.graph.node] == [
        "image/Cast",
        "image/Mul",
        "conv1/Reshape",
        "conv1/Conv",
        "conv1/Relu",
        "flatten/Flatten",
        "output/Gemm",
        "output/Softmax",
    ]
    assert {tensor.name for tensor in anonymous.graph.initializer} == {
        "image/constant",
        "conv1/shape",
        "conv1/kernel",
        "conv1/bias",
        "output/kernel",
        "output/bias",
    }
    assert np.array_equal(tensor_values(anonymous, ["logits"], PROBE)["logits"], before)


def test_layers_named_like_inputs_and_outputs_do_not_collide(anonymous, keras_layers):
    layers = {"image": keras_layers["conv1"], "logits": keras_layers["flatten"]}
    names = name_after_layers(anonymous.graph, match_layers(anonymous, layers, PROBE))
    made = [output for node in anonymous.graph.node for output in node.output]
    assert len(set(made)) == len(made)
    assert names["image"] in made
    assert names["logits"] != "logits"
    tensor_values(anonymous, ["logits"], PROBE)


def test_a_graph_without_any_known_layer_still_gets_unique_names(anonymous):
    assert name_after_layers(anonymous.graph, {}) == {}
    nodes = [node.name for node in anonymous.graph.node]
    assert len(set(nodes)) == len(nodes)
    tensor_values(anonymous, ["logits"], PROBE)


def test_a_fixed_batch_is_run_in_padded_chunks(toy):
    expected = tensor_values(toy, ["conv1"], PROBE)["conv1"]
    for value in (*toy.graph.input, *toy.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 3
    del toy.graph.value_info[:]
    np.testing.assert_allclose(tensor_values(toy, ["conv1"], PROBE)["conv1"], expected, rtol=1e-5, atol=1e-6)


def test_differences_in_the_layout_that_fits_best():
    keras = np.random.default_rng(0).random((2, 3, 4, 5)).astype(np.float32)
    nchw = keras.transpose(0, 3, 1, 2)
    assert largest_difference(keras, keras) == 0
    assert largest_difference(nchw, keras) == 0
    assert largest_difference(nchw.reshape(2, -1), keras.reshape(2, -1), (3, 4, 5)) == 0
    assert largest_difference(nchw.reshape(2, -1), keras.reshape(2, -1)) > 0
    assert largest_difference(keras[:, :2], keras) == float("inf")
    assert largest_difference(keras * np.nan, keras) == float("inf")
    assert largest_difference(keras.mean((1, 2))[:, :, None, None], keras.mean((1, 2))) == 0


def test_what_was_flattened_is_remembered():
    layers = {"pool": np.zeros((1, 2, 3, 4)), "flatten": np.zeros((1, 24)), "fc": np.zeros((1, 7))}
    assert [spatial for _, spatial, _ in with_spatial(layers)] == [None, (2, 3, 4), None]


def test_batch_free_tensors_cannot_be_mistaken_for_layers(toy, keras_layers):
    toy.graph.node.append(helper.make_node("Identity", ["output/bias"], ["constant"]))
    assert "constant" not in match_layers(toy, keras_layers, PROBE).values()
