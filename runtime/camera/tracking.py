"""Following digits from frame to frame: the steps, each a pure function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from mnist_edge.runtime.scenes.scene import Box

Evidence = npt.NDArray[np.float64]
"""float64 ``[10]``: decayed sums of the probabilities with which a digit was seen."""

REACH: Final = (
    0.6  # of the mean size; neighbours in a line stand about one width apart, so nearer than that is the same one
)
MAX_GROWTH: Final = 2.0  # of a side, between two frames
_FEW_PAIRS: Final = 64  # for which arrays take longer than they save
LEAP: Final = 3.0  # of the longer side: how far a digit may jump and be known again by its label
DECAY: Final = 0.85  # of the evidence, each time the digit is seen: the last 1 / (1 - 0.85), about 7 sightings count
LEAD: Final = 1.5  # another label needs so many times the evidence; after a real change it has it at the 6th sighting
SAME_PLACE: Final = 0.3  # intersection over union of two boxes that cannot both be digits
SAME_LINE: Final = 0.5  # share of the lower box's height that two boxes in a line have in common


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0 to 1."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (one.width * one.height + other.width * other.height - common)


def affinity(one: Box, other: Box) -> float:
    """How likely two boxes of following frames hold the same digit: 0 not at all, 2 the same box.

    The overlap, plus the nearness of the centres against the size: a thin 1 that moves by its width has no overlap left.
    """
    left, top, width, height = one
    other_left, other_top, other_width, other_height = other
    across = abs(left - other_left + (width - other_width) / 2)
    down = abs(top - other_top + (height - other_height) / 2)
    reach = REACH * max((max(width, other_width) + max(height, other_height)) / 2, 1)
    is_apart = 2 * across >= width + other_width or 2 * down >= height + other_height
    if is_apart and (across >= reach or down >= reach):  # the rest would say the same
        return 0.0
    if not is_similar(one, other):
        return 0.0
    nearness = 1 - math.hypot(across, down) / reach
    common = overlap(one, other)
    return common + max(nearness, 0.0) if nearness > 0 or common > SAME_PLACE else 0.0


def is_similar(one: Box, other: Box) -> bool:
    """Whether two boxes are of about the same size."""
    longer, other_longer = max(one.width, one.height, 1), max(other.width, other.height, 1)
    return max(longer, other_longer) <= MAX_GROWTH * min(longer, other_longer)


def match_boxes(before: Sequence[Box], now: Sequence[Box]) -> list[tuple[int, int]]:
    """Pairs boxes of two frames, the best pair first, each box at most once.

    Returns:
        Pairs of an index into ``before`` and one into ``now``.
    """
    candidates = [
        (strength, first, second)
        for first, second in near_pairs(before, now)
        if (strength := affinity(before[first], now[second])) > 0
    ]
    return choose_pairs(sorted(candidates, key=lambda pair: (-pair[0], pair[1], pair[2])))


def near_pairs(before: Sequence[Box], now: Sequence[Box]) -> list[list[int]]:
    """Indices of all pairs that have an affinity, and of few others; of a page of digits all at once."""
    if len(before) * len(now) <= _FEW_PAIRS:
        return [[first, second] for first in range(len(before)) for second in range(len(now))]
    left, top, width, height = np.array(before, np.float64).T[:, :, None]
    other_left, other_top, other_width, other_height = np.array(now, np.float64).T[:, None]
    across = np.abs(left - other_left + (width - other_width) / 2)
    down = np.abs(top - other_top + (height - other_height) / 2)
    reach = REACH * np.maximum((np.maximum(width, other_width) + np.maximum(height, other_height)) / 2, 1)
    meet = (2 * across < width + other_width) & (2 * down < height + other_height)
    pairs: list[list[int]] = np.argwhere(meet | ((across < reach) & (down < reach))).tolist()
    return pairs


def choose_pairs(candidates: Sequence[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """Takes candidates ``(strength, first, second)`` in their order, each first and each second at most once."""
    pairs: list[tuple[int, int]] = []
    firsts: set[int] = set()
    seconds: set[int] = set()
    for _, first, second in candidates:
        if first not in firsts and second not in seconds:
            pairs.append((first, second))
            firsts.add(first)
            seconds.add(second)
    return pairs


def match_leaps(before: Sequence[tuple[int, Box]], now: Sequence[tuple[int, Box]]) -> list[tuple[int, int]]:
    """Pairs digits that jumped too far for :func:`match_boxes`: the same label, about the same size; the nearest first.

    Args:
        before: Labels and boxes of digits that are missing.
        now: Those of digits that nobody was at.

    Returns:
        Pairs of an index into ``before`` and one into ``now``.
    """
    candidates = []
    for first, (label, one) in enumerate(before):
        for second, (other_label, other) in enumerate(now):
            longest = max(one.width, one.height, other.width, other.height, 1)
            distance = math.hypot(
                one.left - other.left + (one.width - other.width) / 2, one.top - other.top + (one.height - other.height) / 2
            )
            if label == other_label and is_similar(one, other) and distance <= LEAP * longest:
                candidates.append((distance, first, second))
    return choose_pairs(sorted(candidates))


def add_evidence(evidence: Evidence, probabilities: npt.NDArray[np.floating]) -> Evidence:
    """Lets old evidence fade, and adds what was seen now."""
    return DECAY * evidence + probabilities


def choose_label(evidence: Evidence, label: int) -> int:
    """The present label, unless another digit has gathered clearly more evidence."""
    best = int(evidence.argmax())
    return best if evidence[best] > LEAD * evidence[label] else label


def shift_box(box: Box, across: float, down: float) -> Box:
    """The box moved by so many pixels."""
    return Box(box.left + round(across), box.top + round(down), box.width, box.height)


def place_in_lines(boxes: Sequence[Box], lines: Sequence[int | None]) -> list[int]:
    """Gives every box a line, the uppermost 0, none empty.

    Args:
        boxes: All digits.
        lines: The line that each was read in; ``None`` for one that was not seen in this frame. It joins the line of the
            nearest box that stands beside it, be that one missing as well, and begins a line if there is none.
    """
    known = [(box, line) for box, line in zip(boxes, lines, strict=True) if line is not None]
    names = [-1 - index if line is None else line for index, line in enumerate(lines)]
    missing = [index for index, line in enumerate(lines) if line is None]
    for index in sorted(missing, key=lambda index: boxes[index].left):
        box, centre = boxes[index], boxes[index].left + boxes[index].right
        beside = [(abs(centre - other.left - other.right), line) for other, line in known if stand_beside(box, other)]
        names[index] = min(beside)[1] if beside else names[index]
        known.append((box, names[index]))
    heights: dict[int, list[float]] = {}
    for box, name in zip(boxes, names, strict=True):
        heights.setdefault(name, []).append(box.top + box.height / 2)

    def order(name: int) -> tuple[float, int]:
        return sum(heights[name]) / len(heights[name]), name

    ranks = {name: rank for rank, name in enumerate(sorted(heights, key=order))}
    return [ranks[name] for name in names]


def stand_beside(one: Box, other: Box) -> bool:
    """Whether two boxes share enough of their height to be in one line."""
    common = min(one.bottom, other.bottom) - max(one.top, other.top)
    return common >= SAME_LINE * min(one.height, other.height)
