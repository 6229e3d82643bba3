"""From a printed shape to the way of a pen: its skeleton as strokes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.outliers.pen import Strokes
from mnist_edge.train.thinning import thin

_SMOOTHING: Final = 2  # times that each point moves to the middle of its neighbours: takes the staircase out


def skeleton_strokes(shape: NDArray[np.bool_]) -> Strokes:
    """The skeleton as short strokes from pixel to neighbouring pixel, smoothed, in a unit square.

    Args:
        shape: bool ``[h, w]``, with a margin of at least one pixel.

    Returns:
        Pairs of points; empty if the shape is. A lone pixel is a stroke of no length.
    """
    rows, columns = np.nonzero(thin(shape.astype(np.uint8)))
    if not len(rows):
        return []
    points = np.stack([columns, rows], axis=1).astype(np.float64)
    number = np.full(shape.shape, -1)
    number[rows, columns] = np.arange(len(rows))
    pairs = [np.stack([np.arange(len(rows))] * 2, axis=1)[:1]] if len(rows) == 1 else []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        to = np.roll(number, (-down, -right), axis=(0, 1))[rows, columns]
        if down and right:  # a corner already linked by its sides needs no diagonal
            beside = np.roll(number, (0, -right), axis=(0, 1))[rows, columns]
            below = np.roll(number, (-down, 0), axis=(0, 1))[rows, columns]
            to = np.where((beside >= 0) | (below >= 0), -1, to)
        linked = to >= 0
        pairs.append(np.stack([np.arange(len(rows))[linked], to[linked]], axis=1))
    edges = np.concatenate(pairs)
    for _ in range(_SMOOTHING):
        points = _smoothed(points, edges)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    unit = (points - low - extent / 2) / max(float(extent.max()), 1.0) + 0.5
    return [unit[edge] for edge in edges]


def _smoothed(points: NDArray[np.float64], edges: NDArray[np.intp]) -> NDArray[np.float64]:
    """Points of two neighbours move half way to the middle of these; ends and crossings stay."""
    total, count = np.zeros_like(points), np.zeros(len(points))
    for one, other in (edges.T, edges.T[::-1]):
        np.add.at(total, one, points[other])
        np.add.at(count, one, 1)
    along = count == 2
    moved = points.copy()
    moved[along] = 0.5 * points[along] + 0.25 * total[along]
    return moved
