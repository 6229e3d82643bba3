"""What the scene reader makes of a digit that it found in a picture."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.framing import frame_ink
from mnist_edge.runtime.ink import ink_strength
from mnist_edge.runtime.scenes.glyphs import Glyph, soft_ink
from mnist_edge.runtime.scenes.ink_map import ink_share
from mnist_edge.runtime.scenes.scene import Box

_SQUARE: Final = 0.42  # of the digit's height: wider than any stroke, which is what the scene reader looks for
_STROKE: Final = 0.1  # of the height
_SPECK: Final = 0.002  # of the square of the height: smaller pieces are dirt
_CUT: Final = 2.4  # standard deviations of the noise: ink is more
_FAINTEST: Final = 4.0  # the same, of typical ink: less cannot be read
_REACH: Final = 0.06  # of the height: soft edges are no farther from the ink
_INK: Final = 255


def frame_glyph(
    picture: NDArray[np.uint8], ink: NDArray[np.uint8], height: float, *, is_bright: bool
) -> NDArray[np.uint8] | None:
    """A digit as the scene reader frames it: soft ink of its own pieces.

    Args:
        picture: uint8 ``[h, w]`` gray.
        ink: uint8 ``[h, w]``, what was written there: the scene reader knows as much from all the picture around.
        height: Of the digit in pixels.
        is_bright: Whether ink is brighter than ground.

    Returns:
        uint8 ``[28, 28]``; ``None`` if the ink does not show.
    """
    strength = ink_strength(picture, max(3, round(_SQUARE * height)) | 1, is_bright=is_bright)
    reach = 2 * max(1, round(_REACH * height)) + 1
    near = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    level = cv2.mean(strength, mask=np.asarray(cv2.threshold(ink, _INK // 2, 1, cv2.THRESH_BINARY)[1], np.uint8))[0]
    mean, deviation = (float(each[0, 0]) for each in cv2.meanStdDev(strength, mask=np.asarray(near == 0, np.uint8)))
    if level - mean < max(2.0, _FAINTEST * deviation):
        return None
    stroke = _STROKE * height
    cut = max(ink_share(stroke) * level, mean + _CUT * deviation)
    found = np.asarray(cv2.threshold(cv2.min(strength, near), cut, 1, cv2.THRESH_BINARY)[1], np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= max(2.0, _SPECK * height * height)
    keep[0] = False
    if not keep.any():
        return None
    mask = np.asarray(keep[labels] if count > 2 else found, np.uint8)
    x, y, width, rows = cv2.boundingRect(mask)
    glyph = Glyph(Box(x, y, width, rows), np.ascontiguousarray(mask[y : y + rows, x : x + width]), stroke)
    return frame_ink(soft_ink(glyph, np.asarray(cv2.convertScaleAbs(strength, alpha=_INK / level), np.uint8)))
