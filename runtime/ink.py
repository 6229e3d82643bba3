"""How much each pixel stands out as ink: either polarity, uneven light, shadows.

The idea: ink is what a square wider than the pen stroke cannot enter. A grey-scale opening (closing for dark ink) with
such a square is therefore the background *without* the ink, and it follows shadow edges exactly, which blurred or fitted
backgrounds do not (top-hat transform, Meyer 1979; Serra 1982).
"""

from __future__ import annotations

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


def ink_levels(strength: NDArray[np.uint8]) -> InkLevels:
    """Tells ink from noise by the histogram of an ink-strength plane, uint8 ``[h, w]``."""
    histogram = cv2.calcHist([strength], [0], None, [256], [0, 256]).ravel()
    low, median, top = np.searchsorted(histogram.cumsum(), _QUANTILES * strength.size).tolist()
    noise = median + max(_FLOOR, _NOISE_FACTOR * (median - low))
    first = int(noise) + 1
    if first > 255 or not histogram[first:].any():
        return InkLevels(median, median - low, ())
    cut = max(noise, _INK_SHARE * _upper_mean(histogram, first))
    strong = _STRONG_SHARE * top
    return InkLevels(median, median - low, (cut, strong) if strong > 1.4 * cut else (cut,))


def strong_level(strength: NDArray[np.uint8], mask: NDArray[np.uint8]) -> float:
    """Typical strength of a digit's ink; at least 1.

    Args:
        strength: uint8 ``[h, w]``, ink strength.
        mask: uint8 ``[h, w]``, not 0 on the digit.
    """
    return max(1.0, _upper_mean(cv2.calcHist([strength], [0], mask, [256], [0, 256]).ravel(), 0))


def _upper_mean(histogram: NDArray[Any], first: int) -> float:
    """Mean of the stronger of two classes (Otsu 1979) among the levels from ``first`` on."""
    weights = histogram[first:].astype(np.float64)
    below, moment = weights.cumsum(), (weights * _LEVELS[first:]).cumsum()
    total = below[-1]
    above = total - below
    # Where a class is empty, the numerator is 0 too.
    between = (moment[-1] / total * below - moment) ** 2 / np.maximum(below * above, 1)
    split = int(between.argmax())
    if above[split] <= 0:
        return float(moment[-1] / total)
    return float((moment[-1] - moment[split]) / above[split])


def drop_to_neighbours(plane: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Sum of the steps down to the four neighbours: an edge counts the same from its bright as from its dark side.

    Args:
        plane: uint8 ``[h, w]``, ink bright.

    Returns:
        uint16 ``[h, w]``.
    """
    drop = np.zeros(plane.shape, np.uint16)
    # Not cv2.subtract: it does not take the empty slices of a picture one pixel wide.
    across, down = np.minimum(plane[:, :-1], plane[:, 1:]), np.minimum(plane[:-1], plane[1:])
    drop[:, :-1] += plane[:, :-1] - across
    drop[:, 1:] += plane[:, 1:] - across
    drop[:-1] += plane[:-1] - down
    drop[1:] += plane[1:] - down
    return drop


def height_above_surroundings(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How far each pixel lies above the lowest one near it; unlike a gradient this sees the edge of a blurred stroke.

    Args:
        plane: uint8 ``[h, w]``, ink bright.
    """
    window = max(3, round(_EDGE_REACH * max(plane.shape))) | 1
    lowest = cv2.erode(plane, np.ones((window, window), np.uint8))
    return np.asarray(cv2.subtract(plane, lowest), np.uint8)
