"""Camera noise: how much there is, and as much smoothing as it needs."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_LAG: Final = 3  # px; compression and sensors make neighbours alike
_ROWS: Final = 24  # looked at
_PER_SIGMA: Final = 0.954  # median of the absolute difference of two normal numbers, for a standard deviation of 1
_BEARABLE: Final = 5.0  # grey levels; the difference from the background takes care of so much
_BLUR: Final = 0.1  # px for each grey level of noise: a blur of s px leaves 0.28 / s of white noise
_WIDEST_BLUR: Final = 2.5  # px


def noise_sigma(plane: NDArray[np.uint8]) -> float:
    """Standard deviation of the noise in grey levels, by the median difference of pixels near each other.

    Args:
        plane: uint8 ``[h, w]``; strokes and edges, being few, hardly matter.
    """
    if plane.shape[1] <= _LAG:
        return 0.0
    rows = np.ascontiguousarray(plane[:: max(1, plane.shape[0] // _ROWS)])
    difference = np.ascontiguousarray(cv2.absdiff(rows[:, _LAG:], rows[:, :-_LAG]))
    histogram = cv2.calcHist([difference], [0], None, [256], [0, 256]).ravel()
    return int(np.searchsorted(np.cumsum(histogram), difference.size / 2)) / _PER_SIGMA


def quieten(plane: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Smooths away noise that would hide the ink.

    Args:
        plane: uint8 ``[h, w]``.

    Returns:
        The picture, the same array if there is little noise, and the blur in pixels: what noise is left in a blurred
        picture comes in specks of that size.
    """
    sigma = noise_sigma(plane)
    if sigma <= _BEARABLE:
        return plane, 0.0
    blur = min(_BLUR * sigma, _WIDEST_BLUR)
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), blur), np.uint8), blur
