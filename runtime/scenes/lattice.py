"""Which reading of a row of parts is the likeliest: every run of neighbouring parts may be a digit.

Over-segmentation with a segmentation graph and recognition-based choice of its best path (Casey and Lecolinet 1996; LeCun
et al. 1998, section VII). Where digits cross, a stroke belongs to both: runs may share a part.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mnist_edge.runtime.scenes.glyphs import Glyph

Run = tuple[int, int]
"""First part, and the one after the last."""


class Choice(NamedTuple):
    """One way to read a run of parts.

    Attributes:
        start: The first part that no earlier run has; later than the run's first if they share one.
        run: Its parts.
        value: What speaks for it, as log-odds.
        is_digit: Whether it is read as a digit, or as none.
    """

    start: int
    run: Run
    value: float
    is_digit: bool = True


def runs(parts: Sequence[Glyph], widest: float) -> Iterator[Run]:
    """All runs of neighbouring parts up to a width in working pixels; single parts whatever their width.

    One by one: of thousands of parts in one place there are millions.
    """
    for first in range(len(parts)):
        left, right = parts[first].box.left, parts[first].box.right
        for last in range(first, len(parts)):
            left, right = min(left, parts[last].box.left), max(right, parts[last].box.right)
            if last > first and right - left > widest:
                break
            yield first, last + 1


def best_path(choices: Iterable[Choice], count: int) -> tuple[float, list[Choice]]:
    """The choices that cover all parts with the greatest sum of values (dynamic programming).

    Args:
        choices: Those on offer; a path that covers all parts must be among them.
        count: Number of parts.

    Returns:
        The sum, and the choices from left to right; ``-inf`` and none if no path covers the parts.
    """
    best = [0.0] + [-math.inf] * count
    came: list[Choice | None] = [None] * (count + 1)
    for choice in sorted(choices, key=lambda each: each.run[1]):
        end = choice.run[1]
        if best[choice.start] + choice.value > best[end]:
            best[end], came[end] = best[choice.start] + choice.value, choice
    path: list[Choice] = []
    step = came[count]
    while step is not None:
        path.append(step)
        step = came[step.start]
    return best[count], path[::-1]
