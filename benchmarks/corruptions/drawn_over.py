"""Lines across the digit, stripes, and an outline instead of strokes."""

from __future__ import annotations

import itertools
import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE: Final = 28
_FAR: Final = 2.3  # px from a line's middle at which its light would be log(0) + 1
_DOT: Final = 2  # px, and as much between two dots
_ZIG: Final = 2  # px along and across, from one corner to the middle of the next stroke
_ENDS: Final = (2, 25)  # columns where a zigzag begins and ends
_MOST_RISE: Final = 5  # px from end to end of a zigzag
_EDGE_SIGMA: Final = 1.0  # px
_EDGE_CUTS: Final = (25.5, 51.0)  # weak and sure edges: a tenth and a fifth of white, in Sobel's sums

_ROWS: Final = np.arange(_SIDE)[:, None]
_COLUMNS: Final = np.arange(_SIDE)[None, :]


def stripe(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The outer quarters to the left and right are negatives. uint8 ``[n, 28, 28]`` in and out."""
    striped = images.copy()
    for side in (striped[:, :, : _SIDE // 4], striped[:, :, -_SIDE // 4 :]):
        np.subtract(255, side, out=side)
    return striped


def dotted_line(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A dotted line from the left to the right edge. uint8 ``[n, 28, 28]`` in and out."""
    on = _COLUMNS // _DOT % 2 == 1
    lines = [on * _line((0, first), (_SIDE - 1, last)) for first, last in rng.integers(0, _SIDE - 1, (len(images), 2))]
    return _lit(images, lines)


def zigzag(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A zigzag of about six teeth across the picture. uint8 ``[n, 28, 28]`` in and out."""
    starts = rng.integers(0, _SIDE - 1, len(images))
    rises = rng.integers(-_MOST_RISE, _MOST_RISE, len(images))
    return _lit(images, [_teeth(start, rise) for start, rise in zip(starts.tolist(), rises.tolist(), strict=True)])


def canny_edges(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The edges of the strokes only, a pixel wide (Canny 1986). uint8 ``[n, 28, 28]`` in and out."""
    soft = [cv2.GaussianBlur(image, (0, 0), _EDGE_SIGMA) for image in images]
    return np.array([cv2.Canny(image, *_EDGE_CUTS, L2gradient=True) for image in soft], np.uint8).reshape(images.shape)


def _line(start: tuple[float, float], end: tuple[float, float]) -> NDArray[np.float64]:
    """Light of a line of two or three pixels between two places (x, y): 1 in its middle, 0 at 1.45 px above or below."""
    (left, from_row), (right, to_row) = start, end
    away = np.abs(_ROWS - (from_row + (to_row - from_row) / (right - left) * (_COLUMNS - left)))
    light = 1 + np.log1p(-np.minimum(away, 0.99 * _FAR) / _FAR)
    return np.clip(light, 0, 1) * ((math.floor(left) <= _COLUMNS) & (math.ceil(right) > _COLUMNS))


def _teeth(start: int, rise: int) -> NDArray[np.float64]:
    left, right = _ENDS
    length = math.hypot(right - left, rise)
    along = np.array([0, *np.arange(_ZIG, length, 2 * _ZIG), length])
    across = np.array([0, *(_ZIG * (-1) ** np.arange(len(along) - 2)), 0])
    cos, sin = (right - left) / length, rise / length
    corners = np.column_stack((left + cos * along - sin * across, start + sin * along + cos * across)).tolist()
    strokes = [_line(first, second) for first, second in itertools.pairwise(corners)]
    return np.sum(strokes, axis=0)


def _lit(images: NDArray[np.uint8], lines: list[NDArray[np.float64]]) -> NDArray[np.uint8]:
    """The pictures with the lines' light added to them."""
    added = (255 * np.array(lines)).reshape(images.shape)
    return np.minimum(images + added, 255).round().astype(np.uint8)
