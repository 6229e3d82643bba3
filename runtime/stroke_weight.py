"""Stroke weight: thin pens and markers are brought to the widths that MNIST has."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE

#: Stroke widths left as they are, in pixels of the 20x20 box. Measured on 6,000 MNIST training digits (enlarged eightfold,
#: cut at half intensity, twice the median of the distance transform along its ridge): percentiles 5, 25, 50, 75, 95 are
#: 1.6, 2.0, 2.4, 3.0, 3.75. Between the quartiles (2.0 to 2.9) the network is surest of drawn and photographed digits, but
#: moving the outlines of MNIST's own digits costs accuracy on those; this range is wrong least often on both.
STROKE_WIDTHS: Final = (1.8, 3.4)

_MARGIN: Final = 4  # ground beyond strokes that have grown
_INK: Final = 255
_HALF: Final = 0.5
_FARTHEST: Final = 2.7  # px; up to here the few distances are told by dilations
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
    mask = np.asarray(cv2.threshold(ink, _INK // 2, 1, cv2.THRESH_BINARY)[1], np.uint8)
    inside = np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    box = cv2.boundingRect(mask)
    side, stroke = max(box[2:]), _stroke_width(inside)
    wanted = min(max(BOX_SIZE * stroke / side, STROKE_WIDTHS[0]), STROKE_WIDTHS[1])
    # Growing by ``grow`` on each side also enlarges the box: solve (stroke + 2 grow) / (side + 2 grow) = wanted / 20.
    grow = (wanted * side - BOX_SIZE * stroke) / (2 * (BOX_SIZE - wanted))
    # A transform tells the distance to the nearest pixel beyond the outline, which lies half a pixel before that. So the
    # moved outline, where the result is half ink, is at 0.5 + grow outside and 0.5 - grow inside.
    if grow > _STAY:
        return grow_outline(_with_room(mask, box, math.ceil(grow) + _MARGIN), grow)
    if grow < -_STAY:
        grow = max(grow, 1 - cv2.minMaxLoc(inside)[1])  # never thin a spot away altogether
        return np.asarray(cv2.addWeighted(inside, _INK, inside, 0, _INK * grow, dtype=cv2.CV_8U), np.uint8)
    return ink


def grow_outline(mask: NDArray[np.uint8], grow: float) -> NDArray[np.uint8]:
    """Moves the outline outwards.

    Few distances lie between full ink and none, so a dilation for each of them takes half the time of a transform of all
    the ground, and says the same.

    Args:
        mask: uint8 ``[h, w]`` of 0 and 1, with ground on all sides.
        grow: How far, in pixels, above 0.

    Returns:
        uint8 ``[h, w]``, 0 to 255.
    """
    if 1 + grow >= _FARTHEST:
        ground = cv2.threshold(mask, 0, 1, cv2.THRESH_BINARY_INV)[1]
        outside = cv2.distanceTransform(ground, cv2.DIST_L2, cv2.DIST_MASK_5)
        return _ink_at(np.asarray(outside, np.float32), grow)
    near = _near_distances()
    strengths = _ink_at(near.distances, grow).tobytes()
    full = strengths.count(_INK)  # of these, the farthest holds the others
    first, end = max(0, full - 1), len(strengths) - strengths.count(0)
    count = mask
    for kernel in near.kernels[first:end]:
        count = np.asarray(cv2.add(count, cv2.dilate(mask, kernel)), np.uint8)
    table = b"\0" + strengths[first:end][::-1]
    return np.asarray(cv2.LUT(count, np.frombuffer(bytearray(table.ljust(256, b"\xff")), np.uint8)), np.uint8)


def _ink_at(distance: NDArray[np.float32], grow: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.addWeighted(distance, -_INK, distance, 0, _INK * (1 + grow), dtype=cv2.CV_8U), np.uint8)


class _Near(NamedTuple):
    """The distances below :data:`_FARTHEST` that the transform tells, ascending, and for each what lies no farther."""

    distances: NDArray[np.float32]
    kernels: list[NDArray[np.uint8]]


@functools.cache
def _near_distances() -> _Near:
    point = np.ones((5, 5), np.uint8)
    point[2, 2] = 0
    around = np.asarray(cv2.distanceTransform(point, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    found = sorted({distance for distance in around.ravel().tolist() if 0 < distance < _FARTHEST})
    distances = np.array(found, np.float32)  # np.unique would import numpy.ma, which takes 10 ms
    return _Near(distances, [_small(np.asarray(around <= distance, np.uint8)) for distance in distances])


def _small(kernel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Five by five, or without an empty rim."""
    return kernel if kernel[0].any() else np.ascontiguousarray(kernel[1:-1, 1:-1])


def _with_room(mask: NDArray[np.uint8], box: Sequence[int], room: int) -> NDArray[np.uint8]:
    """Adds as much ground as it needs to have so much on all sides."""
    left, top, width, height = box
    right, bottom = mask.shape[1] - left - width, mask.shape[0] - top - height
    above, below, before, behind = (max(0, room - there) for there in (top, bottom, left, right))
    return np.asarray(cv2.copyMakeBorder(mask, above, below, before, behind, cv2.BORDER_CONSTANT), np.uint8)


def _stroke_width(inside: NDArray[np.float32]) -> float:
    """Twice the median distance along the middle of the strokes, in pixels of the mask, less the pixel's half."""
    ridge = inside[(inside >= cv2.dilate(inside, _NEIGHBOURS)) & (inside > 1)]
    if len(ridge) == 0:
        return 1.5
    ridge.sort()  # np.median would import numpy.ma, which takes longer than all the rest of this picture
    return float(ridge[(len(ridge) - 1) // 2] + ridge[len(ridge) // 2]) - _HALF
