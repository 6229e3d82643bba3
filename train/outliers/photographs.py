"""Digits as somebody else's pictures: written anew, on paper, in uneven light, cut out by the runner.

Validation digits are MNIST's own, clean and from the writers that the network learned from. What share of *real* digits a
threshold refuses is measured on digits that have been through more.

These are plainer than the photographs to learn from (:mod:`mnist_edge.train.photographed`), and their paper, light and lens
are other code: what a network has learned, it refuses less.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.augmentation.pipeline import augment

#: What a hand does: about as much as an ordinary training with augmentation allows, and no digit turns into another.
HAND: Final = Augmentation(rotation=10, shear=10, scale=0.1, elastic=0.7, stroke=0.5)
_SIDES: Final = (40, 160)  # px of a 28-pixel digit in the picture
_PAPER: Final = (110.0, 250.0)  # grey of the paper
_CONTRAST: Final = (0.45, 0.9)  # of ink against paper, as a share of the paper's grey
_FALL: Final = 0.3  # largest loss of light from one side to the other
_NOISE: Final = (0.0, 3.0)  # standard deviation
_SOFTNESS: Final = (0.3, 1.4)  # blur in px, of pictures of 100 px


def photographed(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Writes digits anew, photographs them, and prepares the pictures as the runner does.

    Args:
        images: uint8 ``[n, 28, 28]``, framed digits.
        rng: Source of all random numbers.

    Returns:
        uint8 ``[n, 28, 28]``; a digit that the runner does not find in its picture stays as it was written.
    """
    written = augment(images, rng, HAND)
    seen = (prepare_digit(_photograph(image, rng)) for image in written)
    return np.stack([image if found is None else found for image, found in zip(written, seen, strict=True)])


def _photograph(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """One picture, dark ink on paper: uint8 ``[side, side]``."""
    side = int(np.exp(rng.uniform(*np.log(_SIDES))))
    large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float64) / 255
    ink = cv2.GaussianBlur(large, (0, 0), max(0.3, rng.uniform(*_SOFTNESS) * side / 100))
    angle = rng.uniform(0, 2 * np.pi)
    across = np.linspace(-0.5, 0.5, side)
    slope = across[None, :] * np.cos(angle) + across[:, None] * np.sin(angle)
    light = 1 - rng.uniform(0, _FALL) * (slope + 0.5)
    paper = rng.uniform(*_PAPER) * light * (1 - rng.uniform(*_CONTRAST) * ink)
    noise = rng.normal(0, rng.uniform(*_NOISE), paper.shape)
    return np.asarray(np.clip(paper + noise, 0, 255), np.uint8)
