"""Which pieces of ink belong to one digit, as far as geometry alone can tell.

Strokes break: by a thin pen, by noise, where a ruled line was removed, or because the pen was lifted (the bar of a 5). A
 piece too small to be a digit beside the others joins the larger piece next to it, if there is one; what is left over is
dirt. Pieces that might be digits of their own are left alone; :mod:`doubts` lets the network decide about them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.outlines import Piece

_FRAGMENT: Final = 0.55  # of the usual height: smaller pieces belong to what is near
_LOW: Final = 0.8  # of the usual height: such pieces belong to what continues them
_DOT: Final = 0.22  # of the usual height: smaller ones in both directions are dots unless they continue a stroke
_BESIDE: Final = 0.3  # of the usual height: how far a fragment lies from its digit
_GAP: Final = 0.7  # stroke widths, and a pixel: a gap in a stroke
_THIN_GAP: Final = 0.06  # of the usual height: the same for a thin pen
_DIRT_GAP: Final = 1.2  # stroke widths: how far a dot is still a part of a stroke
_TALLEST: Final = 1.3  # of the usual height: a digit with its fragments
_WIDEST: Final = 1.25
_ALONE: Final = 2.2  # times the height of a piece: a digit that broke in two, with no other digit to compare
_COMPANY: Final = 4.0  # heights: in company
_AROUND: Final = 4.0  # heights to the side: still the same hand at the same size


def typical_height(pieces: Sequence[Piece]) -> float:
    """The height of a digit in this picture: median over the ink, so that dots and dirt do not count.

    A wide piece counts as a lying stroke, with its own height: lines and bars do not raise it.
    """
    heights = sorted((piece.box.height, piece.outline * min(1.0, piece.box.height / piece.box.width)) for piece in pieces)
    summed = list(accumulate(weight for _, weight in heights))
    return float(heights[bisect_left(summed, summed[-1] / 2)][0])


def usual_heights(boxes: NDArray[np.int32]) -> NDArray[np.float64]:
    """The usual height of the boxes around each one, on its line or a little off it.

    Args:
        boxes: int32 ``[n, 4]``: left, top, width, height.

    Returns:
        float64 ``[n]``, at least the box's own height.
    """
    left, top, right, bottom = edges_of(boxes)
    heights = bottom - top
    reach = _AROUND * heights
    beside = (right > (left - reach)[:, None]) & (left < (right + reach)[:, None])  # for the height of the one or the other
    near = (beside | beside.T) & (bottom[:, None] > top) & (bottom > top[:, None])
    order = heights.argsort(kind="stable")
    # The middle one of the heights that are near, of all heights in order: the first with so many up to it.
    counts = near[:, order].cumsum(axis=1, dtype=np.int32)
    middle = (counts > (counts[:, -1] // 2)[:, None]).argmax(axis=1)
    return np.asarray(np.maximum(heights[order[middle]], heights), np.float64)


def edges_of(boxes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Left, top, right, bottom, int32 ``[4, n]``, of int32 ``[n, 4]``: left, top, width, height."""
    edges = boxes.T.copy()
    edges[2:] += edges[:2]
    return edges


def neighbours(boxes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which boxes lie near each other for their own height, bool ``[n, n]``, not symmetric."""
    left, top, right, bottom = edges_of(boxes)
    reach = _COMPANY * (bottom - top)
    near = (right >= (left - reach)[:, None]) & (left <= (right + reach)[:, None])
    near &= (bottom >= (top - reach)[:, None]) & (top <= (bottom + reach)[:, None])
    np.fill_diagonal(near, val=False)
    return np.asarray(near, np.bool_)


def group_pieces(pieces: Sequence[Piece], height: float) -> tuple[list[list[Piece]], list[Piece]]:
    """Joins fragments to the digits they belong to.

    Args:
        pieces: All pieces that may be ink of digits.
        height: See :func:`typical_height`.

    Returns:
        Groups of pieces, each of which may be a digit; and the dots and dirt left over.
    """
    heights = [piece.box.height for piece in pieces]
    if len(pieces) > 2 and min(heights) >= max(_LOW * max(heights), _FRAGMENT * height):
        return [[piece] for piece in pieces], []  # all alike
    boxes = np.array([piece.box for piece in pieces], np.int32).reshape(-1, 4)
    tall = np.flatnonzero(boxes[:, 3] >= _FRAGMENT * height)
    usual = np.full(len(pieces), height)
    if len(tall) > 2:
        usual[tall] = usual_heights(boxes[tall])
    tallest = _TALLEST if len(tall) > 2 else _ALONE
    parent, edges = list(range(len(pieces))), edges_of(boxes)
    low = [index for index, piece in enumerate(pieces) if len(tall) <= 2 or piece.box.height < _LOW * usual[index]]
    # The largest first, so that the ends of a chain of fragments find the chain.
    for index in sorted(low, key=lambda i: -pieces[i].outline):
        for home in _homes(index, pieces, edges, usual, tallest):
            parent[_root(parent, index)] = _root(parent, home)
    groups: dict[int, list[Piece]] = {}
    for index, piece in enumerate(pieces):
        groups.setdefault(_root(parent, index), []).append(piece)
    kept, left_over = [], []
    for group in groups.values():
        if len(group) == 1 and _is_dot(group[0], height):
            left_over.append(group[0])
        else:
            kept.append(group)
    return kept, left_over


def _root(parent: list[int], index: int) -> int:
    while parent[index] != index:
        index = parent[index]
    return index


def _is_dot(piece: Piece, height: float) -> bool:
    return max(piece.box.width, piece.box.height) < _DOT * height


def _homes(
    index: int, pieces: Sequence[Piece], edges: NDArray[np.int32], usual: NDArray[np.float64], tallest: float
) -> list[int]:
    """The pieces that one belongs to: all that continue its strokes, or else the nearest one."""
    piece, height = pieces[index], float(usual[index])
    lefts, tops, rights, bottoms = edges
    left, top, right, bottom = edges[:, index].tolist()
    beside = np.maximum(lefts - right, left - rights)
    gap = np.maximum(np.maximum(beside, 0), np.maximum(tops - bottom, top - bottoms))
    merged_height = np.maximum(bottoms, bottom) - np.minimum(tops, top)
    merged_width = np.maximum(rights, right) - np.minimum(lefts, left)
    room = np.maximum(usual, height)
    gap[index] = np.iinfo(np.int32).max
    if _is_dot(piece, height):
        reach = _DIRT_GAP * piece.stroke
    elif piece.box.height < _FRAGMENT * height:
        reach = _BESIDE * height
    else:
        reach = 0.0
    near = (gap <= max(reach, _GAP * piece.stroke + 1, _THIN_GAP * height)) & (merged_width <= _WIDEST * room)
    near &= merged_height <= tallest * room
    homes, best, distance = [], None, reach
    for other in np.flatnonzero(near).tolist():
        found = contour_gap(piece, pieces[other])
        gap_in_stroke = max(_GAP * min(piece.stroke, pieces[other].stroke) + 1, _THIN_GAP * height)
        if found <= gap_in_stroke:
            homes.append(other)
        elif found <= distance and merged_height[other] <= _TALLEST * room[other]:
            best, distance = other, found
    return homes or ([best] if best is not None else [])


def contour_gap(a: Piece, b: Piece) -> float:
    """Distance of two pieces in pixels, sampled along their outer contours."""
    first = a.contours[0][:: 1 + len(a.contours[0]) // 96, 0].astype(np.float32)
    second = b.contours[0][:: 1 + len(b.contours[0]) // 96, 0].astype(np.float32)
    return float(np.sqrt(((first[:, None] - second[None]) ** 2).sum(axis=2).min()))
