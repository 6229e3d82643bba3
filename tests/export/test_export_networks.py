"""Every network of the registry, with batch normalisation and without, becomes a graph of few operators."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.export.pipeline import export_model
from mnist_edge.train.networks.architectures import architecture_names, build
from mnist_edge.train.networks.blocks import LayerOptions

pytestmark = pytest.mark.real

FRAME = {"Cast": 1, "Reshape": 1, "Softmax": 1}
OPERATORS = {
    "simple_cnn": {"Slice": 1, "Conv": 3, "Relu": 4, "MaxPool": 2, "Flatten": 1, "Gemm": 2},
    "dropout_cnn": {"Slice": 1, "Conv": 2, "Relu": 3, "MaxPool": 2, "Flatten": 1, "Gemm": 2},
    "vgg_cnn": {"Conv": 6, "Relu": 7, "MaxPool": 3, "Flatten": 1, "Gemm": 2},
    "resnet_cnn": {"Conv": 15, "Relu": 13, "Add": 6, "GlobalAveragePool": 1, "Squeeze": 1, "Gemm": 1},
    "accurate": {"Conv": 6, "Relu": 7, "Flatten": 1, "Gemm": 2},
    "edge": {"Conv": 4, "Relu": 4, "Flatten": 1, "Gemm": 1},
    "tiny": {"Conv": 4, "Relu": 4, "Flatten": 1, "Gemm": 1},
}

# Two biases on the two ways into one sum have the same gradient and stay equal; the graph holds one of them.
TWINS = {("resnet_cnn", False): 32 + 64}


@pytest.fixture(scope="module")
def few(tiny_dataset: Dataset) -> Dataset:
    return Dataset(
        x_train=tiny_dataset.x_train,
        y_train=tiny_dataset.y_train,
        x_test=tiny_dataset.x_test[:60],
        y_test=tiny_dataset.y_test[:60],
        name="custom",
        origin="the first digits of MNIST",
        sha256="few",
    )


def test_no_network_is_left_out() -> None:
    assert tuple(OPERATORS) == architecture_names()


# Both tutorial networks as they are: see test_export_keras.
CASES = [
    *((name, True) for name in OPERATORS),
    ("vgg_cnn", False),
    ("resnet_cnn", False),
    ("accurate", False),
    ("edge", False),
    ("tiny", False),
]


@pytest.mark.parametrize(("name", "batch_norm"), CASES)
def test_a_network_is_exported_with_its_normalisation_folded_in(
    name: str, batch_norm: bool, few: Dataset, tmp_path: Path
) -> None:
    model = build(name, seed=3, options=LayerOptions(dropout=0.2, l2=1e-4, batch_norm=batch_norm))
    model.compile("adam", "sparse_categorical_crossentropy")
    pair = few.x_train[:300, ..., None] / np.float32(255), few.y_train[:300]
    model.fit(*pair, epochs=2, batch_size=50, verbose=0)  # so that no statistic is what it began as
    model.save(tmp_path / "model.keras")
    result = export_model(tmp_path / "model.keras", tmp_path / "model.onnx", few)
    graph = onnx.load(result.path).graph
    assert Counter(node.op_type for node in graph.node) == {**FRAME, **OPERATORS[name]}
    # Normalisation is gone, and what is left is the network that was never normalised.
    plain = build(name, seed=3, options=LayerOptions(batch_norm=False))
    assert result.card.parameters == plain.count_params() - TWINS.get((name, batch_norm), 0)
    assert result.card.parity is not None
    assert result.card.parity.flips == 0
