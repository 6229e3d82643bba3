"""From soft ink to MNIST's form: stroke weight, 20x20 box, centre of mass."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE, IMAGE_SIZE

#: Stroke widths left as they are, in pixels of the 20x20 box. Measured on 6,000 MNIST training digits (enlarged eightfold,
#: cut at half intensity, twice the median of the distance transform along its ridge): percentiles 5, 25, 50, 75, 95 are
#: 1.6, 2.0, 2.4, 3.0, 3.75. Thinner strokes are thickened to the lower, thicker ones thinned to the upper quartile.
STROKE_WIDTHS: Final = (2.0, 2.9)

_OVERSAMPLING: Final = 8  # per pixel of the 20x20 box: a tenth of a pixel of stroke width still shows
_MARGIN: Final = 3 * _OVERSAMPLING  # room for strokes to grow
_HALF: Final = 0.5
_SMOOTH_FROM: Final = 2.0  # enlarged more than this, the staircase of source pixels has to be smoothed
_MIDDLE: Final = IMAGE_SIZE / 2


def frame_digit(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Renders ink as MNIST would.

    Args:
        ink: float32 ``[h, w]``, 0 ground to 1 ink, any size; holds at least one pixel above 0.

    Returns:
        uint8 ``[28, 28]``, 0 ground to 255 ink.
    """
    return place_in_frame(fit_stroke_weight(enlarge(ink)))


def enlarge(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Resamples ink so that its long side is eight times MNIST's box, and cuts it at half strength.

    Returns:
        uint8 ``[H, W]`` of 0 and 1, with a margin of ground on all sides.
    """
    _, _, width, height = cv2.boundingRect(_cut(ink))
    scale = BOX_SIZE * _OVERSAMPLING / max(width, height)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    large = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    large = cv2.copyMakeBorder(large, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_CONSTANT)
    if scale > _SMOOTH_FROM:
        large = cv2.GaussianBlur(large, (0, 0), min(scale / 3, _OVERSAMPLING / 2))
    return _cut(large)


def _cut(ink: NDArray[Any]) -> NDArray[np.uint8]:
    return np.asarray(ink > _HALF * min(1.0, float(ink.max())), np.uint8)


def fit_stroke_weight(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Thickens or thins strokes to :data:`STROKE_WIDTHS` by moving the outline along its distance field.

    Args:
        mask: uint8 ``[H, W]`` of 0 and 1, oversampled.

    Returns:
        float32 ``[H, W]``, 0 to 1, anti-aliased.
    """
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    _, _, width, height = cv2.boundingRect(mask)
    side, stroke = max(width, height), _stroke_width(inside)
    wanted = float(np.clip(BOX_SIZE * stroke / side, *STROKE_WIDTHS))
    # Growing by ``grow`` on each side also enlarges the box: solve (stroke + 2 grow) / (side + 2 grow) = wanted / 20.
    grow = (wanted * side - BOX_SIZE * stroke) / (2 * (BOX_SIZE - wanted))
    # Never thin a spot away altogether.
    grow = max(grow, 1.0 - float(inside.max()))
    return np.asarray(np.clip(_HALF + inside - outside + grow, 0, 1), np.float32)


def _stroke_width(inside: NDArray[Any]) -> float:
    """Twice the median distance along the middle of the strokes, in pixels of the mask."""
    ridge = (inside >= cv2.dilate(inside, np.ones((3, 3), np.uint8))) & (inside > 1)
    if not ridge.any():
        return 2.0
    ordered = np.sort(
        inside[ridge]
    )  # np.median would import numpy.ma, which takes longer than all the rest of this picture
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2])


def place_in_frame(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scales the ink's box to 20 pixels and puts its centre of mass into the middle, by whole pixels as MNIST does.

    Args:
        ink: float32 ``[H, W]``, 0 to 1.

    Returns:
        uint8 ``[28, 28]``. Where centring would push ink out of the frame, the box stops at the frame.
    """
    x, y, width, height = cv2.boundingRect(np.asarray(ink > _HALF, np.uint8))
    scale = BOX_SIZE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    box = cv2.resize(ink[y : y + height, x : x + width], size, interpolation=cv2.INTER_AREA)
    box = np.round(box * 255).astype(np.uint8)
    moments = cv2.moments(box)
    left = _offset(moments["m10"] / moments["m00"], size[0])
    top = _offset(moments["m01"] / moments["m00"], size[1])
    frame = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    frame[top : top + size[1], left : left + size[0]] = box
    return frame


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
