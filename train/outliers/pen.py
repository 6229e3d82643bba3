"""Pen strokes in the hand of somebody else each time, and what the runner makes of them."""

from __future__ import annotations

from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.framing import frame_ink

#: Polylines, float64 ``[n, 2]`` each: ``x`` to the right and ``y`` down, about a unit square.
Strokes: TypeAlias = list[NDArray[np.float64]]

SIDE: Final = 80  # px of the longer side of a drawing: four a pixel of MNIST's box
PEN: Final = (0.03, 0.17)  # stroke width as a share of that, from a fine liner on a large character to a felt pen
_MARGIN: Final = 10  # px, more than half of the widest pen
_SUBPIXEL_BITS: Final = 4
_CURVE_STEPS: Final = 8


def curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A uniform Catmull-Rom spline through ``[n, 2]`` points, n at least 2; the ends are where the points are."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    a, b, c, d = (padded[at : at + len(points) - 1, None] for at in range(4))
    t = np.linspace(0, 1, _CURVE_STEPS, endpoint=False)[None, :, None]
    pieces = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.vstack([pieces.reshape(-1, 2), points[-1:]])


def rewrite(strokes: Strokes, rng: np.random.Generator, jitter: float = 1.0) -> Strokes:
    """Another hand, the same character: slant, turn, proportions, and a slow wobble of the plane.

    The wobble depends on the place alone, so that strokes that met still meet.
    """
    shear, angle = rng.normal(0, 0.15 * jitter), rng.normal(0, 0.08 * jitter)
    stretch = np.exp(rng.normal(0, 0.12 * jitter, 2))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.array([[1.0, 0.0], [-shear, 1.0]]) @ np.diag(stretch) @ turn
    phase, waves = rng.uniform(0, 2 * np.pi, 2), rng.uniform(2.0, 7.0, (2, 2)) * rng.choice([-1, 1], (2, 2))
    strength = rng.uniform(0.0, 0.05) * jitter
    return [(points - 0.5) @ matrix + strength * np.sin(points @ waves + phase) for points in strokes]


def ink(strokes: Strokes, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draws strokes of any extent with a random pen.

    Returns:
        float32 ``[h, w]``, 0 ground to 1 ink, the longer side :data:`SIDE` pixels and a margin.
    """
    points = np.vstack(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = SIDE / max(float(extent.max()), 1e-6)
    width, height = (int(np.ceil(length * scale)) + 2 * _MARGIN for length in extent)
    picture = np.zeros((height, width), np.uint8)
    lines = [np.round(((stroke - low) * scale + _MARGIN) * (1 << _SUBPIXEL_BITS)).astype(np.int32) for stroke in strokes]
    pen = max(1, round(rng.uniform(*PEN) * SIDE))
    cv2.polylines(picture, lines, False, 255, pen, cv2.LINE_AA, _SUBPIXEL_BITS)
    return picture.astype(np.float32) / np.float32(255)


def framed(strokes: Strokes, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Strokes as the network sees them: uint8 ``[28, 28]``."""
    return frame_soft(ink(strokes, rng))


def frame_soft(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What the runner makes of ink, float32 ``[h, w]``, 0 ground to 1 ink: uint8 ``[28, 28]``."""
    return frame_ink(np.asarray(cv2.convertScaleAbs(ink, alpha=255), np.uint8))
