"""Ruled and squared paper: lines are cut out of a mask of ink, and the pen strokes that cross them stay whole.

What is cut out is every column of a line in which the ink is no thicker than the line, as staff lines are removed from
music (Dalitz et al. 2008), and nothing that is clearly darker than the line.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.background import above
from mnist_edge.runtime.scenes.lines import COLUMNS, Line, find_lines, median, sampling_step
from mnist_edge.runtime.scenes.scene import Box

_LEAST_SIDE: Final = 100  # px; in a smaller picture a stroke of a digit cannot be told from a line
_DARKER: Final = 1.6  # times the line: that is ink on it
FAMILY: Final = 3  # lines: a ruled page, on which some pieces of lines may have been missed
_REMAINS: Final = 1.3  # times the lines' usual strength: no piece of a line is stronger
_STRONG: Final = 0.9  # of the ink is weaker than this quantile
_CLEAR: Final = 0.5  # of it: ink that is told from lines by strength alone
_CLEARANCE: Final = 2  # px above and below a line without ink: nothing meets it there


def remove_rulings(
    mask: NDArray[np.uint8], weak: NDArray[np.uint8], difference: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], tuple[Box, ...]]:
    """Cuts rulings, margins and grids out of a mask of ink.

    Args:
        mask: uint8 ``[h, w]``, 0 for ground.
        weak: uint8 ``[h, w]``, the same with all that is more than noise; lines are found in it. In ``mask``, where ink is
            judged by its surroundings, pale lines end near darker ink.
        difference: uint8 ``[h, w]``, how much the picture stands out from its background.

    Returns:
        The mask without them (the same array if there are none), and where they were.
    """
    if min(mask.shape) < _LEAST_SIDE:
        return mask, ()
    height, width = mask.shape
    across = find_lines(weak[:, :: sampling_step(width)].T, width, shortest=0.4)
    upright = find_lines(weak[:: sampling_step(height)], height, shortest=0.75)  # rows of "1" are no rulings
    if across:
        mask = erase_lines(mask, difference, across)
    if upright:
        turned, differing = (np.asarray(cv2.transpose(plane), np.uint8) for plane in (mask, difference))
        mask = np.asarray(cv2.transpose(erase_lines(turned, differing, upright)), np.uint8)
    boxes = [_box(line) for line in across]
    boxes += [Box(top, left, height, width) for left, top, width, height in map(_box, upright)]
    return mask, tuple(boxes)


def remove_remains(mask: NDArray[np.uint8], found: NDArray[np.uint8], difference: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Removes whatever is as pale as the lines that were cut out, if the ink is much darker.

    Ink is judged by its surroundings, so that beside the writing the pieces of lines that were missed pass for ink.

    Args:
        mask: uint8 ``[h, w]`` of 0 and 255, without the lines.
        found: The same with them.
        difference: uint8 ``[h, w]``, how much the picture stands out from its background.
    """
    lines = _histogram(difference, np.asarray(cv2.subtract(found, mask), np.uint8))
    ink = _histogram(difference, mask)
    pale = _REMAINS * float(lines.searchsorted(0.5 * lines[-1]))
    if pale > _CLEAR * float(ink.searchsorted(_STRONG * ink[-1])):
        return mask
    return np.asarray(cv2.bitwise_and(mask, above(difference, pale)), np.uint8)


def _histogram(plane: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Cumulative, float32 ``[256]``."""
    return np.asarray(cv2.calcHist([plane], [0], mask, [256], [0, 256]).ravel().cumsum(), np.float32)


def erase_lines(mask: NDArray[np.uint8], difference: NDArray[np.uint8], lines: list[Line]) -> NDArray[np.uint8]:
    """Cuts lines out where nothing else meets them, and leaves what is clearly darker than the line.

    Args:
        mask: uint8 ``[h, w]``, 0 for ground; not modified.
        difference: uint8 ``[h, w]``, how much the picture stands out from its background.
        lines: Nearly horizontal ones.
    """
    height, width = mask.shape
    reach = max(line.thickness for line in lines) + _CLEARANCE + 2
    clean = np.asarray(cv2.copyMakeBorder(mask, reach, reach, 0, 0, cv2.BORDER_CONSTANT), np.uint8)
    strong = np.asarray(cv2.copyMakeBorder(difference, reach, reach, 0, 0, cv2.BORDER_REPLICATE), np.uint8)
    for line in lines:
        columns = _reach_of(line, width)
        middle = np.minimum(np.maximum(np.rint(line.rows(columns)).astype(np.int64), 0), height - 1) + reach
        darker = _DARKER * median(strong[middle, columns])
        half = line.thickness // 2 + 1
        met = (clean[middle - half - _CLEARANCE, columns] | clean[middle + half + _CLEARANCE, columns]) > 0
        met |= (clean[middle - half - 1, columns] & clean[middle + half + 1, columns]) > 0
        gap = np.ones((1, line.thickness + _CLEARANCE), np.uint8)
        free = cv2.morphologyEx(met.view(np.uint8)[None], cv2.MORPH_CLOSE, gap).ravel() == 0
        rows = middle[free] + np.arange(-half - 1, half + 2)[:, None]
        columns = columns[free][None]
        clean[rows, columns] *= strong[rows, columns] > darker
    return np.ascontiguousarray(clean[reach:-reach])


def _reach_of(line: Line, width: int) -> NDArray[np.int64]:
    """The columns of a line, to the frame if it ends near it."""
    step = width // COLUMNS + 1
    left = 0 if line.left < 4 * step else line.left - step
    right = width if line.right >= width - 4 * step else line.right + step
    return np.arange(left, right)


def _box(line: Line) -> Box:
    columns = np.array([line.left, (line.left + line.right) // 2, line.right])
    rows = line.rows(columns)
    half = line.thickness / 2
    top, bottom = int(np.floor(rows.min() - half + 0.5)), int(np.ceil(rows.max() + half + 0.5))
    return Box(line.left, max(0, top), line.right - line.left + 1, max(1, bottom - max(0, top)))
