"""Outliers among the training images."""

from __future__ import annotations

from typing import Final

import numpy as np

from mnist_edge.train.batches import Split
from mnist_edge.train.none_class import NONE_LABEL

_STREAM: Final = (0, 0, 3)  # random numbers of their own, see mnist_edge.train.drawn


def with_outliers(training: Split, share: float, seed: int, *, of: int) -> Split:
    """Appends pictures that are no digits, with the label 10.

    Args:
        training: The training images, with the drawn digits.
        share: Outliers as a share of ``of`` images, 0 or more; 0 changes nothing.
        seed: The same seed draws the same pictures.
        of: Training images of the data.

    Raises:
        MissingExtraError: If Matplotlib, whose fonts are needed, is not installed.
    """
    count = round(of * share)
    if not count:
        return training
    from mnist_edge.train.outliers.drawing import draw_outliers

    images = draw_outliers(count, np.random.default_rng([seed, *_STREAM]), training)
    labels = np.full(count, NONE_LABEL, training.labels.dtype)
    return Split(np.concatenate([training.images, images]), np.concatenate([training.labels, labels]))
