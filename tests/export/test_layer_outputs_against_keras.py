"""Every layer, kernel and table of an exported model is that of the Keras model it comes from."""

from __future__ import annotations

import math

import numpy as np
import onnx
import pytest

from mnist_edge.export.inspection import inspect_model
from mnist_edge.export.layer_outputs import OnnxLayers, layer_differences
from mnist_edge.export.options import ExportOptions
from mnist_edge.export.pipeline import export_model
from mnist_edge.layer_arithmetic import total_multiply_adds
from mnist_edge.train.networks.architectures import architecture_names, build
from mnist_edge.train.networks.layer_outputs import conv_layers, kernels, layer_names, layer_outputs
from mnist_edge.train.networks.layer_table import layer_table

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("network", "options"),
    [
        ("residual", ExportOptions()),
        ("branches", ExportOptions(opset=18, batch=4)),
        ("normalized", ExportOptions(input_dtype="float32")),
        ("simple_cnn", ExportOptions()),
    ],
)
def test_every_layer_is_that_of_keras_in_the_same_order(keras, networks, simple, tiny_dataset, tmp_path, network, options):
    path = export_model(networks / f"{network}.keras", tmp_path / "m.onnx", tiny_dataset, options).path
    layers, model = OnnxLayers(path), keras.saving.load_model(networks / f"{network}.keras")
    shared = [name for name in layer_names(model) if name in layers.names]
    assert len(shared) >= 5
    images = tiny_dataset.x_test[:20]
    ours, theirs = layers.outputs(images, shared), layer_outputs(model, images, shared)
    for name in shared:
        np.testing.assert_allclose(
            ours[name].reshape(theirs[name].shape),
            theirs[name],
            atol=1e-4 * max(1, np.abs(theirs[name]).max()),
            err_msg=name,
        )
    for entry in layer_differences(ours, theirs):
        assert entry.largest_difference <= 1e-4 * max(1, entry.largest_value), entry
    same = {
        "residual": {"dw"},
        "branches": {"a", "b", "excite"},
        "normalized": {"c1"},
        "simple_cnn": set(conv_layers(model)),
    }
    for name in same[network]:
        np.testing.assert_allclose(layers.kernels(name), kernels(model, name), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", architecture_names())
def test_table_and_graph_agree_on_the_work_of_each_architecture(keras, tiny_dataset, tmp_path, name):
    model = build(name, seed=3)
    model.save(tmp_path / "m.keras")
    path = export_model(tmp_path / "m.keras", tmp_path / "m.onnx", tiny_dataset).path
    rows, found = OnnxLayers(path).table(), inspect_model(path)
    is_cut = name in ("simple_cnn", "dropout_cnn")  # a border that Keras computes is cut off
    keras_work, work = total_multiply_adds(layer_table(model)), total_multiply_adds(rows)
    assert work == found.multiply_adds
    assert work < keras_work if is_cut else work == keras_work
    assert sum(row.parameters for row in rows) == found.parameters
    assert onnx.load(path).graph.node[-1].op_type == rows[-1].kind == "Softmax"
    keras_rows = {row.name: row for row in layer_table(model)}
    for row in rows:
        assert row.name in keras_rows
        sizes, keras_sizes = math.prod(row.output_shape), math.prod(keras_rows[row.name].output_shape)
        assert sizes <= keras_sizes if is_cut and len(row.output_shape) == 3 else sizes == keras_sizes
        assert bool(row.parameter_formula) == (row.parameters > 0)
