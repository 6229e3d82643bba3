"""The real converter, the real Keras and the real gate."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest

from mnist_edge.contract import INPUT_NAME
from mnist_edge.export.comparison import GateInputs
from mnist_edge.export.inspection import inspect_model
from mnist_edge.export.keras_process import ask_keras
from mnist_edge.export.options import ExportOptions
from mnist_edge.export.parity import run_gate
from mnist_edge.export.pipeline import export_model
from mnist_edge.runtime.session import Engine

pytestmark = pytest.mark.real


def test_simple_cnn_is_sixteen_operators_with_the_names_of_its_layers(exported):
    found = inspect_model(exported.path)
    model = onnx.load(exported.path)
    assert [node.op_type for node in model.graph.node] == [
        *("Slice", "Cast", "Reshape", "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Conv", "Relu"),
        *("Flatten", "Gemm", "Relu", "Gemm", "Softmax"),
    ]
    assert exported.card.layers == {
        **{name: name for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "flatten", "fc1")},
        "output": "probabilities",
    }
    assert found.parameters == exported.card.parameters == 93_322
    # Of the 26x26 and 11x11 values that Keras computes, the pools read 24x24 and 10x10.
    conv1, conv2, conv3 = 24 * 24 * 32 * 9, 10 * 10 * 64 * 9 * 32, 3 * 3 * 64 * 9 * 64
    assert found.multiply_adds == conv1 + conv2 + conv3 + 576 * 64 + 64 * 10 == 2_378_368


def test_simple_cnn_on_all_of_mnist_has_no_flip(simple, exported, mnist):
    inputs = GateInputs.from_test_images(mnist.x_test)
    result = run_gate(exported.path.read_bytes(), simple, inputs, ask_keras(simple, inputs.images))
    assert result.verdict.passed, result.verdict.failures
    assert result.verdict.summary().images == 10_000
    assert result.verdict.summary().flips == 0
    assert (result.classes[:10_000] == mnist.y_test).mean() > 0.5


def test_dropout_cnn_has_no_trace_of_its_dropout(dropout, tiny_dataset, tmp_path):
    result = export_model(dropout, tmp_path / "m.onnx", tiny_dataset)
    operators = inspect_model(result.path).operators
    assert operators == {
        "Slice": 1,
        "Relu": 3,
        "Conv": 2,
        "MaxPool": 2,
        "Gemm": 2,
        "Cast": 1,
        "Reshape": 1,
        "Flatten": 1,
        "Softmax": 1,
    }
    assert result.card.parameters == 225_034
    assert result.card.layers["dropout"] == result.card.layers["fc1"] == "fc1"


# Every network, opset, input dtype and both kinds of batch occur; all combinations would add minutes and no case.
CASES = [
    ("residual", ExportOptions(opset=13)),
    ("residual", ExportOptions(opset=18, input_dtype="float32")),
    ("branches", ExportOptions(opset=14, batch=1)),
    ("branches", ExportOptions(opset=17, input_dtype="float32", batch=3)),
    ("normalized", ExportOptions(opset=18)),
    ("normalized", ExportOptions(opset=15, batch=5)),
    ("linear", ExportOptions(opset=16)),
    ("simple_cnn", ExportOptions(opset=13, input_dtype="float32")),
    ("simple_cnn", ExportOptions(opset=18, batch=2)),
]


@pytest.mark.parametrize(
    ("network", "options"), CASES, ids=[f"{n}-{o.opset}-{o.input_dtype}-batch{o.batch or 'any'}" for n, o in CASES]
)
def test_other_networks_and_options_pass_the_gate_with_a_clean_graph(
    networks, simple, tiny_dataset, tmp_path, network, options
):
    result = export_model(networks / f"{network}.keras", tmp_path / "m.onnx", tiny_dataset, options)
    found = inspect_model(result.path)
    assert not found.operators.keys() & {"Transpose", "Shape", "Gather", "Slice", "Concat", "Unsqueeze", "Identity"} - {
        {"branches": "Concat", "simple_cnn": "Slice"}.get(network, "")
    }
    assert found.operators.get("Cast", 0) == (options.input_dtype == "uint8")
    assert (found.opset, found.ir_version) == (options.opset, 8)
    assert {tensor.shape[0] for tensor in (*found.inputs, *found.outputs)} == {str(options.batch or "batch")}
    engine = Engine(result.path)
    assert engine.card.input == options.input_spec()
    assert engine.batch == options.batch
    assert result.verdict.summary().flips == 0
    assert len(result.card.layers) >= 4 or network == "linear"


IMAGES = np.zeros((2, 28, 28, 1), np.uint8)


def test_a_fixed_batch_model_takes_exactly_its_batch(networks, tmp_path, tiny_dataset):
    path = export_model(networks / "linear.keras", tmp_path / "m.onnx", tiny_dataset, ExportOptions(batch=2)).path
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == [2, 28, 28, 1]
    assert session.run(None, {INPUT_NAME: IMAGES})[0].shape == (2, 10)


def test_the_report_beside_the_model_is_the_gates(exported):
    report = json.loads(exported.report.read_text())
    assert report["model"] == "simple.onnx"
    assert report["passed"] is True
    assert report["tolerance"] == {"logits_atol": 1e-4, "probabilities_atol": 1e-5, "probabilities_rtol": 1e-4}
