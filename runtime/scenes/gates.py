"""Ink that cannot be a digit by its shape alone."""

from __future__ import annotations

from typing import Final

import cv2

from mnist_edge.runtime.scenes.outlines import Piece
from mnist_edge.runtime.scenes.scene import Box, Reason

_SOLID: Final = 0.36  # stroke width to length; a filled disc or square has 0.5, the thickest 1 of a marker 0.25
_LONG: Final = 5.0  # length to breadth of a lying stroke
_LINE: Final = 1.6  # typical heights a lying line is long at least; the bar of a 5 is shorter
_FLAT: Final = 2.8  # box width to height: no digit is so wide
_TOO_TALL: Final = 2.5  # typical heights of an upright line
_LEAST_HEIGHT: Final = 6  # working pixels


def reason_by_shape(piece: Piece, height: float) -> Reason | None:
    """Why a piece cannot be a digit or a part of one; ``None`` if it can.

    Args:
        piece: The piece.
        height: Typical height of a digit, in working pixels.
    """
    box = piece.box
    if piece.stroke > _SOLID * max(box.width, box.height) and box.height > height / 2:
        return Reason.SOLID
    if box.width > _LINE * height and _is_straight(piece) and box.width > _FLAT * box.height:
        return Reason.LINE
    if box.height > _TOO_TALL * height and _is_straight(piece):
        return Reason.LINE
    return None


def _is_straight(piece: Piece) -> bool:
    _, (first, second), _ = cv2.minAreaRect(piece.contours[0])
    return bool(max(first, second) > _LONG * max(1.0, min(first, second)) and piece.holes <= 1)


def touches_frame(box: Box, width: int, height: int) -> bool:
    """Whether ink reaches the frame of the picture."""
    return box.left <= 0 or box.top <= 0 or box.right >= width or box.bottom >= height


def runs_through(box: Box, width: int, height: int) -> bool:
    """Whether ink reaches from one side of the picture to the opposite one."""
    return (box.left <= 0 and box.right >= width) or (box.top <= 0 and box.bottom >= height)
