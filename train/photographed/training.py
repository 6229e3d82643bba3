"""Photographed digits among the training images."""

from __future__ import annotations

from typing import Final

import numpy as np

from mnist_edge.train.batches import Split
from mnist_edge.train.photographed.photographs import photograph_digits

_STREAM: Final = (0, 0, 5)  # random numbers of their own, see mnist_edge.train.drawn


def with_photographed(training: Split, share: float, seed: int) -> Split:
    """Appends digits that were written anew and photographed, with their labels.

    Args:
        training: The training images, without drawn digits and outliers.
        share: Photographed digits as a share of the training images, 0 or more; each digit is taken once before any is
            taken twice. 0 changes nothing.
        seed: The same seed makes the same pictures.
    """
    count = round(len(training) * share)
    if not count:
        return training
    rng = np.random.default_rng([seed, *_STREAM])
    rounds = -(-count // len(training))
    chosen = np.concatenate([rng.permutation(len(training)) for _ in range(rounds)])[:count]
    images = photograph_digits(training.images[chosen], rng)
    return Split(np.concatenate([training.images, images]), np.concatenate([training.labels, training.labels[chosen]]))
