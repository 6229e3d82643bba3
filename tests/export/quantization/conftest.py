"""Small networks with layers of every kind that int8 treats in its own way, and data to calibrate and judge them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from small_networks import small_model

from mnist_edge.dataset import Dataset
from mnist_edge.export.layers import inner_tensors, tensor_values
from mnist_edge.export.quantization.calibration import Range, find_range, observe


@pytest.fixture
def small() -> onnx.ModelProto:
    """The small network."""
    return small_model()


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """400 blobs in place of digits, uint8 ``[400, 28, 28]``."""
    rng = np.random.default_rng(2)
    coarse = rng.random((400, 7, 7)) ** 3
    return (np.kron(coarse, np.ones((1, 4, 4))) * 255).astype(np.uint8)


@pytest.fixture(scope="session")
def blobs(pictures) -> Dataset:
    """The blobs as data; the labels are what the small float network reads, all but the first of each part."""
    labels = tensor_values(small_model(), ["logits"], pictures[..., None])["logits"].argmax(1).astype(np.uint8)
    labels[[0, 360]] = (labels[[0, 360]] + 1) % 10
    return Dataset(pictures, labels, pictures[:50], labels[:50], "custom", "here", "abc")


@pytest.fixture(scope="session")
def ranges_of(pictures) -> Callable[[onnx.ModelProto], dict[str, Range]]:
    """The whole range of each inner tensor of a model."""

    def find(model: onnx.ModelProto) -> dict[str, Range]:
        found = observe(model, inner_tensors(model), pictures[..., None], "uint8")
        return {name: find_range(histogram, "minmax") for name, histogram in found.items()}

    return find
