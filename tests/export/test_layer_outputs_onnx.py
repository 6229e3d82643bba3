"""Looking into exported ONNX models: outputs in Keras's order, kernels, tables, and the difference to Keras."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from onnx import numpy_helper

from mnist_edge.contract import InputSpec
from mnist_edge.errors import ImageArrayError, MissingExtraError, ModelFormatError, OptionError
from mnist_edge.export.inspection import inspect_model
from mnist_edge.export.layer_outputs import OnnxLayers, layer_differences
from mnist_edge.export.scale_pass import fold_scale
from mnist_edge.layer_arithmetic import total_multiply_adds
from mnist_edge.runtime.packaged import MODELS_FOLDER

IMAGES = np.random.default_rng(5).integers(0, 256, (9, 28, 28), np.uint8)


@pytest.fixture
def saved(tmp_path, with_card):
    def save(model, **changes):
        path = tmp_path / "m.onnx"
        path.write_bytes(with_card(model, **changes))
        return path

    return save


def convolved(weights: dict[str, np.ndarray]) -> np.ndarray:
    """What the toy network's layer conv1 gives, NHWC, in plain numpy."""
    scaled = IMAGES / np.float32(255)
    result = np.empty((len(IMAGES), 6, 6, 4), np.float32)
    for y, x in np.ndindex(6, 6):
        patch = scaled[:, None, 4 * y : 4 * y + 5, 4 * x : 4 * x + 5]
        result[:, y, x] = (patch * weights["conv1/kernel"][None, :, 0]).sum((2, 3)) + weights["conv1/bias"]
    return np.maximum(result, 0)


@pytest.fixture
def weights(toy):
    return {tensor.name: numpy_helper.to_array(tensor).copy() for tensor in toy.graph.initializer}


def test_outputs_are_in_keras_order_also_where_the_graph_has_another(toy, saved, weights):
    layers = OnnxLayers(saved(toy))
    assert layers.names == ("conv1", "flatten", "output")
    outputs = layers.outputs(IMAGES, ["flatten", "conv1", "conv1"])
    expected = convolved(weights)
    assert outputs["conv1"].shape == (9, 6, 6, 4)
    assert outputs["conv1"].dtype == np.float32
    np.testing.assert_allclose(outputs["conv1"], expected, atol=1e-5)
    np.testing.assert_allclose(outputs["flatten"], expected.reshape(9, -1), atol=1e-5)
    assert layers.outputs(IMAGES, []) == {}


def test_many_images_go_through_in_batches(toy, saved):
    layers = OnnxLayers(saved(toy))
    once = layers.outputs(IMAGES, ["output"])["output"]
    many = layers.outputs(np.tile(IMAGES, (60, 1, 1)), ["output"])["output"]
    np.testing.assert_allclose(many, np.tile(once, (60, 1)), atol=1e-6)


def test_a_fixed_batch_is_no_obstacle(toy, saved):
    expected = OnnxLayers(saved(toy)).outputs(IMAGES, ["conv1"])["conv1"]
    for value in (*toy.graph.input, *toy.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 4
    del toy.graph.value_info[:]
    fixed = OnnxLayers(saved(toy, input=InputSpec(shape=("4", "28", "28", "1"))))
    np.testing.assert_allclose(fixed.outputs(IMAGES, ["conv1"])["conv1"], expected, atol=1e-6)


def test_kernels_are_those_of_images_from_0_to_1_whether_the_scaling_is_folded_or_not(toy, saved, weights):
    hwio = weights["conv1/kernel"].transpose(2, 3, 1, 0)
    layers = OnnxLayers(saved(toy))
    assert layers.conv_layers == ("conv1",)
    np.testing.assert_array_equal(layers.kernels("conv1"), hwio)
    fold_scale(toy)
    assert not any(node.op_type == "Mul" for node in toy.graph.node)
    np.testing.assert_allclose(OnnxLayers(saved(toy)).kernels("conv1"), hwio, rtol=1e-6)


def test_an_activation_of_its_own_is_no_second_convolution(toy, saved):
    layers = OnnxLayers(saved(toy, layers={"conv": "conv1/Conv", "relu": "conv1", "drop": "conv1"}))
    assert (layers.names, layers.conv_layers) == (("conv", "relu", "drop"), ("conv",))


def test_the_table_has_one_row_for_each_node_that_computes(toy, saved):
    path = saved(toy)
    rows = OnnxLayers(path).table()
    assert [(row.kind, row.output_shape, row.parameters, row.multiply_adds) for row in rows] == [
        ("Input", (28, 28, 1), 0, 0),
        ("Mul", (28, 28, 1), 0, 0),
        ("Conv", (6, 6, 4), 104, 3600),
        ("Relu", (6, 6, 4), 0, 0),
        ("Flatten", (144,), 0, 0),
        ("Gemm", (10,), 1450, 1440),
        ("Softmax", (10,), 0, 0),
    ]
    assert [row.name for row in rows if row.kind in ("Conv", "Relu", "Flatten", "Softmax")] == [
        *("conv1", "conv1", "flatten", "output"),
    ]
    assert rows[2].output_formula == "floor((28 + 2 × 0 - 5) / 4) + 1 = 6"
    assert rows[2].parameter_formula == "(5 × 5 × 1 + 1) × 4 = 104"
    assert rows[4].output_formula == "6 × 6 × 4 = 144"
    found = inspect_model(path)
    assert (found.parameters, found.multiply_adds) == (sum(row.parameters for row in rows), total_multiply_adds(rows))


def test_a_layer_that_does_not_exist_is_answered_with_those_that_do(toy, saved):
    layers = OnnxLayers(saved(toy))
    for call, message in (
        (lambda: layers.outputs(IMAGES, ["conv9"]), "no layer conv9. Expected: one of: conv1, flatten, output."),
        (
            lambda: layers.kernels("conv9"),
            "There is no layer conv9 in the ONNX model. Expected: one of the convolutions: conv1.",
        ),
        (lambda: layers.kernels("output"), "The layer output is no convolution in the ONNX model. Expected: one of the"),
    ):
        with pytest.raises(OptionError) as caught:
            call()
        assert message in str(caught.value)


def test_names_of_the_card_that_the_graph_does_not_have_are_left_out(toy, saved):
    layers = OnnxLayers(saved(toy, layers={"conv1": "conv1", "gone": "nowhere"}))
    assert layers.names == ("conv1",)
    nameless = OnnxLayers(saved(toy, layers={}))
    with pytest.raises(OptionError, match="none: the card names no layer"):
        nameless.outputs(IMAGES, ["conv1"])
    assert [row.kind for row in nameless.table()][:3] == ["Input", "Mul", "Conv"]


@pytest.mark.parametrize("images", [IMAGES[:0], IMAGES[0], IMAGES.astype(np.float32), IMAGES[:, :27], IMAGES[..., None]])
def test_other_arrays_are_refused(toy, saved, images):
    with pytest.raises(ImageArrayError, match=r"uint8 \[n, 28, 28\]"):
        OnnxLayers(saved(toy)).outputs(images, ["conv1"])


def test_what_is_not_ours_is_one_line(toy, saved, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(toy.SerializeToString())
    with pytest.raises(ModelFormatError, match="has no model card"):
        OnnxLayers(path)
    path.write_bytes(b"no ONNX at all")
    with pytest.raises(ModelFormatError, match="is not an ONNX model"):
        OnnxLayers(path)
    with pytest.raises(ModelFormatError, match="belongs to another graph"):
        OnnxLayers(saved(toy, graph_sha256="0"))


def test_without_onnx_the_extra_is_named(monkeypatch, shipped_model):
    monkeypatch.setitem(sys.modules, "onnx", None)
    for look in (OnnxLayers, inspect_model):
        with pytest.raises(MissingExtraError, match=r"needs the module onnx.*'mnist-edge\[evaluate\]'"):
            look(shipped_model)


def test_neither_keras_nor_a_converter_is_needed():
    script = f"""
import sys
for name in ("keras", "tensorflow", "tf2onnx", "onnxslim", "matplotlib", "sklearn"):
    sys.modules[name] = None
import numpy as np
from mnist_edge.export.layer_outputs import OnnxLayers
layers = OnnxLayers({str(MODELS_FOLDER / "simple_cnn.onnx")!r})
outputs = layers.outputs(np.zeros((2, 28, 28), np.uint8), layers.names)
print(*outputs["conv3"].shape, *layers.kernels("conv1_bn").shape, sum(row.parameters for row in layers.table()))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "3", "3", "64", "3", "3", "1", "32", "93322"]


def test_differences_per_layer():
    keras = np.random.default_rng(0).random((2, 3, 4, 5)).astype(np.float32)
    flat = keras.reshape(2, -1)
    reference = {"conv": keras, "flatten": flat, "gone": flat, "dense": flat, "other": keras}
    ours = {
        "other": keras[:, :2],
        "conv": keras + np.float32(0.25),
        "flatten": flat.copy(),
        "dense": flat + 1,
    }
    found = layer_differences(ours, reference)
    assert [entry.layer for entry in found] == ["conv", "flatten", "dense", "other"]
    assert [entry.largest_difference for entry in found] == pytest.approx([0.25, 0, 1, math.inf])
    assert [entry.largest_value for entry in found] == [keras.max()] * 4
    layer, difference, largest = found[0]
    assert (layer, difference, largest) == ("conv", found[0].largest_difference, keras.max())
