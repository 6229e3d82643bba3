"""Weights in fewer bits that are turned back when the file is loaded."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from mnist_edge.errors import ExportError
from mnist_edge.export.graph import finish
from mnist_edge.export.graph_table import graph_table, parameter_count
from mnist_edge.export.layers import tensor_values
from mnist_edge.export.onnx_graph import constants, restored, shapes
from mnist_edge.export.quantization.stored import store_fp16, store_int8, to_int8
from mnist_edge.runtime.session import open_session


def size(model: onnx.ModelProto) -> int:
    return len(model.SerializeToString())


def test_int8_weights_are_within_half_a_step_of_each_channel(small):
    before, floats = constants(small.graph), size(small)
    store_int8(small)
    finish(small)
    after = restored(small.graph)
    for name, axis in (("conv2/kernel", 0), ("output/kernel", 1)):
        stored = constants(small.graph)[f"{name}/stored"]
        assert stored.dtype == np.int8
        others = tuple(each for each in range(stored.ndim) if each != axis)
        assert (np.abs(stored).max(axis=others) == 127).all()
        step = np.abs(before[name]).max(axis=others, keepdims=True) / 127
        assert (np.abs(after[name] - before[name]) <= 0.501 * step).all()
    assert size(small) < 0.45 * floats
    assert constants(small.graph)["conv2/bias"].dtype == np.float32


def test_kernels_that_would_not_shrink_stay(small):
    store_int8(small)
    assert "conv1/kernel" in constants(small.graph)


def test_float16_weights_are_the_nearest(small):
    before, floats = constants(small.graph), size(small)
    store_fp16(small)
    finish(small)
    for name in ("conv2/kernel", "output/kernel"):
        assert constants(small.graph)[f"{name}/stored"].dtype == np.float16
        assert np.array_equal(restored(small.graph)[name], before[name].astype(np.float16).astype(np.float32))
    assert size(small) < 0.65 * floats


@pytest.mark.parametrize("value", [1e6, np.inf, np.nan])
def test_weights_too_large_for_float16_are_refused(small, edit_weight, value):
    edit_weight(small, "conv2/kernel", lambda kernel: np.where(kernel == kernel.max(), np.float32(value), kernel))
    with pytest.raises(ExportError, match="conv2/kernel do not fit into float16"):
        store_fp16(small)


@pytest.mark.parametrize("store", [store_int8, store_fp16])
def test_onnxruntime_turns_them_back_when_it_loads(small, store, pictures, tmp_path):
    import onnxruntime as ort

    expected = tensor_values(small, ["logits"], pictures[:50, ..., None])["logits"]
    store(small)
    finish(small)
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    ort.InferenceSession(small.SerializeToString(), options, providers=["CPUExecutionProvider"])
    operators = [node.op_type for node in onnx.load(tmp_path / "optimized.onnx").graph.node]
    assert operators.count("Cast") == 1  # that of the image
    assert "Mul" not in operators
    logits = open_session(small.SerializeToString()).run(["logits"], {"image": pictures[:50, ..., None]})[0]
    assert 0 < np.abs(logits - expected).max() < 0.05 * np.abs(expected).max()


def test_a_channel_of_zeros_and_narrow_weights():
    kernel = np.zeros((3, 4), np.float32)
    kernel[1:] = np.random.default_rng(0).normal(0, 1, (2, 4))
    whole, scale = to_int8(kernel, 0)
    assert not whole[0].any()
    assert np.isfinite(scale).all()
    assert np.abs(to_int8(kernel, 0, narrow=True)[0]).max() == 63


@pytest.mark.parametrize("store", [store_int8, store_fp16])
def test_the_layer_table_counts_what_was_stored_as_before(small, store):
    count = parameter_count(small.graph)
    rows = {row.name: (row.parameters, row.multiply_adds) for row in graph_table(small, shapes(small))}
    store(small)
    finish(small)
    assert parameter_count(small.graph) == count
    after = {row.name: (row.parameters, row.multiply_adds) for row in graph_table(small, shapes(small))}
    assert {name: after[name] for name in rows} == rows


def test_dequantized_constants_are_restored_along_their_axis():
    from onnx import TensorProto, helper

    whole, scale, zero = np.array([[1, 2], [3, 4]], np.int8), np.array([0.5, 2], np.float32), np.array([0, 1], np.int8)
    weights = [numpy_helper.from_array(value, name) for name, value in (("w", whole), ("s", scale), ("z", zero))]
    for axis, expected in ((0, [[0.5, 1], [4, 6]]), (1, [[0.5, 2], [1.5, 6]])):
        node = helper.make_node("DequantizeLinear", ["w", "s", "z"], ["y"], axis=axis)
        graph = helper.make_graph([node], "g", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 2])], weights)
        assert restored(graph)["y"].tolist() == expected
