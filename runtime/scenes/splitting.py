"""Where touching digits might be cut apart.

A cut is the path from top to bottom that crosses the least ink, and it may lean up to 45 degrees (the minimal seam of
Avidan and Shamir 2007, here over ink). It finds thin joins, valleys of the outline and slanted gaps alike, the classical
places to cut touching digits (Casey and Lecolinet 1996). Every cut is only offered: the network decides.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.scene import Box

_ROWS: Final = 36  # a cut needs no more detail
_LEAN: Final = 0.12  # price of a step aside, in rows of ink: straight cuts first
_LOOP: Final = 0.3  # price of a row of enclosed ground, in rows of ink: loops are parts of one digit
_CUTS: Final = (5, 6, 18)  # at least, more for each height of width, at most
_THINNEST: Final = 0.16  # of the height: no digit is narrower, but for a stroke
_APART: Final = 0.07  # of the height, between two cuts
_THICK: Final = 0.45  # of the height: cuts through more ink than that are none
_CORNER: Final = 0.5  # of a row of ink: what a cut gains where it passes ink beside a corner of the outline
_HOLLOW: Final = 0.47  # share of ink around ground in a corner; beside a straight edge it is less
_BESIDE: Final = np.ones((3, 3), np.uint8)
_FEW_PIXELS: Final = 4 * 65535  # whose labels fit into 16 bits, which is much faster: at most every fourth is a piece
_LEAST_PART: Final = 0.06  # of the glyph's ink: smaller bits of a part belong to its neighbour


def seams(mask: NDArray[np.uint8], stroke: float) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The cheapest cut through each column of the middle row.

    Args:
        mask: uint8 ``[h, w]`` of 0 and 1.
        stroke: Stroke width in pixels of the mask.

    Returns:
        float32 ``[w]``, rows of ink crossed, and a little for leaning and for loops, less beside corners; int32 ``[h, w]``:
        column of the cut in each row.
    """
    ink = mask + _LOOP * (fill_loops(mask) - mask).astype(np.float32) - _CORNER * beside_corners(mask, stroke)
    middle = len(ink) // 2
    upper, above = _descend(ink[:middle])
    lower, below = _descend(ink[: middle - 1 if middle else None : -1])
    return upper + lower, np.concatenate([above, below[::-1]])


def beside_corners(mask: NDArray[np.uint8], stroke: float) -> NDArray[np.uint8]:
    """Ink beside the inner corners of the outline, where strokes meet, uint8 ``[h, w]`` of 0 and 1."""
    reach = round(max(1.0, stroke))
    side = 2 * reach + 1
    around = cv2.boxFilter(mask, cv2.CV_32F, (side, side), borderType=cv2.BORDER_CONSTANT)
    corners = ((around > _HOLLOW) & (mask == 0)).astype(np.uint8)
    return np.asarray(cv2.bitwise_and(cv2.dilate(corners, _BESIDE), mask), np.uint8)


def fill_loops(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ink with all ground that it encloses, uint8 ``[h, w]`` of 0 and 1."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.drawContours(mask.copy(), outlines, -1, 1, cv2.FILLED), np.uint8)


def _descend(ink: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Cheapest paths from any column of the first row to each column of the last one; rows may be none."""
    height, width = ink.shape
    cost = np.zeros(width, np.float32)
    came = np.zeros((height, width), np.int32)
    padded = np.full((3, width), np.inf, np.float32)
    columns = np.arange(width, dtype=np.int32)
    steps = np.array((0, -1, 1), np.int32)
    for row in range(height):
        padded[0] = cost
        padded[1, 1:] = cost[:-1] + _LEAN
        padded[2, :-1] = cost[1:] + _LEAN
        choice = padded.argmin(axis=0)
        cost = padded[choice, columns] + ink[row]
        came[row] = columns + steps[choice]
    path = np.empty((height, width), np.int32)
    place = columns
    for row in range(height - 1, -1, -1):
        path[row] = place
        place = came[row][place]
    return cost, path


def cut_places(mask: NDArray[np.uint8], stroke: float) -> tuple[NDArray[np.int32], list[float]]:
    """The best few cuts through a glyph.

    Args:
        mask: uint8 ``[h, w]`` of 0 and 1.
        stroke: Stroke width in pixels of the mask.

    Returns:
        int32 ``[cuts, h]``, from left to right at middle height: the first column right of the cut in each row; and the ink
        that each one crosses, in stroke widths.
    """
    height, width = mask.shape
    scale = min(1.0, _ROWS / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = mask if scale == 1 else (cv2.resize(mask * 255, size, interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
    cost, path = seams(np.asarray(small, np.uint8), stroke * scale)
    middle = np.arange(small.shape[1])
    rows, columns = small.shape
    edge = max(_THINNEST * rows, 1.2 * stroke * scale)
    allowed = (middle >= edge) & (middle <= columns - edge) & (cost <= max(_THICK * rows, 2 * stroke * scale))
    least, more, most = _CUTS
    wanted = min(most, round(least + more * width / height))
    chosen: list[int] = []
    for end in np.argsort(cost, kind="stable").tolist():
        if len(chosen) == wanted:
            break
        if allowed[end] and all(abs(middle[end] - middle[other]) >= _APART * rows for other in chosen):
            chosen.append(end)
    chosen.sort(key=lambda end: middle[end])
    cuts = path[:, chosen].T
    if scale < 1:
        nearest = np.minimum((np.arange(height) * scale).astype(int), rows - 1)
        cuts = np.round(cuts[:, nearest] / scale).astype(np.int32)
    crossed = (cost[chosen] / max(1.0, stroke * scale)).tolist()
    return np.maximum.accumulate(cuts, axis=0) if len(cuts) else cuts, crossed


def split_glyph(glyph: Glyph) -> tuple[list[Glyph], list[float]]:
    """Cuts a glyph into parts from left to right; each run of neighbouring parts may be a digit.

    Returns:
        The parts, and the ink crossed between each and the next, in stroke widths. Only the glyph itself if there is no
        place to cut.
    """
    cuts, crossed = cut_places(glyph.mask, glyph.stroke)
    columns = np.arange(glyph.mask.shape[1])
    number = np.zeros(glyph.mask.shape, np.uint8)
    for cut in cuts:  # all at once would take dozens of bytes a pixel
        number += columns >= cut[:, None]
    parts: list[Glyph] = []
    prices: list[float] = []
    for index in range(len(cuts) + 1):
        part = np.asarray((number == index) & (glyph.mask > 0), np.uint8)
        if part.any():
            if parts:
                prices.append(crossed[index - 1])
            parts.append(crop_glyph(part, glyph.box, glyph.stroke))
    return parts, prices


def crop_glyph(mask: NDArray[np.uint8], place: Box, stroke: float) -> Glyph:
    """A glyph from a mask, uint8 ``[place.height, place.width]`` with some ink, without the ground around it."""
    left, top, width, height = cv2.boundingRect(mask)
    own = np.ascontiguousarray(mask[top : top + height, left : left + width])
    return Glyph(Box(place.left + left, place.top + top, width, height), own, stroke)


def without_crumbs(glyph: Glyph) -> Glyph:
    """Drops the small bits that a cut left on the wrong side."""
    few = glyph.mask.size < _FEW_PIXELS
    count, labels = cv2.connectedComponents(glyph.mask, connectivity=8, ltype=cv2.CV_16U if few else cv2.CV_32S)
    if count <= 2:
        return glyph
    areas = np.bincount(labels.ravel(), minlength=count)
    keep = areas >= min(_LEAST_PART * areas[1:].sum(), areas[1:].max())
    keep[0] = False
    return crop_glyph(keep[labels].astype(np.uint8), glyph.box, glyph.stroke)
