"""Connected pieces of ink, by their outlines: cheaper than a label for every pixel, most of which are ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.scene import Box

_LEAST_OUTLINE: Final = 4  # pixels of outline; less is a speck that no digit needs


@dataclass(frozen=True, eq=False)
class Piece:
    """One connected piece of ink.

    Attributes:
        box: Around it, in working pixels.
        area: Pixels of ink.
        outline: Pixels along all its edges, outer and inner.
        contours: Its outer contour and then its holes, int32 ``[n, 1, 2]`` each, in working pixels.
    """

    box: Box
    area: float
    outline: int
    contours: tuple[NDArray[np.int32], ...]

    @property
    def stroke(self) -> float:
        """Mean stroke width in working pixels: a stroke has two sides."""
        return 2 * self.area / max(1, self.outline)

    @property
    def holes(self) -> int:
        """Number of enclosed grounds."""
        return len(self.contours) - 1


def trace_pieces(mask: NDArray[np.uint8]) -> list[Piece]:
    """Splits ink into its 8-connected pieces (border following, Suzuki and Abe 1985).

    Args:
        mask: uint8 ``[h, w]``, 0 ground, else ink.

    Returns:
        All pieces but specks of a few pixels; nested ones are pieces of their own.
    """
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return []
    links: list[list[int]] = hierarchy[0].tolist()
    pieces = []
    for index, (_, _, hole, parent) in enumerate(links):
        if parent >= 0 or len(contours[index]) < _LEAST_OUTLINE:
            continue
        own = [contours[index]]
        while hole >= 0:
            own.append(contours[hole])
            hole = links[hole][0]
        pieces.append(_piece(own))
    return pieces


def _piece(contours: Sequence[Any]) -> Piece:
    outer, *holes = contours
    # Pick's theorem turns the area of a polygon through pixel centres into a number of pixels.
    area = cv2.contourArea(outer) + len(outer) / 2 + 1
    for hole in holes:
        area -= max(0.0, cv2.contourArea(hole) - len(hole) / 2 + 1)
    outline = sum(len(contour) for contour in contours)
    return Piece(Box(*cv2.boundingRect(outer)), area, outline, tuple(contours))


def enclosing_box(boxes: Sequence[Box]) -> Box:
    """The smallest box around several."""
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return Box(left, top, right - left, bottom - top)


def draw_pieces(pieces: Sequence[Piece], box: Box) -> NDArray[np.uint8]:
    """Renders pieces exactly as they were in the mask.

    Args:
        pieces: What to render.
        box: What part of the working picture; ink outside is left out.

    Returns:
        uint8 ``[box.height, box.width]`` of 0 and 1.
    """
    canvas = np.zeros((box.height, box.width), np.uint8)
    for piece in pieces:
        # Filled by the even-odd rule; the outlines, also those of holes, belong to the ink.
        cv2.drawContours(canvas, piece.contours, -1, 1, cv2.FILLED, offset=(-box.left, -box.top))
    return canvas
