"""Digits as pen strokes: the middle lines of a picture's ink, so that any pen can write them again at any size."""

from __future__ import annotations

from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.thinning import thin

Points: TypeAlias = NDArray[np.float64]
Strokes: TypeAlias = tuple[Points, ...]
_Pixel: TypeAlias = tuple[int, int]

_ENLARGED: Final = 140  # px; a picture is enlarged to about this before it is thinned, so that curves are smooth
_SMOOTHING: Final = 0.010  # of the enlarged side: takes the steps of the old pixels away and keeps small loops
_INKED: Final = 0.38  # of the strongest ink; where a pen was light, MNIST is grey
_SURE: Final = (0.22, 0.38, 0.6)  # of the strongest ink: at each of these limits pieces and loops must be as many
_REACH: Final = 2.4  # half widths; beyond a sharp corner ink reaches that far
_SPUR: Final = 6  # px of the enlarged picture; shorter side branches come from thinning, not from the pen
_SMOOTH_STEPS: Final = 4.0  # standard deviation, in points along a stroke
_WIDE: Final = 0.75  # a digit's size is its height, or this share of its width if that is more


def trace_strokes(image: NDArray[np.uint8]) -> Strokes:
    """The middle lines of white ink on black.

    Args:
        image: uint8 ``[h, w]``, 0 to 255, as in MNIST.

    Returns:
        Polylines, float64 ``[n, 2]`` each, x and y, in units of the digit's size and from its upper left corner; none if
        there is no ink, or if the lines would not show what the ink shows: a loop that is nearly closed or nearly filled,
        a limb that is too short for a stroke.
    """
    factor = max(1.0, _ENLARGED / max(image.shape))
    large = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(large, (0, 0), _SMOOTHING * max(large.shape))
    bordered = cv2.copyMakeBorder(smooth, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    strongest = float(smooth.max(initial=1))
    ink = (bordered > _INKED * strongest).astype(np.uint8)
    lines = _without_spurs(thin(ink))
    if len({_parts(bordered > share * strongest) for share in _SURE}) > 1 or not _covers(lines, ink):
        return ()
    strokes = tuple(_smoothed(line) for line in _walk(lines))
    return normalized(strokes) if strokes else ()


def _parts(ink: NDArray[np.bool_]) -> tuple[int, int]:
    """The number of pieces of ink, and of grounds that it encloses."""
    pieces, _ = cv2.connectedComponents(ink.astype(np.uint8), connectivity=8)
    grounds, _ = cv2.connectedComponents((~ink).astype(np.uint8), connectivity=4)
    return pieces, grounds


def _covers(lines: NDArray[np.uint8], ink: NDArray[np.uint8]) -> bool:
    """Whether a pen as wide as the ink is about, moved along the lines, covers the ink."""
    if not lines.any():
        return False
    half_width = float(np.median(cv2.distanceTransform(ink, cv2.DIST_L2, 3)[lines > 0]))
    away = cv2.distanceTransform(1 - lines, cv2.DIST_L2, 3)[ink > 0]
    return float(np.percentile(away, 99)) <= _REACH * half_width + 2


def normalized(strokes: Strokes) -> Strokes:
    """Moves strokes to their upper left corner and scales them to a size of 1."""
    every = np.vstack(strokes)
    low, extent = every.min(axis=0), np.ptp(every, axis=0)
    size = max(float(extent[1]), _WIDE * float(extent[0]), 1e-9)
    return tuple((points - low) / size for points in strokes)


_RING: Final = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.float32)


def _ends(lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    neighbours = cv2.filter2D(lines, cv2.CV_8U, _RING, borderType=cv2.BORDER_CONSTANT)
    return (lines & (neighbours <= 1)).astype(np.uint8)


def _without_spurs(lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shortens every end, then lets the ends that are left grow back along the old lines."""
    pruned = lines.copy()
    for _ in range(_SPUR):
        pruned &= 1 - _ends(pruned)
    if not pruned.any():  # a dot, or a very short stroke
        return lines
    grown = _ends(pruned)
    for _ in range(_SPUR):
        grown = np.asarray(cv2.dilate(grown, np.ones((3, 3), np.uint8)), np.uint8) & lines
    return np.asarray(pruned | grown, np.uint8)


def _walk(lines: NDArray[np.uint8]) -> list[Points]:
    """Follows the pixels of thin lines: one polyline from each end or fork to the next."""
    pixels = {(int(x), int(y)) for y, x in np.argwhere(lines)}
    around = {pixel: _neighbours(pixel, pixels) for pixel in sorted(pixels)}
    used: set[frozenset[_Pixel]] = set()
    paths: list[list[_Pixel]] = []
    # Ends and forks first; what is left then are closed loops, which may begin anywhere.
    for start in sorted(around, key=lambda pixel: len(around[pixel]) == 2):
        for following in around[start]:
            if frozenset((start, following)) in used:
                continue
            path = _follow(start, following, around, used)
            paths.append(path)
        if not around[start]:
            paths.append([start, start])
    return [np.array(path, np.float64) for path in paths]


def _neighbours(pixel: _Pixel, pixels: set[_Pixel]) -> list[_Pixel]:
    """The pixels beside and across; one across is left out if a pixel beside leads there."""
    x, y = pixel
    beside = [place for place in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)) if place in pixels]
    across = [
        (x + dx, y + dy)
        for dx in (-1, 1)
        for dy in (-1, 1)
        if (x + dx, y + dy) in pixels and (x + dx, y) not in pixels and (x, y + dy) not in pixels
    ]
    return beside + across


def _follow(
    start: _Pixel, following: _Pixel, around: dict[_Pixel, list[_Pixel]], used: set[frozenset[_Pixel]]
) -> list[_Pixel]:
    path = [start, following]
    used.add(frozenset(path))
    while len(around[path[-1]]) == 2 and path[-1] != start:
        onward = [pixel for pixel in around[path[-1]] if frozenset((path[-1], pixel)) not in used]
        if not onward:
            break
        used.add(frozenset((path[-1], onward[0])))
        path.append(onward[0])
    return path


def _smoothed(points: Points) -> Points:
    """A Gaussian along the stroke that leaves its ends where they are; a closed stroke stays closed."""
    count = len(points)
    if count < 4:
        return points
    reach = min(count - 1, round(3 * _SMOOTH_STEPS))
    if bool(np.all(points[0] == points[-1])):
        before, after = points[-1 - reach : -1], points[1 : 1 + reach]
    else:
        before, after = 2 * points[0] - points[reach:0:-1], 2 * points[-1] - points[-2 : -2 - reach : -1]
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _SMOOTH_STEPS) ** 2)
    padded = np.vstack([before, points, after])
    columns = [np.convolve(padded[:, axis], kernel / kernel.sum(), "valid") for axis in range(2)]
    smooth = np.stack(columns, axis=1)
    thinned = smooth[::2]  # half of the points are enough to draw it
    return thinned if count % 2 else np.vstack([thinned, smooth[-1:]])
