"""Drawn digits in the training data: forms of the world's handwriting that MNIST hardly has."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import NUM_CLASSES
from mnist_edge.train.batches import Split

PHOTOGRAPHED: Final = 0.5  # share of them
_BOX: Final = 60  # px, three a pixel of MNIST's box
_MARGIN: Final = 12  # px
_AT_ONCE: Final = 2000  # large drawings of all digits would take a hundred megabytes

# Random numbers of their own. The order of an epoch is drawn from [seed, epoch] and its dropout from [seed, epoch, layer]
# (see batches); NumPy fills keys with zeros up to four numbers, so keys with a fourth one are apart from these: 1 is here,
# 2 is augmentation, 3 are outliers, 4 are the photographs that operating points are measured on, 5 those to learn from.
_STREAM: Final = (0, 0, 1)


def with_drawn(training: Split, share: float, seed: int, *, of: int | None = None) -> Split:
    """Appends drawn digits, the ten classes in equal numbers, each in all its forms.

    Trained on MNIST alone, a network takes a 1 with a long flag for a 7, because American hands of the nineties wrote 1 as
    a plain stroke.

    Args:
        training: The training images.
        share: Drawn digits as a share of ``of`` images, 0 or more; 0 changes nothing.
        seed: The same seed draws the same digits.
        of: Training images of the data; ``None`` means all of ``training``.
    """
    count = round((len(training) if of is None else of) * share)
    if not count:
        return training
    drawn = draw_digits(count, np.random.default_rng([seed, *_STREAM]))
    return Split(np.concatenate([training.images, drawn.images]), np.concatenate([training.labels, drawn.labels]))


def draw_digits(count: int, rng: np.random.Generator) -> Split:
    """Draws ``count`` digits, at least one: the ten classes in turn, half of the digits photographed."""
    labels = np.arange(count, dtype=np.uint8) % NUM_CLASSES
    parts = [_draw(labels[start : start + _AT_ONCE], rng) for start in range(0, count, _AT_ONCE)]
    return Split(np.concatenate(parts), labels)


def _draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    from mnist_edge.runtime.framing import frame_inks
    from mnist_edge.train.forms import draw_form
    from mnist_edge.train.photographed.photographs import photograph_inks

    inks = [draw_form(int(label), _BOX, _MARGIN, rng) for label in labels]
    images = frame_inks(inks)
    taken = np.flatnonzero(rng.random(len(labels)) < PHOTOGRAPHED)
    images[taken] = photograph_inks([inks[at] for at in taken.tolist()], rng)
    return images
