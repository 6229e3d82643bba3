"""From soft ink to MNIST's form: stroke weight, 20x20 box, centre of mass."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE, IMAGE_SIZE

#: Stroke widths left as they are, in pixels of the 20x20 box. Measured on 6,000 MNIST training digits (enlarged eightfold,
#: cut at half intensity, twice the median of the distance transform along its ridge): percentiles 5, 25, 50, 75, 95 are
#: 1.6, 2.0, 2.4, 3.0, 3.75. Between the quartiles (2.0 to 2.9) the network is surest of drawn and photographed digits, but
#: moving the outlines of MNIST's own digits costs accuracy on those; this range is wrong least often on both.
STROKE_WIDTHS: Final = (1.8, 3.4)

_OVERSAMPLING: Final = 4  # per pixel of the 20x20 box; three costs accuracy on thin strokes, eight three times the time
_SIDE: Final = BOX_SIZE * _OVERSAMPLING
_MARGIN: Final = 6  # room for the thinnest strokes to grow
_INK: Final = 255
_HALF: Final = 0.5
_STEEPER: Final = 1.5  # times the slope that soft edges come with
_FAINT: Final = 0.25  # of the strongest ink: a soft or faint stroke may be no stronger
_NEIGHBOURS: Final = np.ones((3, 3), np.uint8)
_STAY: Final = 0.15  # oversampled pixels: outlines are not moved by less
_MIDDLE: Final = IMAGE_SIZE / 2


def frame_ink(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Renders ink as MNIST would.

    Args:
        ink: uint8 ``[h, w]``, 0 ground to 255 ink, soft or hard, any size; holds at least one pixel above 0.

    Returns:
        uint8 ``[28, 28]``, 0 ground to 255 ink.
    """
    return place_in_frame(fit_stroke_weight(enlarge(ink)))


def frame_digit(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """:func:`frame_ink` for float32 ``[h, w]``, 0 ground to 1 ink."""
    return frame_ink(np.asarray(cv2.convertScaleAbs(ink, alpha=_INK), np.uint8))


def enlarge(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Resamples ink so that its long side is four times MNIST's box, its outline at half the strength of its strokes.

    Args:
        ink: uint8 ``[h, w]``, 0 to 255.

    Returns:
        uint8 ``[H, W]``, 0 to 255, 127 at the outline, with some ground on all sides.
    """
    faintest = _FAINT * cv2.minMaxLoc(ink)[1]
    x, y, width, height = cv2.boundingRect(cv2.threshold(ink, faintest, _INK, cv2.THRESH_BINARY)[1])
    scale = _SIDE / max(width, height)
    rim = 1 + int(2 / scale)  # soft edges lie there, and the mask needs some ground around it
    box = _with_ground(ink, x - rim, y - rim, x + width + rim, y + height + rim)
    size = (max(3, round(box.shape[1] * scale)), max(3, round(box.shape[0] * scale)))
    if scale <= 1:
        small = cv2.GaussianBlur(cv2.resize(box, size, interpolation=cv2.INTER_AREA), (3, 3), 0)
        return sharpen(np.asarray(small, np.uint8), local_cut(np.asarray(small, np.uint8)))
    large = smooth(np.asarray(cv2.resize(box, size, interpolation=cv2.INTER_CUBIC), np.uint8), scale)
    cut = cv2.resize(local_cut(box), size, interpolation=cv2.INTER_LINEAR)
    return sharpen(large, np.asarray(cut, np.uint8))


def sharpen(ink: NDArray[np.uint8], cut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Steeper edges, 127.5 where the ink is as strong as the cut; both uint8 ``[H, W]``.

    Not a hard mask: edges as soft as MNIST's keep 0.1 to 0.3 points of accuracy on enlarged MNIST digits. Not as soft as
    they come: the network is surer of crisp strokes.
    """
    relative = cv2.divide(ink, cut, scale=_INK / 2)
    return np.asarray(cv2.addWeighted(relative, _STEEPER, relative, 0, _INK / 2 * (1 - _STEEPER)), np.uint8)


def local_cut(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half the strength of the stroke that passes here, for strokes of a pixel or two.

    A thin stroke that lies between two pixels gives half of its strength to each: one cut for the whole digit breaks it.
    On MNIST training digits thinned to a twentieth of their height, 12 px high, this brings accuracy from 70 % to 91 %.

    Args:
        ink: uint8 ``[h, w]``, not enlarged.

    Returns:
        uint8 ``[h, w]``.
    """
    strongest = cv2.dilate(ink, _NEIGHBOURS)
    floor = _FAINT * cv2.minMaxLoc(ink)[1]
    return np.maximum(np.asarray(cv2.addWeighted(strongest, _HALF, strongest, 0, 0), np.uint8), np.uint8(max(1, floor)))


def _with_ground(ink: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
    """Cuts out a box that may reach beyond the picture."""
    height, width = ink.shape
    box = ink[max(0, top) : bottom, max(0, left) : right]
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return box
    around = max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width)
    return np.asarray(cv2.copyMakeBorder(box, *around, cv2.BORDER_CONSTANT), np.uint8)


def smooth(large: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Blurs by about a third of a source pixel, which takes away its staircase, and at most half a pixel of MNIST's box.

    A Gaussian of any width costs more than all the rest, so the nearest of OpenCV's fast filters takes its place.

    Args:
        large: uint8 ``[H, W]``, enlarged ink.
        scale: How many pixels of it one source pixel has become.
    """
    sigma = min(scale / 3, _OVERSAMPLING / 2)
    if sigma <= 0.8:
        return np.asarray(cv2.GaussianBlur(large, (3, 3), 0), np.uint8)  # sigma 0.7
    if sigma <= 1.3:
        return np.asarray(cv2.GaussianBlur(large, (5, 5), 0), np.uint8)  # sigma 1.0
    if sigma <= 1.6:
        return np.asarray(cv2.GaussianBlur(cv2.GaussianBlur(large, (5, 5), 0), (5, 5), 0), np.uint8)  # sigma 1.4
    return np.asarray(cv2.blur(cv2.blur(large, (5, 5)), (5, 5)), np.uint8)  # sigma 2


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


def place_in_frame(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scales the ink's box to 20 pixels and puts its centre of mass into the middle, by whole pixels as MNIST does.

    Args:
        ink: uint8 ``[H, W]``, 0 to 255; holds at least one pixel above 127.

    Returns:
        uint8 ``[28, 28]``. Where centring would push ink out of the frame, the box stops at the frame.
    """
    x, y, width, height = cv2.boundingRect(cv2.threshold(ink, _INK // 2, _INK, cv2.THRESH_BINARY)[1])
    scale = BOX_SIZE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    box = cv2.resize(halve(ink[y : y + height + 1, x : x + width + 1]), size, interpolation=cv2.INTER_LINEAR)
    moments = cv2.moments(box)
    left = _offset(moments["m10"] / moments["m00"], size[0])
    top = _offset(moments["m01"] / moments["m00"], size[1])
    frame = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    frame[top : top + size[1], left : left + size[0]] = box
    return frame


def halve(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Averages two by two pixels; an odd last row or column is left out.

    Exact halves, and linear interpolation down to the box: a third of the time of ``INTER_AREA``, and as sharp.
    """
    height, width = ink.shape
    size = (max(1, width // 2), max(1, height // 2))
    even = ink[: max(1, height // 2 * 2), : max(1, width // 2 * 2)]
    return np.asarray(cv2.resize(even, size, interpolation=cv2.INTER_AREA), np.uint8)


def _offset(centre: float, extent: int) -> int:
    return min(max(round(_MIDDLE - centre), 0), IMAGE_SIZE - extent)


def is_framed(image: NDArray[np.uint8]) -> bool:
    """Whether a 28x28 picture has MNIST's form already: black ground, ink in a 20-pixel box, mass in the middle.

    Args:
        image: uint8 ``[28, 28]``.
    """
    x, y, width, height = cv2.boundingRect(image)
    if not BOX_SIZE - 1 <= max(width, height) <= BOX_SIZE:
        return False
    moments = cv2.moments(image)
    mass = moments["m00"]
    return _is_centred(moments["m10"] / mass, x, width) and _is_centred(moments["m01"] / mass, y, height)


# In all 70,000 MNIST pictures the centre of mass lies within half a pixel of 14; the rest is for rounding.
_CENTRE_TOLERANCE: Final = 0.6


def _is_centred(centre: float, start: int, extent: int) -> bool:
    if abs(centre - _MIDDLE) <= _CENTRE_TOLERANCE:
        return True
    # As close as the frame allows.
    return start == 0 if centre > _MIDDLE else start + extent == IMAGE_SIZE
