"""Drawn digits in the training data: forms of the world's handwriting that MNIST hardly has."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import NUM_CLASSES
from mnist_edge.train.batches import Split

THICKNESS: Final = (0.08, 0.17)  # of the digit's box, from thin to thick as in MNIST, whose median is 0.12
JITTER: Final = (0.5, 2.0)  # from a careful hand to a sloppy one

# Random numbers of their own. The order of an epoch is drawn from [seed, epoch] and its dropout from [seed, epoch, layer]
# (see batches); NumPy fills keys with zeros up to four numbers, so keys with a fourth one are apart from these: 1 is here,
# 2 is augmentation, 3 are outliers, 4 are the photographs that operating points are measured on.
_STREAM: Final = (0, 0, 1)


def with_drawn(training: Split, share: float, seed: int) -> Split:
    """Appends drawn digits, the ten classes in equal numbers, every form of a digit alike.

    Trained on MNIST alone, a network takes a 1 with a long flag for a 7, because American hands of the nineties wrote 1 as
    a plain stroke.

    Args:
        training: The training images.
        share: Drawn digits as a share of the training images, 0 or more; 0 changes nothing.
        seed: The same seed draws the same digits.
    """
    count = round(len(training) * share)
    if not count:
        return training
    drawn = draw_digits(count, np.random.default_rng([seed, *_STREAM]))
    return Split(np.concatenate([training.images, drawn.images]), np.concatenate([training.labels, drawn.labels]))


def draw_digits(count: int, rng: np.random.Generator) -> Split:
    """Draws ``count`` digits, at least one: the ten classes in turn, every form of a digit alike."""
    labels = np.arange(count, dtype=np.uint8) % NUM_CLASSES
    return Split(np.stack([_draw(int(label), rng) for label in labels]), labels)


def _draw(digit: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    from mnist_edge.runtime.preprocess import prepare_digit
    from mnist_edge.runtime.sample_digits import SAMPLE_DIGITS, draw_digit

    drawing = draw_digit(
        digit,
        variant=int(rng.integers(len(SAMPLE_DIGITS[digit]))),
        thickness=rng.uniform(*THICKNESS),
        jitter=rng.uniform(*JITTER),
        seed=int(rng.integers(2**31)),
    )
    framed = prepare_digit(drawing)  # the wilder ones lie a pixel off; the network shall see what the runner makes of them
    return drawing if framed is None else framed
