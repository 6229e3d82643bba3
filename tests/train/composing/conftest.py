"""Digits to compose from that need no data set."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.train.batches import Split


@pytest.fixture(scope="session")
def drawn_split() -> Split:
    """Thirty drawn digits, framed as MNIST."""
    labels = np.arange(30, dtype=np.uint8) % 10
    return Split(np.stack([draw_digit(int(label), seed=place) for place, label in enumerate(labels)]), labels)
