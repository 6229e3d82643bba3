"""Lines of digits, and the order in them: straightens the page, then chains neighbours that stand beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from mnist_edge.runtime.scenes.scene import Box

_OVERLAP: Final = 0.3  # of the smaller height: neighbours that share so much are on one line
_STEEPEST: Final = 0.4  # rise to run of a line; steeper neighbours are above each other
_LEVEL: Final = 0.25  # heights: neighbours that differ by less are on one line, however near
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
    slant = line_slant(boxes)
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


def line_slant(boxes: Sequence[Box]) -> float:
    """Rise to run of the lines, positive downwards: the median over the nearest neighbours to the right."""
    spots = sorted((box.left + box.width / 2, box.top + box.height / 2, box.height) for box in boxes)
    tallest = max((box.height for box in boxes), default=0)
    slopes = []
    for index, (x, y, height) in enumerate(spots):
        for other_x, other_y, other_height in islice(spots, index + 1, None):
            run, rise, taller = other_x - x, other_y - y, max(height, other_height)
            if run >= _REACH * tallest:
                break
            if 0 < run < _REACH * taller and abs(rise) <= max(_STEEPEST * run, _LEVEL * taller):
                # Longer links say more: a low 1 beside a tall 4 is no slant.
                slopes.append(rise / max(run, 0.5 * taller))
                break
    if not slopes:
        return 0.0
    slopes.sort()
    return (slopes[(len(slopes) - 1) // 2] + slopes[len(slopes) // 2]) / 2


def _shared(line: Sequence[int], index: int, tops: Sequence[float], heights: Sequence[int]) -> float:
    """How much of its height a digit shares with the last ones of a line, the better for the last, 0 to 1."""
    best, top, height = 0.0, tops[index], heights[index]
    bottom = top + height
    for back, other in enumerate(line[: -_RECENT - 1 : -1]):
        upper, lower = tops[other], tops[other] + heights[other]
        if upper < bottom and top < lower:  # few lines are at this height
            common = min(lower, bottom) - max(upper, top)
            best = max(best, common / min(heights[other], height) * (1 - 0.15 * back))
    return best
