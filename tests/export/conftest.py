"""A hand-made ONNX network that fulfils the contract, and answers a Keras model of the same weights would give."""

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
from mnist_edge.export.signature import graph_hash

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
    return KerasAnswer("toy", 1554, {"keras": "3"}, outputs["logits"], outputs["probabilities"], layers)


@pytest.fixture
def ask_toy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., KerasAnswer]:
    """Stands in for the Keras process, everywhere."""

    def ask(keras: object, images: np.ndarray, *, probe: np.ndarray | None = None, convert: object = None) -> KerasAnswer:
        return answer_of(toy_model(), images, probe)

    monkeypatch.setattr("mnist_edge.export.departure.ask_keras", ask)
    monkeypatch.setattr("mnist_edge.export.parity.ask_keras", ask)
    return ask
