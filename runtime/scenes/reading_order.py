"""Lines of digits, and the order in them: straightens the page, then chains neighbours that stand beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.scene import Box

_OVERLAP: Final = 0.3  # of the smaller height: neighbours that share so much are on one line
_STEEPEST: Final = 0.4  # rise to run of a line; steeper neighbours are above each other
_REACH: Final = 3.0  # heights between the neighbours that tell the slant
_RECENT: Final = 3  # digits at the end of a line that say at which height it goes on


def order_lines(boxes: Sequence[Box]) -> list[list[int]]:
    """Sorts boxes into lines.

    Args:
        boxes: Around the digits, in pixels.

    Returns:
        Indices into ``boxes``: lines from the top, in each line from the left; each index once.
    """
    if not boxes:
        return []
    slant = line_slant(np.array(boxes, np.float64))
    tops = [top - slant * (left + width / 2) for left, top, width, _ in boxes]
    heights = [box.height for box in boxes]
    lines: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda i: boxes[i].left):
        best, most = -1, _OVERLAP
        for number, line in enumerate(lines):
            share = _shared(line, index, tops, heights)
            if share > most:
                best, most = number, share
        if best < 0:
            lines.append([index])
        else:
            lines[best].append(index)
    return sorted(lines, key=lambda line: sum(tops[i] + heights[i] / 2 for i in line) / len(line))


def line_slant(boxes: NDArray[np.float64]) -> float:
    """Rise to run of the lines, positive downwards: the median over the nearest neighbours to the right.

    Args:
        boxes: float64 ``[n, 4]``: left, top, width, height.
    """
    x, y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
    run, rise = x - x[:, None], y - y[:, None]
    height = np.maximum(boxes[:, 3], boxes[:, 3][:, None])
    beside = (run > 0) & (run < _REACH * height) & (np.abs(rise) <= np.maximum(_STEEPEST * run, 0.25 * height))
    if not beside.any():
        return 0.0
    run = np.where(beside, run, np.inf)
    nearest = run.argmin(axis=1)
    rows = np.flatnonzero(beside.any(axis=1))
    # Longer links say more: a low 1 beside a tall 4 is no slant.
    slopes = rise[rows, nearest[rows]] / np.maximum(run[rows, nearest[rows]], 0.5 * height[rows, nearest[rows]])
    ordered = np.sort(slopes)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _shared(line: Sequence[int], index: int, tops: Sequence[float], heights: Sequence[int]) -> float:
    """How much of its height a digit shares with the last ones of a line, the better for the last, 0 to 1."""
    best, top, height = 0.0, tops[index], heights[index]
    for back, other in enumerate(line[: -_RECENT - 1 : -1]):
        common = min(tops[other] + heights[other], top + height) - max(tops[other], top)
        best = max(best, common / min(heights[other], height) * (1 - 0.15 * back))
    return best
