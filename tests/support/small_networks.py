"""A small network by hand, for tests of reduced precision."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mnist_edge.contract import InputSpec, ModelCard
from mnist_edge.export.graph import finish
from mnist_edge.export.signature import graph_hash


def small_model(*, batch: int | None = None, opset: int = 17, skip: bool = False) -> onnx.ModelProto:
    """Conv 8 → Relu → MaxPool → Conv 12 → Relu → MaxPool → (Conv 12 and Add) → Flatten → Gemm → Softmax."""
    rng = np.random.default_rng(11)
    weights = {
        "conv1/shape": np.array([0, 1, 28, 28], np.int64),
        "conv1/kernel": rng.normal(0, 0.3 / 255, (8, 1, 3, 3)).astype(np.float32),
        "conv1/bias": rng.normal(0, 0.1, 8).astype(np.float32),
        "conv2/kernel": rng.normal(0, 0.2, (12, 8, 3, 3)).astype(np.float32) * np.linspace(0.1, 2, 12)[:, None, None, None],
        "conv2/bias": rng.normal(0, 0.1, 12).astype(np.float32),
        "output/kernel": rng.normal(0, 0.2, (12 * 5 * 5, 10)).astype(np.float32),
        "output/bias": rng.normal(0, 0.1, 10).astype(np.float32),
    }
    weights["conv2/kernel"] = weights["conv2/kernel"].astype(np.float32)
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["image/Cast"], "image/Cast", to=TensorProto.FLOAT),
        node("Reshape", ["image/Cast", "conv1/shape"], ["conv1/Reshape"], "conv1/Reshape"),
        node("Conv", ["conv1/Reshape", "conv1/kernel", "conv1/bias"], ["conv1/Conv"], "conv1/Conv"),
        node("Relu", ["conv1/Conv"], ["conv1"], "conv1/Relu"),
        node("MaxPool", ["conv1"], ["pool1"], "pool1/MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", ["pool1", "conv2/kernel", "conv2/bias"], ["conv2/Conv"], "conv2/Conv"),
        node("Relu", ["conv2/Conv"], ["conv2"], "conv2/Relu"),
        node("MaxPool", ["conv2"], ["pool2"], "pool2/MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
    ]
    last = "pool2"
    if skip:
        weights["conv3/kernel"] = rng.normal(0, 0.2, (12, 12, 1, 1)).astype(np.float32)
        nodes += [node("Conv", ["pool2", "conv3/kernel"], ["conv3"], "conv3/Conv")]
        nodes += [node("Add", ["conv3", "pool2"], ["add"], "add/Add")]
        last = "add"
    nodes += [
        node("Flatten", [last], ["flatten"], "flatten/Flatten"),
        node("Gemm", ["flatten", "output/kernel", "output/bias"], ["logits"], "output/Gemm"),
        node("Softmax", ["logits"], ["probabilities"], "output/Softmax"),
    ]
    size = batch or "batch"
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [size, 28, 28, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [size, 10]) for name in ("logits", "probabilities")],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    finish(model)
    return model


def small_card(model: onnx.ModelProto, *, batch: str = "batch", opset: int = 17) -> ModelCard:
    """A card that fits the graph."""
    return ModelCard(
        name="small",
        architecture="custom",
        parameters=4000,
        opset=opset,
        graph_sha256=graph_hash(model),
        created="2026-01-01T00:00:00Z",
        input=InputSpec(shape=(batch, "28", "28", "1")),
        layers={"conv1": "conv1", "conv2": "conv2", "pool2": "pool2", "output": "probabilities"},
    )
