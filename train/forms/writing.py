"""Which forms a digit has, and one of them in a random hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.forms import high, low
from mnist_edge.train.forms.curves import Rng, Strokes
from mnist_edge.train.outliers.pen import rewrite

Form = Callable[[Rng], Strokes]

#: The forms of each digit, with their shares. What MNIST hardly has comes as often as what it has.
FORMS: Final[tuple[dict[Form, float], ...]] = (
    {low.zero: 0.6, low.slashed_zero: 0.4},
    {low.one: 0.2, low.flagged_one: 0.45, low.footed_one: 0.35},
    {low.two: 0.55, low.looped_two: 0.45},
    {low.three: 0.6, low.flat_three: 0.4},
    {low.open_four: 0.3, low.joined_four: 0.15, low.closed_four: 0.3, low.lightning_four: 0.25},
    {high.five: 0.7, high.curved_five: 0.3},
    {high.six: 1.0},
    {high.seven: 0.35, high.hooked_seven: 0.25, high.crossed_seven: 0.4},
    {high.eight: 0.55, high.two_rings: 0.45},
    {high.nine: 0.45, high.hooked_nine: 0.4, high.footed_nine: 0.15},
)
_WIDTHS: Final = (0.55, 1.1)  # of a digit to its height, as a factor of how it is drawn here
_JITTER: Final = (0.4, 1.3)  # from a careful hand to a sloppy one
_PEN: Final = (0.025, 0.2)  # width of the stroke, as a share of the longer side; less for slim digits
_SUBPIXEL_BITS: Final = 6


def draw_form(digit: int, side: int, margin: int, rng: Rng) -> NDArray[np.uint8]:
    """Draws a digit.

    Args:
        digit: 0 to 9.
        side: Its longer side in pixels.
        margin: Ground on all sides, in pixels.
        rng: Source of all random numbers.

    Returns:
        uint8 square, 0 ground to 255 ink, anti-aliased.
    """
    forms = FORMS[digit]
    form = list(forms)[int(rng.choice(len(forms), p=list(forms.values())))]
    wide = float(rng.uniform(*_WIDTHS))
    strokes = rewrite([points * (wide, 1.0) for points in form(rng)], rng, rng.uniform(*_JITTER))
    pen = max(1, round(float(np.exp(rng.uniform(*np.log(_PEN)))) * min(1.0, wide + 0.2) * side))
    points = np.vstack(strokes)
    low_, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (side - pen) / max(float(extent.max()), 1e-6)
    start = margin + (side - extent * scale) / 2
    picture = np.zeros((side + 2 * margin, side + 2 * margin), np.uint8)
    lines = [np.round(((stroke - low_) * scale + start) * (1 << _SUBPIXEL_BITS)).astype(np.int32) for stroke in strokes]
    cv2.polylines(picture, lines, False, 255, pen, cv2.LINE_AA, _SUBPIXEL_BITS)
    return picture
