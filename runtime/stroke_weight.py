"""Stroke weight: thin pens and markers are brought to the widths that MNIST has."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE

#: Stroke widths left as they are, in pixels of the 20x20 box. Measured on 6,000 MNIST training digits (enlarged eightfold,
#: cut at half intensity, twice the median of the distance transform along its ridge): percentiles 5, 25, 50, 75, 95 are
#: 1.6, 2.0, 2.4, 3.0, 3.75. Between the quartiles (2.0 to 2.9) the network is surest of drawn and photographed digits, but
#: moving the outlines of MNIST's own digits costs accuracy on those; this range is wrong least often on both.
STROKE_WIDTHS: Final = (1.8, 3.4)

_MARGIN: Final = 6  # room for the thinnest strokes to grow
_INK: Final = 255
_HALF: Final = 0.5
_NEIGHBOURS: Final = np.ones((3, 3), np.uint8)
_ESTIMATE: Final = 0.88  # measured to estimated width of strokes: median over MNIST digits of all sizes
_SURE_WIDTHS: Final = (1.9, 3.3)  # as estimated: STROKE_WIDTHS less what the estimate may be wrong by
_STAY: Final = 0.15  # oversampled pixels: outlines are not moved by less


def has_usual_strokes(ink: NDArray[np.uint8], side: float) -> bool:
    """Whether the strokes need no fitting, estimated in a quarter of the time that it takes to measure them.

    The area by half the length of the outline; the outline is the sum of all steps (coarea formula) in four directions
    (Crofton), which needs no contour.

    Args:
        ink: uint8 ``[H, W]``, 0 to 255, strokes of several pixels, with ground around them.
        side: The longer side of the ink's box in its pixels.
    """
    straight = cv2.norm(ink[1:], ink[:-1], cv2.NORM_L1) + cv2.norm(ink[:, 1:], ink[:, :-1], cv2.NORM_L1)
    slanted = cv2.norm(ink[1:, 1:], ink[:-1, :-1], cv2.NORM_L1) + cv2.norm(ink[1:, :-1], ink[:-1, 1:], cv2.NORM_L1)
    outline = math.pi / 8 * (straight + slanted * math.sqrt(0.5))
    width = _ESTIMATE * 2 * cv2.sumElems(ink)[0] / max(1.0, outline)
    low, high = _SURE_WIDTHS
    return low <= width * BOX_SIZE / side <= high


def fit_stroke_weight(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Thickens or thins strokes to :data:`STROKE_WIDTHS` by moving the outline along its distance field.

    Args:
        ink: uint8 ``[H, W]``, 0 to 255, 127 at the outline, oversampled.

    Returns:
        uint8 ``[H, W]``, 0 to 255; as it was if the strokes are within the range.
    """
    mask = np.asarray(cv2.threshold(ink, _INK // 2, _INK, cv2.THRESH_BINARY)[1], np.uint8)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    _, _, width, height = cv2.boundingRect(mask)
    side, stroke = max(width, height), _stroke_width(np.asarray(inside, np.float32))
    wanted = min(max(BOX_SIZE * stroke / side, STROKE_WIDTHS[0]), STROKE_WIDTHS[1])
    # Growing by ``grow`` on each side also enlarges the box: solve (stroke + 2 grow) / (side + 2 grow) = wanted / 20.
    grow = (wanted * side - BOX_SIZE * stroke) / (2 * (BOX_SIZE - wanted))
    # A transform tells the distance to the nearest pixel beyond the outline, which lies half a pixel before that. So the
    # moved outline, where the result is half ink, is at 0.5 + grow outside and 0.5 - grow inside.
    if grow > _STAY:
        mask = np.asarray(cv2.copyMakeBorder(mask, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_CONSTANT), np.uint8)
        outside = cv2.distanceTransform(cv2.bitwise_not(mask), cv2.DIST_L2, cv2.DIST_MASK_5)
        moved = cv2.addWeighted(outside, -_INK, outside, 0, _INK * (1 + grow), dtype=cv2.CV_8U)
        return np.asarray(cv2.max(moved, mask), np.uint8)
    if grow < -_STAY:
        grow = max(grow, 1 - cv2.minMaxLoc(inside)[1])  # never thin a spot away altogether
        moved = cv2.addWeighted(inside, _INK, inside, 0, _INK * grow, dtype=cv2.CV_8U)
        return np.asarray(cv2.min(moved, mask), np.uint8)
    return ink


def _stroke_width(inside: NDArray[np.float32]) -> float:
    """Twice the median distance along the middle of the strokes, in pixels of the mask, less the pixel's half."""
    ridge = inside[(inside >= cv2.dilate(inside, _NEIGHBOURS)) & (inside > 1)]
    if len(ridge) == 0:
        return 1.5
    ridge.sort()  # np.median would import numpy.ma, which takes longer than all the rest of this picture
    return float(ridge[(len(ridge) - 1) // 2] + ridge[len(ridge) // 2]) - _HALF
