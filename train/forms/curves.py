"""Parts of digits: arcs and lines in a unit square, x to the right and y down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.outliers.pen import Strokes, curve

Rng = np.random.Generator
Points = NDArray[np.float64]

__all__ = ["Points", "Rng", "Strokes", "arc", "line", "smooth"]


def line(*points: tuple[float, float]) -> Points:
    """Straight from point to point."""
    return np.array(points, np.float64)


def smooth(*points: tuple[float, float]) -> Points:
    """A smooth curve through all points."""
    return curve(np.array(points, np.float64))


def arc(centre: tuple[float, float], radius: tuple[float, float], start: float, end: float, square: float = 1.0) -> Points:
    """A part of an ellipse.

    Args:
        centre: x and y.
        radius: Along x and y.
        start: Degrees, 0 to the right, 90 down.
        end: The same; below ``start`` counter-clockwise.
        square: Exponent of a superellipse (Lamé 1818): below 1 boxy, 1 round.
    """
    turn = np.deg2rad(np.linspace(start, end, max(6, round(abs(end - start) / 12))))
    sides = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return np.asarray(np.sign(sides) * np.abs(sides) ** square * radius + centre, np.float64)
