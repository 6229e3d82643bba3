"""A picture whose only ink is one digit in pieces: a 5 with a loose bar, a 3 that the pen left out in the middle.

Among other digits their company tells that pieces belong together (:mod:`mnist_edge.runtime.scenes.doubts`); a digit that
is alone in the picture has no company, and its pieces look like parts of letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.prediction import Status
from mnist_edge.runtime.scenes.doubts import Read
from mnist_edge.runtime.scenes.glyphs import frame_glyphs, join_glyphs
from mnist_edge.runtime.scenes.outlines import enclosing_box
from mnist_edge.runtime.scenes.scene import Box, Score

_MOST_PIECES: Final = 6
_REACH: Final = 0.3  # of the digit's long side: a piece of it is no farther from the others
_WIDEST: Final = 1.3  # width to height; more is two things side by side
_CONVINCING: Final = 2.0  # log-odds: 88 %


def join_lone_digit(reads: Sequence[Read], strength: NDArray[np.uint8], score: Score) -> list[Read]:
    """Takes all glyphs of a picture for one digit, if the network is surer of that than of any of them.

    Args:
        reads: All glyphs of the picture.
        strength: uint8 ``[h, w]``, soft ink.
        score: The network.

    Returns:
        One read, or all of them as they came.
    """
    if not 2 <= len(reads) <= _MOST_PIECES:
        return list(reads)
    digits = [read.prediction.log_odds for read in reads if read.prediction.status is Status.OK]
    if len(digits) > 1 or not are_together([read.glyph.box for read in reads]):
        return list(reads)
    whole = join_glyphs([read.glyph for read in reads])
    (prediction,) = score(frame_glyphs([whole], strength))
    if prediction.status is Status.OK and prediction.log_odds > max((_CONVINCING, *digits)):
        return [Read(whole, prediction)]
    return list(reads)


def are_together(boxes: Sequence[Box]) -> bool:
    """Whether boxes may hold the pieces of one digit: a digit's proportions, and no piece far from all others."""
    around = enclosing_box(boxes)
    if around.width > _WIDEST * around.height:
        return False
    reach = _REACH * max(around.width, around.height)
    reached, waiting = [boxes[0]], list(boxes[1:])
    while waiting:
        near = [box for box in waiting if any(gap(box, other) <= reach for other in reached)]
        if not near:
            return False
        reached += near
        waiting = [box for box in waiting if box not in near]
    return True


def gap(first: Box, second: Box) -> int:
    """Distance of two boxes along the axis on which they are farther apart, in pixels; 0 if they touch."""
    return max(
        first.left - second.right, second.left - first.right, first.top - second.bottom, second.top - first.bottom, 0
    )
