"""The real converter, the real Keras and the real gate."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from mnist_edge.contract import INPUT_NAME
from mnist_edge.errors import ExportError, KerasModelError, WorkerError
from mnist_edge.export.comparison import GateInputs
from mnist_edge.export.inspection import inspect_model
from mnist_edge.export.keras_process import ask_keras
from mnist_edge.export.options import ExportOptions
from mnist_edge.export.parity import run_gate
from mnist_edge.export.pipeline import export_model
from mnist_edge.export.signature import parse_onnx
from mnist_edge.keras_model import import_keras
from mnist_edge.runtime.session import Engine

pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def keras():
    return import_keras("The tests")


@pytest.fixture(scope="session")
def networks(keras, tmp_path_factory):
    """One ``.keras`` file for each kind of network; weights and moving statistics are random."""
    layers = keras.layers
    folder = tmp_path_factory.mktemp("networks")

    def start():
        keras.utils.set_random_seed(7)
        return keras.Input((28, 28, 1))

    def save(name, inputs, outputs):
        model = keras.Model(inputs, outputs)
        rng = np.random.default_rng(1)
        model.set_weights([value + rng.uniform(0.02, 0.1, value.shape) for value in model.get_weights()])
        model.save(folder / f"{name}.keras")

    x = start()
    y = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="c1")(x)
    y = layers.ReLU(name="r1")(layers.BatchNormalization(name="bn1")(y))
    z = layers.Activation("relu", name="r2")(layers.DepthwiseConv2D(3, padding="same", name="dw")(y))
    y = layers.Add(name="add")([y, layers.BatchNormalization(name="bn2")(layers.Conv2D(8, 1, name="pw")(z))])
    y = layers.Dropout(0.3, name="drop")(layers.GlobalAveragePooling2D(name="gap")(y))
    save("residual", x, layers.Dense(10, activation="softmax", name="output")(y))

    x = start()
    a = layers.Conv2D(4, 3, padding="same", activation="relu", name="a")(x)
    b = layers.Conv2D(4, 5, padding="same", activation="elu", name="b")(x)
    y = layers.MaxPooling2D(4, name="pool")(layers.Concatenate(name="cat")([a, b]))
    gate = layers.Conv2D(8, 1, activation="sigmoid", name="excite")(layers.GlobalAveragePooling2D(keepdims=True)(y))
    y = layers.Reshape((392,), name="flat")(layers.Multiply(name="scale")([y, gate]))
    save("branches", x, layers.Softmax(name="softmax")(layers.Dense(10, name="scores")(y)))

    x = start()
    y = layers.LeakyReLU(name="leaky")(layers.Conv2D(6, 3, padding="same", name="c1")(x))
    y = layers.SeparableConv2D(8, 3, padding="same", activation="swish", name="sep")(layers.AveragePooling2D(2)(y))
    y = layers.Flatten(name="flatten")(layers.MaxPooling2D(2, padding="same", name="mp")(y))
    y = layers.LayerNormalization(name="ln")(layers.BatchNormalization(name="bn")(y))
    y = layers.Dense(16, activation="tanh", name="fc1")(layers.Dropout(0.5)(y))
    save("normalized", x, layers.Activation("softmax", name="output")(layers.Dense(10, name="fc2")(y)))

    x = start()
    y = layers.Conv2D(4, 5, strides=3, activation="relu", name="image")(layers.ZeroPadding2D(2, name="logits")(x))
    save("linear", x, layers.Dense(10, name="scores")(layers.Flatten()(y)))

    x = start()
    y = layers.Dense(10, activation="softmax", name="output")(layers.Dense(8, activation="gelu")(layers.Flatten()(x)))
    save("gelu", x, y)
    x = start()
    save("sigmoid", x, layers.Dense(10, activation="sigmoid", name="output")(layers.Flatten()(x)))
    x = start()
    model = keras.Model(x, layers.Dense(10, activation="softmax")(layers.Flatten()(x)))
    model.set_weights([value * np.nan for value in model.get_weights()])
    model.save(folder / "nan.keras")
    return folder


def tutorial_cnn(name, keras, networks, data):
    from mnist_edge.train.architectures import build

    path = networks / f"{name}.keras"
    model = build(name, seed=3)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(data.x_train[..., None] / np.float32(255), data.y_train, epochs=2, batch_size=50, verbose=0)
    model.save(path)
    return path


@pytest.fixture(scope="session")
def simple(keras, networks, tiny_dataset):
    """simple_cnn, two epochs on a few digits."""
    return tutorial_cnn("simple_cnn", keras, networks, tiny_dataset)


@pytest.fixture(scope="session")
def exported(simple, tiny_dataset, tmp_path_factory):
    return export_model(simple, tmp_path_factory.mktemp("exported") / "simple.onnx", tiny_dataset)


def test_simple_cnn_is_sixteen_operators_with_the_names_of_its_layers(exported):
    found = inspect_model(exported.path)
    model = onnx.load(exported.path)
    assert [node.op_type for node in model.graph.node] == [
        *("Cast", "Mul", "Reshape", "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Conv", "Relu"),
        *("Flatten", "Gemm", "Relu", "Gemm", "Softmax"),
    ]
    assert exported.card.layers == {
        "image/scaled": "image/scaled",
        **{name: name for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "flatten", "fc1")},
        "output": "probabilities",
    }
    assert found.parameters == exported.card.parameters == 93_322
    conv1, conv2, conv3 = 26 * 26 * 32 * 9, 11 * 11 * 64 * 9 * 32, 3 * 3 * 64 * 9 * 64
    assert found.multiply_adds == conv1 + conv2 + conv3 + 576 * 64 + 64 * 10 == 2_794_240


def test_simple_cnn_on_all_of_mnist_has_no_flip(simple, exported, mnist):
    inputs = GateInputs.from_test_images(mnist.x_test)
    result = run_gate(exported.path.read_bytes(), simple, inputs, ask_keras(simple, inputs.images))
    assert result.verdict.passed, result.verdict.failures
    assert result.verdict.summary().images == 10_000
    assert result.verdict.summary().flips == 0
    assert (result.classes[:10_000] == mnist.y_test).mean() > 0.8


def test_dropout_cnn_has_no_trace_of_its_dropout(keras, networks, tiny_dataset, tmp_path):
    path = tutorial_cnn("dropout_cnn", keras, networks, tiny_dataset)
    result = export_model(path, tmp_path / "m.onnx", tiny_dataset)
    operators = inspect_model(result.path).operators
    assert operators == {
        "Relu": 3,
        "Conv": 2,
        "MaxPool": 2,
        "Gemm": 2,
        "Cast": 1,
        "Mul": 1,
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
        "Concat" if network == "branches" else ""
    }
    assert found.operators.get("Cast", 0) == (options.input_dtype == "uint8")
    assert (found.opset, found.ir_version) == (options.opset, 8)
    assert {tensor.shape[0] for tensor in (*found.inputs, *found.outputs)} == {str(options.batch or "batch")}
    engine = Engine(result.path)
    assert engine.card.input == options.input_spec()
    assert engine.batch == options.batch
    assert result.verdict.summary().flips == 0
    assert len(result.card.layers) >= 4 or network == "linear"


def change(data, edit, *, name=None):
    """A copy of an exported file with one edit and a card that fits it, as a wrong converter would have made it."""
    from mnist_edge.contract import CARD_KEY, ModelCard
    from mnist_edge.export.card import serialize
    from mnist_edge.export.signature import graph_hash

    model = parse_onnx(data, "m")
    card = ModelCard.from_json(next(entry.value for entry in model.metadata_props if entry.key == CARD_KEY))
    if name is None:
        edit(model.graph)
    else:
        tensor = next(item for item in model.graph.initializer if item.name == name)
        tensor.CopyFrom(numpy_helper.from_array(np.asarray(edit(numpy_helper.to_array(tensor).copy())), name))
    fields = {**card.__dict__, "graph_sha256": graph_hash(model)}
    return serialize(model, ModelCard(**fields))


@pytest.fixture(scope="session")
def real_gate(simple, exported, tiny_dataset):
    inputs = GateInputs.from_test_images(tiny_dataset.x_test)
    answer = ask_keras(simple, inputs.images)
    data = exported.path.read_bytes()
    return lambda edit, **where: run_gate(change(data, edit, **where), simple, inputs, answer).verdict


def bump(value):
    value.flat[value.size // 2] += 0.05
    return value


@pytest.mark.parametrize("layer", ["conv1", "conv3", "fc1", "output"])
def test_one_perturbed_weight_is_caught_and_its_layer_named(real_gate, layer):
    verdict = real_gate(bump, name=f"{layer}/kernel")
    assert not verdict.passed
    assert verdict.first_departing_layer == layer


def test_swapped_classes_are_caught(real_gate):
    verdict = real_gate(lambda value: value[:, [0, 7, 2, 3, 4, 5, 6, 1, 8, 9]], name="output/kernel")
    assert verdict.summary().flips > 0
    assert verdict.first_departing_layer == "output"


def test_other_preprocessing_is_caught(real_gate):
    verdict = real_gate(lambda value: np.float32(1 / 256), name="image/constant")
    assert not verdict.passed
    assert verdict.first_departing_layer == "image/scaled"


def test_a_missing_output_and_a_wrong_batch_dimension_are_caught(real_gate):
    assert real_gate(lambda graph: graph.output.__delitem__(1)).failures == ("output 'probabilities' is missing",)

    def fix_batch(graph):
        graph.input[0].type.tensor_type.shape.dim[0].dim_value = 8

    assert "input 'image' has batch dimension '8', expected 'batch'" in real_gate(fix_batch).failures


IMAGES = np.zeros((2, 28, 28, 1), np.uint8)


def test_an_operator_that_tf2onnx_does_not_know_is_one_line(networks):
    with pytest.raises(ExportError, match=r"could not convert the model faithfully. Received: .*Erfc"):
        ask_keras(networks / "gelu.keras", IMAGES, convert=ExportOptions())


def test_a_head_without_logits_is_one_line(networks):
    with pytest.raises(
        KerasModelError, match="Expected: a last layer with softmax .* Received: Dense 'output' with sigmoid"
    ):
        ask_keras(networks / "sigmoid.keras", IMAGES)


def test_a_model_that_diverged_is_one_line(networks):
    with pytest.raises(KerasModelError, match="logits that are not finite"):
        ask_keras(networks / "nan.keras", IMAGES)


def test_a_worker_that_dies_is_one_line(networks, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(WorkerError, match="The Keras process ended with code 1"):
        ask_keras(networks / "linear.keras", IMAGES)


def test_a_fixed_batch_model_takes_exactly_its_batch(networks, tmp_path, tiny_dataset):
    path = export_model(networks / "linear.keras", tmp_path / "m.onnx", tiny_dataset, ExportOptions(batch=2)).path
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == [2, 28, 28, 1]
    assert session.run(None, {INPUT_NAME: IMAGES})[0].shape == (2, 10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_export_leaves_no_file_and_no_process(simple, tmp_path, number):
    output, scratch = tmp_path / "out", tmp_path / "scratch"
    output.mkdir()
    scratch.mkdir()
    command = [sys.executable, "-c", "from mnist_edge.cli import main; main()", "export", simple, "-o", output / "m.onnx"]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "TMPDIR": str(scratch)}
    )
    with process:
        assert process.stderr.readline().startswith("Converting")
        while not list(scratch.glob("mnist-edge-*/log.txt")):  # the Keras process is being started
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait() == (130 if number == signal.SIGINT else 143)
    assert not list(output.iterdir())
    assert not list(scratch.iterdir())
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_the_report_beside_the_model_is_the_gates(exported):
    report = json.loads(exported.report.read_text())
    assert report["model"] == "simple.onnx"
    assert report["passed"] is True
    assert report["tolerance"] == {"logits_atol": 1e-4, "probabilities_atol": 1e-5, "probabilities_rtol": 1e-4}
