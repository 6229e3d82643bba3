"""A model small enough to reason about: a bright band across rows 2d to 2d+2 is class d."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_edge.contract import CARD_KEY, InputSpec, ModelCard

BuildModel = Callable[..., bytes]

CARD = ModelCard(
    name="bands", architecture="custom", parameters=290, opset=17, graph_sha256="", created="2026-01-01T00:00:00Z"
)


def band_image(digit: int) -> np.ndarray:
    """uint8 [28, 28] with the band of ``digit``."""
    image = np.zeros((28, 28), np.uint8)
    image[2 * digit : 2 * digit + 2, 4:24] = 255
    return image


def build(
    *,
    dtype: str = "uint8",
    batch: str | int = "batch",
    input_name: str = "image",
    output_names: tuple[str, str] = ("logits", "probabilities"),
    card: ModelCard | str | None = CARD,
    opset: int = 17,
    external: bool = False,
    weight: float = 10.0,
) -> bytes:
    """A serialized model that fulfils the contract, except where told otherwise.

    A card without a hash gets the right one.
    """
    weights = np.zeros((28, 10), np.float32)
    for digit in range(10):
        weights[2 * digit : 2 * digit + 2, digit] = weight
    kernel = numpy_helper.from_array(weights, "kernel")
    if external:
        onnx.external_data_helper.set_external_data(kernel, "../../outside.bin")
        kernel.ClearField("raw_data")
        kernel.data_location = TensorProto.EXTERNAL
    scale = [helper.make_node("Cast", [input_name], ["float"], to=TensorProto.FLOAT)] if dtype == "uint8" else []
    nodes = [
        *scale,
        helper.make_node("Div", ["float" if scale else input_name, "range"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled"], ["rows"], axes=[2], keepdims=0),
        helper.make_node("Flatten", ["rows"], ["features"]),
        helper.make_node("Gemm", ["features", "kernel"], [output_names[0]]),
        helper.make_node("Softmax", [output_names[0]], [output_names[1]], axis=1),
    ]
    kind = TensorProto.UINT8 if dtype == "uint8" else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "bands",
        [helper.make_tensor_value_info(input_name, kind, [batch, 28, 28, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 10]) for name in output_names],
        [kernel, numpy_helper.from_array(np.float32(255 if dtype == "uint8" else 1), "range")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if isinstance(card, ModelCard):
        spec = InputSpec(
            dtype=dtype, shape=(str(batch), "28", "28", "1"), value_range=(0.0, 255.0 if dtype == "uint8" else 1.0)
        )
        graph_sha256 = card.graph_sha256 or hashlib.sha256(graph.SerializeToString(deterministic=True)).hexdigest()
        card = dataclasses.replace(card, input=spec, graph_sha256=graph_sha256).to_json()
    if card is not None:
        helper.set_model_props(model, {CARD_KEY: card})
    return bytes(model.SerializeToString())


@pytest.fixture(scope="session")
def build_model() -> BuildModel:
    return build


@pytest.fixture(scope="session")
def bands() -> np.ndarray:
    """uint8 [10, 28, 28, 1]: one band image a class."""
    return np.stack([band_image(digit) for digit in range(10)])[..., None]


@pytest.fixture
def any_model(build_model: BuildModel, tmp_path: Any) -> Any:
    path = tmp_path / "bands.onnx"
    path.write_bytes(build_model())
    return path
