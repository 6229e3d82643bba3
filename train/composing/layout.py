"""Where digits stand on a page: lines, baselines, gaps, and how the camera looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.composing.strokes import Points, Strokes

_BINS_PER_UNIT: Final = 16  # rows in which the distance of neighbours is measured
_BINS: Final = 64  # they cover two units above the first baseline and two below


@dataclass(frozen=True)
class Hand:
    """How somebody writes; lengths in units of the digit's height.

    Attributes:
        gap: Least and largest free space between the middle lines of neighbours.
        touching: Share of neighbours whose strokes meet or cross.
        depth: How far touching neighbours run into each other.
        unevenness: Standard deviation of the baseline.
        sizes: Standard deviation of the logarithm of the size.
        leading: Least and largest distance of baselines.
        drift: How much a line rises or falls against the others, standard deviation in radians.
    """

    gap: tuple[float, float] = (0.25, 0.7)
    touching: float = 0.0
    depth: tuple[float, float] = (0.0, 0.06)
    unevenness: float = 0.03
    sizes: float = 0.06
    leading: tuple[float, float] = (1.6, 2.3)
    drift: float = 0.01


@dataclass(frozen=True, eq=False)
class Placed:
    """A digit on the page.

    Attributes:
        label: 0 to 9.
        line: Index of its line.
        strokes: Polylines in the page's units, or in pixels after :meth:`PageMap.apply`.
    """

    label: int
    line: int
    strokes: Strokes


@dataclass(frozen=True, eq=False)
class PageMap:
    """From the page's units to pixels of the picture: a plane seen by a camera.

    Attributes:
        matrix: float64 ``[3, 3]``, a homography.
    """

    matrix: NDArray[np.float64]

    def apply(self, points: Points) -> Points:
        """Points ``[n, 2]`` of the page in pixels."""
        full = np.column_stack([points, np.ones(len(points))]) @ self.matrix.T
        mapped: Points = full[:, :2] / full[:, 2:]
        return mapped


def arrange(lines: list[list[tuple[int, Strokes]]], hand: Hand, rng: np.random.Generator) -> list[Placed]:
    """Writes lines of digits of size 1, one below the other, in the page's units."""
    placed: list[Placed] = []
    baseline = 0.0
    ragged = 0.0 if rng.random() < 0.7 else 0.8
    for number, line in enumerate(lines):
        slope = rng.normal(0, hand.drift)
        written = _write_line(line, hand, rng)
        start = rng.uniform(0, ragged) if number else 0.0
        for label, strokes in written:
            moved = tuple(points + np.array([start, baseline + slope * points[:, 0].mean()]) for points in strokes)
            placed.append(Placed(label, number, moved))
        baseline += rng.uniform(*hand.leading)
    return placed


def _write_line(line: list[tuple[int, Strokes]], hand: Hand, rng: np.random.Generator) -> list[tuple[int, Strokes]]:
    """One line from the left, its baseline at 0."""
    written: list[tuple[int, Strokes]] = []
    front = np.full(_BINS, -np.inf)
    usual = rng.uniform(*hand.gap)
    was_touching = 0
    for label, strokes in line:
        size = float(np.exp(np.clip(rng.normal(0, hand.sizes), -0.7, 0.7)))
        rise = float(np.clip(rng.normal(0, hand.unevenness), -0.3, 0.3))
        height = max(float(points[:, 1].max()) for points in strokes)
        standing = tuple((points - np.array([0.0, height])) * size + np.array([0.0, rise]) for points in strokes)
        touches = bool(written) and was_touching < 2 and rng.random() < hand.touching
        was_touching = was_touching + 1 if touches else 0
        gap = -rng.uniform(*hand.depth) if touches else float(np.clip(usual + rng.normal(0, 0.08), *hand.gap))
        left, right = _profiles(standing, reach=0 if touches else 2)
        shift = 0.0 if not written else _shift(front, left, gap)
        written.append((label, tuple(points + np.array([shift, 0.0]) for points in standing)))
        front = np.maximum(front, right + shift)
    return written


def _shift(front: NDArray[np.float64], left: NDArray[np.float64], gap: float) -> float:
    facing = np.isfinite(front) & np.isfinite(left)
    if not facing.any():
        return float(front[np.isfinite(front)].max()) + gap
    return float((front[facing] - left[facing]).max()) + gap


def _profiles(strokes: Strokes, reach: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The leftmost and rightmost place of a digit in each row, rows within ``reach`` taken together."""
    left, right = np.full(_BINS, np.inf), np.full(_BINS, -np.inf)
    for points in strokes:
        dense = _dense(points)
        rows = np.clip(np.round(dense[:, 1] * _BINS_PER_UNIT).astype(int) + _BINS // 2, 0, _BINS - 1)
        np.minimum.at(left, rows, dense[:, 0])
        np.maximum.at(right, rows, dense[:, 0])
    if reach:
        left = np.min([np.roll(left, by) for by in range(-reach, reach + 1)], axis=0)
        right = np.max([np.roll(right, by) for by in range(-reach, reach + 1)], axis=0)
    return left, right


def _dense(points: Points) -> Points:
    steps = np.linspace(0, 1, 5)[:, None, None]
    return np.vstack([(points[:-1] * (1 - steps) + points[1:] * steps).reshape(-1, 2), points[-1:]])


def bounds(placed: list[Placed]) -> tuple[Points, Points]:
    """Upper left and lower right corner of everything placed, ``[2]`` each."""
    every = np.vstack([points for digit in placed for points in digit.strokes])
    return every.min(axis=0), every.max(axis=0)


def camera_view(angle: float, tilt: tuple[float, float], centre: Points, extent: Points) -> NDArray[np.float64]:
    """A homography that turns the page around ``centre`` and tilts it, without bringing it to size.

    Args:
        angle: In radians, clockwise.
        tilt: How much farther the right and the lower edge of ``extent`` are than the opposite ones, as a share.
        centre: ``[2]``, stays where it is, as the origin.
        extent: ``[2]``, width and height of what is looked at.
    """
    away = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, 1]], np.float64)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    reach = max(float(extent.max()), 1e-6)
    tilted = np.array([[1, 0, 0], [0, 1, 0], [tilt[0] / reach, tilt[1] / reach, 1]])
    return np.asarray(tilted @ turned @ away, np.float64)


def fitted(
    view: NDArray[np.float64], corners: Points, size: tuple[int, int], pixels: float, rng: np.random.Generator
) -> PageMap:
    """Brings a view to the picture: ``pixels`` a unit, moved at random so that ``corners`` stay inside.

    Args:
        view: From :func:`camera_view`.
        corners: Points ``[n, 2]`` of the page that shall be in the picture.
        size: Width and height in pixels.
        pixels: Pixels a unit at the middle.
        rng: For the place.
    """
    scaled = np.diag([pixels, pixels, 1.0]) @ view
    seen = PageMap(scaled).apply(corners)
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = np.array(size) - (high - low)
    margin = np.minimum(np.maximum(room / 2, 0), 4 + 0.02 * min(size))
    span = np.maximum(room - 2 * margin, 0)
    # More often near the middle than at an edge.
    offset = margin + span * (rng.beta(2, 2, 2)) - low
    moved = np.array([[1, 0, offset[0]], [0, 1, offset[1]], [0, 0, 1]])
    return PageMap(moved @ scaled)
