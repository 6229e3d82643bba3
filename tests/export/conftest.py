"""A hand-made ONNX network with the answers a Keras model of its weights would give, and real Keras models of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_edge.contract import ModelCard
from mnist_edge.export.card import serialize
from mnist_edge.export.comparison import GateInputs
from mnist_edge.export.graph import finish
from mnist_edge.export.keras_process import KerasAnswer
from mnist_edge.export.layers import SCALED, inner_tensors, tensor_values
from mnist_edge.export.pipeline import export_model
from mnist_edge.export.signature import graph_hash
from mnist_edge.keras_model import import_keras

TOY_LAYERS = {SCALED: SCALED, "conv1": "conv1", "flatten": "flatten", "output": "probabilities"}


def toy_model(*, opset: int = 17, seed: int = 3) -> onnx.ModelProto:
    """Scale → Conv 4 → Relu → Flatten → Gemm → Softmax, random weights."""
    rng = np.random.default_rng(seed)
    weights = {
        "image/constant": np.float32(1 / 255),
        "conv1/shape": np.array([0, 1, 28, 28], np.int64),
        "conv1/kernel": rng.normal(0, 0.5, (4, 1, 5, 5)).astype(np.float32),
        "conv1/bias": rng.normal(0, 0.1, 4).astype(np.float32),
        "output/kernel": rng.normal(0, 0.3, (4 * 6 * 6, 10)).astype(np.float32),
        "output/bias": rng.normal(0, 0.1, 10).astype(np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["image/Cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["image/Cast", "image/constant"], [SCALED]),
        helper.make_node("Reshape", [SCALED, "conv1/shape"], ["conv1/Reshape"]),
        helper.make_node("Conv", ["conv1/Reshape", "conv1/kernel", "conv1/bias"], ["conv1/Conv"], strides=[4, 4]),
        helper.make_node("Relu", ["conv1/Conv"], ["conv1"]),
        helper.make_node("Flatten", ["conv1"], ["flatten"]),
        helper.make_node("Gemm", ["flatten", "output/kernel", "output/bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", 28, 28, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 10]) for name in ("logits", "probabilities")],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    finish(model)
    return model


def toy_card(model: onnx.ModelProto, **changes: Any) -> ModelCard:
    """A card that fits the graph."""
    fields: dict[str, Any] = {
        "name": "toy",
        "architecture": "custom",
        "parameters": 1554,
        "opset": 17,
        "graph_sha256": graph_hash(model),
        "created": "2026-01-01T00:00:00Z",
        "layers": TOY_LAYERS,
    }
    return ModelCard(**{**fields, **changes})


@pytest.fixture
def toy() -> onnx.ModelProto:
    """The toy network."""
    return toy_model()


@pytest.fixture
def with_card() -> Callable[..., bytes]:
    """Serializes a graph with a card that belongs to it: ``with_card(model, opset=13)``."""
    return lambda model, **changes: serialize(model, toy_card(model, **changes))


@pytest.fixture
def edit_weight() -> Callable[[onnx.ModelProto, str, Callable[[np.ndarray], np.ndarray]], None]:
    """Replaces an initializer by a function of it, in place."""

    def edit(model: onnx.ModelProto, name: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
        tensor = next(item for item in model.graph.initializer if item.name == name)
        tensor.CopyFrom(numpy_helper.from_array(np.asarray(change(numpy_helper.to_array(tensor).copy())), name))

    return edit


@pytest.fixture(scope="session")
def gate_inputs() -> GateInputs:
    """40 noisy blobs in place of digits, and the corner inputs."""
    rng = np.random.default_rng(1)
    return GateInputs.from_test_images((rng.random((40, 28, 28)) ** 3 * 255).astype(np.uint8))


def answer_of(model: onnx.ModelProto, images: np.ndarray, probe: np.ndarray | None = None) -> KerasAnswer:
    """What Keras would say if it held the weights of ``model``: NHWC layer outputs, float32 logits and probabilities."""
    outputs = tensor_values(model, ["logits", "probabilities"], images)
    layers: dict[str, np.ndarray] = {}
    if probe is not None:
        inside = tensor_values(model, inner_tensors(model), probe)
        conv = inside["conv1"].transpose(0, 2, 3, 1)
        layers = {"conv1": conv, "flatten": conv.reshape(len(conv), -1), "output": inside["probabilities"]}
    tools = {"keras": "3", "tf2onnx": "1"}
    return KerasAnswer("toy", 1554, tools, outputs["logits"], outputs["probabilities"], layers)


@pytest.fixture
def ask_toy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., KerasAnswer]:
    """Stands in for the Keras process, everywhere."""

    def ask(keras: object, images: np.ndarray, *, probe: np.ndarray | None = None, convert: object = None) -> KerasAnswer:
        return answer_of(toy_model(), images, probe)

    monkeypatch.setattr("mnist_edge.export.departure.ask_keras", ask)
    monkeypatch.setattr("mnist_edge.export.parity.ask_keras", ask)
    return ask


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
    from mnist_edge.train.networks.architectures import build

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
def dropout(keras, networks, tiny_dataset):
    """dropout_cnn, likewise."""
    return tutorial_cnn("dropout_cnn", keras, networks, tiny_dataset)


@pytest.fixture(scope="session")
def exported(simple, tiny_dataset, tmp_path_factory):
    return export_model(simple, tmp_path_factory.mktemp("exported") / "simple.onnx", tiny_dataset)
