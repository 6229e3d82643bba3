"""Which glyphs are to be read anew together: the doubtful ones, with what may be a part of the same digit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.grouping import usual_heights

_BESIDE: Final = 0.3  # of the height: parts of one digit lie no farther apart
_ABOVE: Final = 0.2
_SHARED: Final = 0.3  # of the smaller height or width, that two parts of a digit have in common
_WIDEST: Final = 1.3  # width of a joined digit to its height
_TALLEST: Final = 1.25
_THING: Final = 3.0  # median heights; larger glyphs are no digits of this scene
_LOW: Final = 0.75  # of the usual height around: may be a part of a digit


def clusters(boxes: NDArray[np.int32], doubtful: Sequence[bool]) -> list[list[int]]:
    """Doubtful glyphs, each with the neighbours that it may be a part of a digit with.

    Args:
        boxes: int32 ``[n, 4]``: left, top, width, height.
        doubtful: For each of them.
    """
    heights = boxes[:, 3].tolist()
    if not any(doubtful) and min(heights, default=0) >= _LOW * max(heights, default=0):
        return []  # the usual case, spared the rest
    local = usual_heights(boxes)
    joins = may_join(boxes, local)
    low = (boxes[:, 3] < _LOW * local) & joins.any(axis=1)
    thing = things(boxes)
    joins &= ~thing & ~thing[:, None]
    parent = {index: index for index in range(len(boxes)) if not thing[index] and (low[index] or doubtful[index])}

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for index in list(parent):
        for other in np.flatnonzero(joins[index]).tolist():
            parent.setdefault(other, other)
            parent[root(other)] = root(index)
    found: dict[int, list[int]] = {}
    for index in parent:
        found.setdefault(root(index), []).append(index)
    return list(found.values())


def things(boxes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which glyphs are much larger than most, int32 ``[n, 4]``, at least one: they are no parts of digits."""
    return np.asarray(boxes[:, 3] > _THING * np.sort(boxes[:, 3])[len(boxes) // 2], np.bool_)


def may_join(boxes: NDArray[np.int32], height: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pairs of glyphs may be parts of one digit, by their boxes: bool ``[n, n]``, symmetric.

    Args:
        boxes: int32 ``[n, 4]``: left, top, width, height.
        height: float64 ``[n]``, see :func:`usual_heights`.
    """
    left, top, width, tall = boxes.T
    right, bottom = left + width, top + tall
    beside = np.maximum(left[:, None], left) - np.minimum(right[:, None], right)
    above = np.maximum(top[:, None], top) - np.minimum(bottom[:, None], bottom)
    wide = np.maximum(right[:, None], right) - np.minimum(left[:, None], left)
    high = np.maximum(bottom[:, None], bottom) - np.minimum(top[:, None], top)
    usual = np.maximum(height[:, None], height)
    near = (beside <= _BESIDE * usual) & (above <= _ABOVE * usual)
    facing = (-above >= _SHARED * np.minimum(tall[:, None], tall)) | (
        -beside >= _SHARED * np.minimum(width[:, None], width)
    )
    joins = near & facing & (wide <= _WIDEST * usual) & (high <= _TALLEST * usual)
    np.fill_diagonal(joins, val=False)
    return np.asarray(joins, np.bool_)
