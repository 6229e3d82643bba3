"""Handwritten-looking digits drawn by this project: for doctor, benchmark, demo and tests.

No data set is needed, so a fresh install can show that it works. Each digit is a few pen strokes; a stroke is a smooth
curve (Catmull-Rom spline) through points in a unit square, ``x`` to the right and ``y`` down. Strokes that meet make a
corner.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE, IMAGE_SIZE

Stroke: TypeAlias = tuple[tuple[float, float], ...]
Drawing: TypeAlias = tuple[Stroke, ...]

#: Drawings per digit: index 0 is the plain form, index 1 another common hand; where there are more, they are forms that are
#: rare in MNIST and common elsewhere: slashed 0, 1 with a flag and no foot, hooked 7.
SAMPLE_DIGITS: Final[dict[int, tuple[Drawing, ...]]] = {
    0: (
        (((0.50, 0.00), (0.22, 0.18), (0.17, 0.55), (0.32, 0.93), (0.58, 0.97), (0.80, 0.66), (0.78, 0.25), (0.50, 0.00)),),
        (((0.62, 0.05), (0.35, 0.04), (0.14, 0.40), (0.20, 0.85), (0.55, 0.99), (0.88, 0.62), (0.82, 0.15), (0.55, 0.00)),),
        (
            (
                (0.50, 0.00),
                (0.22, 0.18),
                (0.17, 0.55),
                (0.32, 0.93),
                (0.58, 0.97),
                (0.80, 0.66),
                (0.78, 0.25),
                (0.50, 0.00),
            ),
            ((0.78, 0.12), (0.22, 0.88)),
        ),
    ),
    1: (
        (((0.54, 0.00), (0.50, 0.50), (0.47, 1.00)),),
        (((0.28, 0.26), (0.52, 0.00)), ((0.52, 0.00), (0.50, 1.00)), ((0.24, 1.00), (0.78, 0.99))),
        (((0.20, 0.42), (0.58, 0.00)), ((0.58, 0.00), (0.56, 1.00))),
        (((0.34, 0.22), (0.40, 0.20), (0.56, 0.00)), ((0.56, 0.00), (0.50, 1.00))),
        (((0.06, 0.50), (0.30, 0.40), (0.62, 0.00)), ((0.62, 0.00), (0.62, 1.00))),
    ),
    2: (
        (
            ((0.20, 0.22), (0.42, 0.01), (0.72, 0.12), (0.70, 0.42), (0.42, 0.76), (0.14, 1.00)),
            ((0.14, 1.00), (0.88, 0.96)),
        ),
        (
            (
                *((0.16, 0.18), (0.48, 0.00), (0.76, 0.20), (0.60, 0.58), (0.30, 0.92), (0.16, 0.86)),
                *((0.26, 0.76), (0.50, 0.92), (0.90, 0.98)),
            ),
        ),
    ),
    3: (
        (
            ((0.18, 0.12), (0.46, 0.00), (0.74, 0.14), (0.66, 0.38), (0.42, 0.47)),
            ((0.42, 0.47), (0.72, 0.56), (0.80, 0.78), (0.56, 0.98), (0.14, 0.90)),
        ),
        (
            ((0.16, 0.04), (0.78, 0.02)),
            ((0.78, 0.02), (0.42, 0.42)),
            ((0.42, 0.42), (0.76, 0.52), (0.78, 0.82), (0.50, 1.00), (0.14, 0.88)),
        ),
    ),
    4: (
        (((0.26, 0.02), (0.16, 0.54)), ((0.16, 0.54), (0.84, 0.52)), ((0.74, 0.04), (0.70, 0.45), (0.66, 1.00))),
        (((0.62, 0.00), (0.10, 0.66)), ((0.10, 0.66), (0.90, 0.64)), ((0.62, 0.00), (0.60, 1.00))),
    ),
    5: (
        (
            ((0.80, 0.02), (0.28, 0.04)),
            ((0.28, 0.04), (0.22, 0.44)),
            ((0.22, 0.44), (0.54, 0.38), (0.80, 0.62), (0.66, 0.92), (0.36, 1.00), (0.14, 0.88)),
        ),
        (
            ((0.34, 0.06), (0.26, 0.46)),
            ((0.26, 0.46), (0.58, 0.40), (0.76, 0.68), (0.56, 0.98), (0.16, 0.94)),
            ((0.34, 0.06), (0.84, 0.00)),
        ),
    ),
    6: (
        (
            (
                *((0.70, 0.02), (0.40, 0.18), (0.20, 0.55), (0.24, 0.88), (0.52, 1.00)),
                *((0.78, 0.82), (0.68, 0.58), (0.42, 0.56), (0.22, 0.78)),
            ),
        ),
        (
            (
                *((0.46, 0.00), (0.26, 0.36), (0.20, 0.74), (0.40, 0.99), (0.70, 0.94)),
                *((0.78, 0.70), (0.58, 0.54), (0.34, 0.62), (0.22, 0.80)),
            ),
        ),
    ),
    7: (
        (((0.14, 0.06), (0.84, 0.02)), ((0.84, 0.02), (0.58, 0.46), (0.42, 1.00))),
        (((0.14, 0.08), (0.86, 0.02)), ((0.86, 0.02), (0.58, 0.46), (0.40, 1.00)), ((0.34, 0.52), (0.80, 0.48))),
        (((0.14, 0.20), (0.16, 0.06), (0.84, 0.02)), ((0.84, 0.02), (0.58, 0.46), (0.42, 1.00))),
    ),
    8: (
        (
            (
                *((0.74, 0.14), (0.46, 0.00), (0.24, 0.18), (0.44, 0.42), (0.74, 0.68), (0.64, 0.95), (0.38, 1.00)),
                *((0.20, 0.80), (0.34, 0.56), (0.66, 0.36), (0.74, 0.14)),
            ),
        ),
        (
            ((0.50, 0.00), (0.26, 0.10), (0.26, 0.34), (0.50, 0.45), (0.74, 0.33), (0.74, 0.10), (0.50, 0.00)),
            ((0.50, 0.45), (0.20, 0.60), (0.20, 0.88), (0.50, 1.00), (0.80, 0.88), (0.80, 0.60), (0.50, 0.45)),
        ),
    ),
    9: (
        (
            ((0.76, 0.16), (0.52, 0.00), (0.26, 0.12), (0.22, 0.38), (0.46, 0.50), (0.74, 0.32), (0.76, 0.16)),
            ((0.76, 0.16), (0.72, 0.56), (0.62, 1.00)),
        ),
        (
            ((0.76, 0.12), (0.46, 0.00), (0.22, 0.22), (0.40, 0.48), (0.70, 0.36), (0.76, 0.12)),
            ((0.76, 0.12), (0.78, 0.60), (0.64, 0.94), (0.40, 1.00), (0.22, 0.90)),
        ),
    ),
}

_SUBPIXEL_BITS: Final = 6
_CURVE_STEPS: Final = 12


def draw_digit(
    digit: int,
    *,
    size: int = IMAGE_SIZE,
    thickness: float = 0.12,
    variant: int = 0,
    seed: int | None = None,
    jitter: float = 1.0,
) -> NDArray[np.uint8]:
    """Draws one digit, white on black, framed as in MNIST: 20/28 of the side, centred by mass.

    Args:
        digit: 0 to 9.
        size: Side of the square picture in pixels.
        thickness: Stroke width as a share of the digit's box; 0.12 is the median of MNIST.
        variant: 0 the plain form, 1 another common hand (1 with foot, closed 4, crossed 7, …); some digits have more.
        seed: ``None`` draws the form as it is; a number varies slant, proportions and every point, the same way each time.
        jitter: Strength of that variation; 1 is an ordinary hand.

    Returns:
        uint8 array ``[size, size]``, 0 ground, 255 ink, anti-aliased.
    """
    strokes = [_spline(np.asarray(stroke, np.float64)) for stroke in SAMPLE_DIGITS[digit][variant]]
    if seed is not None:
        strokes = _vary(strokes, np.random.default_rng([seed, digit, variant]), jitter)
    return render_strokes(strokes, size, thickness)


def _spline(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A uniform Catmull-Rom spline through ``[n, 2]`` points; two points stay a straight line."""
    if len(points) == 2:
        return np.linspace(points[0], points[1], _CURVE_STEPS)
    closed = bool(np.all(points[0] == points[-1]))
    before, after = (points[-2], points[1]) if closed else (2 * points[0] - points[1], 2 * points[-1] - points[-2])
    padded = np.vstack([before, points, after])
    t = np.linspace(0, 1, _CURVE_STEPS, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.vstack([*pieces, points[-1:]])


def _vary(strokes: list[NDArray[np.float64]], rng: np.random.Generator, jitter: float) -> list[NDArray[np.float64]]:
    """Another day, the same hand: shear, rotation, proportions, and a slow wobble along each stroke."""
    shear, angle = rng.normal(0, 0.12 * jitter), rng.normal(0, 0.06 * jitter)
    stretch = np.exp(rng.normal(0, 0.08 * jitter, 2))
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.array([[1.0, 0.0], [-shear, 1.0]]) @ np.diag(stretch) @ rotation
    # The wobble depends on the place and not on the stroke, so that strokes that met still meet.
    phase, frequency = rng.uniform(0, 2 * np.pi, (2, 2)), rng.uniform(2.0, 5.0, (2, 2))
    varied = []
    for points in strokes:
        wobble = np.stack([np.sin(points @ frequency[axis] + phase[axis].sum()) for axis in range(2)], axis=1)
        varied.append((points - 0.5) @ matrix + 0.02 * jitter * wobble)
    return varied


def render_strokes(strokes: list[NDArray[np.float64]], size: int, thickness: float) -> NDArray[np.uint8]:
    """Renders polylines ``[n, 2]`` of any extent as :func:`draw_digit` frames them: uint8 ``[size, size]``."""
    scale_up = max(1, -(-8 * IMAGE_SIZE // size))
    canvas = size * scale_up
    points = np.vstack(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    # A little over a pixel less than the box: wherever the centre of mass puts it, the ink, whose anti-aliased edge reaches
    # out a bit, then touches 19 or 20 pixels.
    box = (BOX_SIZE - 1.3) / IMAGE_SIZE * canvas
    pen = max(1, round(thickness * box))
    scale = (box - pen) / float((high - low).max())
    middle = _centre_of_mass(strokes)
    # MNIST centres on the pixel with index 14 of 0 to 27, half a pixel past the geometric middle.
    centre = canvas * (IMAGE_SIZE / 2 + 0.5) / IMAGE_SIZE - 0.5
    picture = np.zeros((canvas, canvas), np.uint8)
    for stroke in strokes:
        placed = (stroke - middle) * scale + centre
        fixed_point = np.round(placed * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.polylines(picture, [fixed_point], False, 255, pen, cv2.LINE_AA, _SUBPIXEL_BITS)
    reduced = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA) if scale_up > 1 else picture
    return np.asarray(reduced, np.uint8)


def _centre_of_mass(strokes: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean place of the ink, each segment weighing its length."""
    starts, ends = np.vstack([s[:-1] for s in strokes]), np.vstack([s[1:] for s in strokes])
    lengths = np.linalg.norm(ends - starts, axis=1, keepdims=True)
    centre: NDArray[np.float64] = ((starts + ends) / 2 * lengths).sum(axis=0) / lengths.sum()
    return centre
