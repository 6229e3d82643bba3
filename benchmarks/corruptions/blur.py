"""Blur by glass and by movement."""

from __future__ import annotations

import itertools
import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_GLASS_SIGMA: Final = 0.7  # px
_GLASS_ROUNDS: Final = 2
_TRAIL_SIGMA: Final = 3.0  # px
_TRAIL: Final = 10  # px; what lies farther along the path weighs nothing
_STEEPEST: Final = math.pi / 4  # the movement is within 45 degrees of the horizontal


def glass_blur(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Behind frosted glass: blur, pixels swapped with neighbours twice over, blur. uint8 ``[n, 28, 28]`` in and out."""
    pictures = _soft(images)
    every, side = np.arange(len(pictures)), images.shape[1]
    inner = range(side - 1, 1, -1)
    for _, row, column in itertools.product(range(_GLASS_ROUNDS), inner, inner):
        swapped = every[rng.random(len(every)) < 1 / 2]
        up, left = rng.integers(0, 2, (2, len(swapped)))  # by no or one pixel each
        here, there = (swapped, row, column), (swapped, row - up, column - left)
        pictures[here], pictures[there] = pictures[there], pictures[here]
    return _soft(pictures)


def _soft(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.array([cv2.GaussianBlur(image, (0, 0), _GLASS_SIGMA) for image in images], np.uint8).reshape(images.shape)


def motion_blur(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The digit moves on in one direction while its picture fades: half a Gaussian. uint8 ``[n, 28, 28]`` in and out."""
    steps = np.arange(_TRAIL + 1)
    weights = np.exp(-0.5 * (steps / _TRAIL_SIGMA) ** 2)
    moved = np.empty_like(images)
    for image, out, angle in zip(images, moved, rng.uniform(-_STEEPEST, _STEEPEST, len(images)), strict=True):
        kernel = np.zeros((2 * _TRAIL + 1, 2 * _TRAIL + 1))
        down, right = np.round(steps * math.sin(angle)).astype(int), np.round(steps * math.cos(angle)).astype(int)
        np.add.at(kernel, (_TRAIL + down, _TRAIL + right), weights / weights.sum())
        out[:] = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return moved
