"""How much each pixel stands out as ink: either polarity, uneven light, shadows.

The idea: ink is what a square wider than the pen stroke cannot enter. A grey-scale opening (closing for dark ink) with
such a square is therefore the background *without* the ink, and it follows shadow edges exactly, which blurred or fitted
backgrounds do not (top-hat transform, Meyer 1979; Serra 1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

_EDGE_REACH: Final = 0.04  # of the long side: how far a blurred edge may stretch
_FLOOR: Final = 6  # grey levels of 255; less is quantization, not ink
_NOISE_FACTOR: Final = 4.0  # ink must exceed the median by so many times the spread of the background
_INK_SHARE: Final = 0.4  # of the typical ink strength: still ink
_STRONG_SHARE: Final = 0.5  # of the strongest ink: the cut where strong ink stands among many weaker lines
_STRONG_QUANTILE: Final = 0.997
_QUANTILES: Final = np.array((0.16, 0.5, _STRONG_QUANTILE))
_LEVELS: Final = np.arange(256.0)


def ink_strength(plane: NDArray[np.uint8], width: int, *, is_bright: bool) -> NDArray[np.uint8]:
    """How much each pixel stands out from the background.

    Args:
        plane: uint8 ``[H, W]``.
        width: Side of the square in pixels; wider than a stroke.
        is_bright: Whether ink is brighter than ground.

    Returns:
        uint8 ``[H, W]``, 0 for background.
    """
    bright = plane if is_bright else cv2.bitwise_not(plane)
    square = np.ones((width, width), np.uint8)
    # Zero outside: only squares that lie inside the picture count as background, so strokes on the very edge stay ink.
    opened = cv2.morphologyEx(bright, cv2.MORPH_OPEN, square, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(cv2.subtract(bright, opened), np.uint8)


@dataclass(frozen=True)
class InkLevels:
    """The background's statistics in an ink-strength plane, and where to cut.

    Attributes:
        median: Strength of the background, in grey levels.
        spread: Its spread: median minus 16th percentile, one standard deviation of Gaussian noise.
        cuts: Strengths above which a pixel may be ink: none, one or two hypotheses.
    """

    median: int
    spread: int
    cuts: tuple[float, ...]


def ink_levels(strengths: Sequence[NDArray[np.uint8]]) -> list[InkLevels]:
    """Tells ink from noise by the histograms of ink-strength planes, uint8 ``[h, w]``, all of one size."""
    histograms = np.array([cv2.calcHist([strength], [0], None, [256], [0, 256]).ravel() for strength in strengths])
    summed = histograms.cumsum(axis=1)
    quantiles = (summed[:, None] < _QUANTILES[:, None] * strengths[0].size).sum(axis=2).tolist()
    noise = [median + max(_FLOOR, _NOISE_FACTOR * (median - low)) for low, median, _ in quantiles]
    means = _upper_means(histograms * (np.array(noise)[:, None] < _LEVELS)).tolist()
    levels = []
    for (low, median, top), least, mean in zip(quantiles, noise, means, strict=True):
        cut, strong = max(least, _INK_SHARE * mean), _STRONG_SHARE * top
        cuts = () if mean == 0 else (cut, strong) if strong > 1.4 * cut else (cut,)
        levels.append(InkLevels(median, median - low, cuts))
    return levels


def strong_level(strength: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float:
    """Typical strength of a digit's ink; at least 1.

    Args:
        strength: uint8 ``[h, w]``, ink strength.
        mask: uint8 ``[h, w]``, not 0 on the digit.
    """
    return max(1.0, float(_upper_means(cv2.calcHist([strength], [0], mask, [256], [0, 256]).reshape(1, -1))[0]))


def _upper_means(histograms: NDArray[Any]) -> NDArray[np.float64]:
    """Mean of the stronger of two classes (Otsu 1979) in each histogram ``[n, 256]``; 0 for an empty one."""
    weights = histograms.astype(np.float64)
    below, moment = weights.cumsum(axis=1), (weights * _LEVELS).cumsum(axis=1)
    total, whole = below[:, -1:], moment[:, -1:]
    # Where a class is empty, the numerator is 0 too.
    between = (whole / np.maximum(total, 1) * below - moment) ** 2 / np.maximum(below * (total - below), 1)
    split = np.arange(len(weights)), between.argmax(axis=1)
    lower, low_moment = below[split], moment[split]
    lower, low_moment = np.where(lower < total[:, 0], (lower, low_moment), 0)
    return np.asarray((whole[:, 0] - low_moment) / np.maximum(total[:, 0] - lower, 1), np.float64)


def drop_to_neighbours(plane: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Sum of the steps down to the four neighbours: an edge counts the same from its bright as from its dark side.

    Args:
        plane: uint8 ``[h, w]``, ink bright.

    Returns:
        uint16 ``[h, w]``.
    """
    around = cv2.copyMakeBorder(plane, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    left, right = cv2.subtract(plane, around[1:-1, :-2]), cv2.subtract(plane, around[1:-1, 2:])
    above, below = cv2.subtract(plane, around[:-2, 1:-1]), cv2.subtract(plane, around[2:, 1:-1])
    across, down = cv2.add(left, right, dtype=cv2.CV_16U), cv2.add(above, below, dtype=cv2.CV_16U)
    return np.asarray(cv2.add(across, down), np.uint16)


def height_above_surroundings(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How far each pixel lies above the lowest one near it; unlike a gradient this sees the edge of a blurred stroke.

    Args:
        plane: uint8 ``[h, w]``, ink bright.
    """
    window = max(3, round(_EDGE_REACH * max(plane.shape))) | 1
    lowest = cv2.erode(plane, np.ones((window, window), np.uint8))
    return np.asarray(cv2.subtract(plane, lowest), np.uint8)
