"""Digits written anew, large: another hand, another pen, seen at an angle."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE, IMAGE_SIZE
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.augmentation.pipeline import augment
from mnist_edge.train.thinning import thin

#: What a hand does: about as much as an ordinary training with augmentation allows, and no digit turns into another.
HAND: Final = Augmentation(rotation=10, shear=12, scale=0.1, elastic=0.8, stroke=0.5)
ENLARGED: Final = 3  # times; fine enough for the thinnest pen
SIDE: Final = ENLARGED * IMAGE_SIZE
_BOX: Final = ENLARGED * BOX_SIZE
_TILTED: Final = 0.4  # share of digits that are seen at an angle
_TILT: Final = 0.12  # how far each corner moves, as a share of the side
_REPENNED: Final = (0.3, 0.15)  # shares of digits in a thin pen, and in a thick one
_THIN: Final = (0.02, 0.075)  # width of the pen as a share of the box; MNIST's median is 0.12
_THICK: Final = (0.14, 0.27)
_BLOB: Final = 1.75  # ink so many times as wide as the stroke is a filled loop, which thinning would lose
_OPEN: Final = 0.35  # of the area of its loops that a digit keeps under a thick pen
_INK: Final = 255


def write_anew(images: NDArray[np.uint8], rng: np.random.Generator) -> list[NDArray[np.uint8]]:
    """Writes digits once more, in another hand, in another pen, and seen at an angle.

    Args:
        images: uint8 ``[n, 28, 28]``, framed digits.
        rng: Source of all random numbers.

    Returns:
        The ink of each, uint8 ``[84, 84]``, 0 to 255.
    """
    return [_in_another_pen(_enlarged(image, rng), rng) for image in augment(images, rng, HAND)]


def _enlarged(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    if rng.random() >= _TILTED:
        return np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    moved = corners + rng.uniform(-_TILT, _TILT, (4, 2)).astype(np.float32)
    view = cv2.getPerspectiveTransform(corners * IMAGE_SIZE, moved * np.float32(SIDE))
    return np.asarray(cv2.warpPerspective(image, view, (SIDE, SIDE), flags=cv2.INTER_CUBIC), np.uint8)


def _in_another_pen(ink: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    thin_pens, thick_pens = _REPENNED
    chosen = rng.random()
    if chosen >= thin_pens + thick_pens:
        return ink
    low, high = _THIN if chosen < thin_pens else _THICK
    return with_pen(ink, float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def with_pen(ink: NDArray[np.uint8], width: float) -> NDArray[np.uint8]:
    """Draws the middle lines of ink with a round pen.

    Args:
        ink: uint8 ``[84, 84]``, 0 to 255.
        width: Of the pen, as a share of the digit's box.

    Returns:
        uint8 ``[84, 84]``, 0 to 255; the ink as it was if the lines would not show what it shows, or the pen would fill
        its loops.
    """
    mask = np.asarray(cv2.threshold(ink, _INK // 2, 1, cv2.THRESH_BINARY)[1], np.uint8)
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    lines = thin(mask)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_3)
    half_widths = inside[lines > 0]
    if not len(half_widths) or half_widths.max() > _BLOB * np.sort(half_widths)[len(half_widths) // 2]:
        return ink
    away = cv2.distanceTransform(1 - lines, cv2.DIST_L2, cv2.DIST_MASK_5)
    drawn = np.asarray(np.clip((width * _BOX / 2 + 0.5 - away) * _INK, 0, _INK), np.uint8)
    return drawn if enclosed(drawn) >= _OPEN * enclosed(ink) else ink


def enclosed(ink: NDArray[np.uint8]) -> int:
    """Pixels of ground that ink encloses."""
    ground = np.asarray(cv2.threshold(ink, _INK // 2, 1, cv2.THRESH_BINARY_INV)[1], np.uint8)
    free = cv2.countNonZero(ground)
    filled, _, _, _ = cv2.floodFill(ground, None, (0, 0), 0)
    return free - int(filled)
