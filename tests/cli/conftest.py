"""Fixtures that several tests of commands share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset import Dataset


@pytest.fixture(scope="session")
def data_file(tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first digits of MNIST as an npz file."""
    file = tmp_path_factory.mktemp("data") / "tiny.npz"
    np.savez(file, **{name: getattr(tiny_dataset, name) for name in ("x_train", "y_train", "x_test", "y_test")})
    return file
