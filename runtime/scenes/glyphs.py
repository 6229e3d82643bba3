"""A glyph: the ink that may be one digit, and the 28x28 picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.framing import frame_inks, with_ground
from mnist_edge.runtime.scenes.outlines import Piece, draw_pieces, enclosing_box
from mnist_edge.runtime.scenes.scene import Box

_MARGIN: Final = 2  # ground around the glyph, for its soft edge and for framing
_VISIBLE: Final = 64  # of 255; the mask begins well above
_INK: Final = 255
_HALO: Final = np.ones((3, 3), np.uint8)  # the soft edge beyond the mask


@dataclass(frozen=True, eq=False)
class Glyph:
    """Ink that may be one digit.

    Attributes:
        box: Around it, in working pixels.
        mask: uint8 ``[box.height, box.width]`` of 0 and 1, its own ink only.
        stroke: Mean stroke width in working pixels.
    """

    box: Box
    mask: NDArray[np.uint8]
    stroke: float

    @property
    def ink(self) -> int:
        """Pixels of ink."""
        return cv2.countNonZero(self.mask)


def glyph_of(pieces: Sequence[Piece], mask: NDArray[np.uint8] | None = None) -> Glyph:
    """Joins pieces to one glyph.

    Args:
        pieces: Its ink.
        mask: uint8 ``[h, w]`` of 0 and 1, the ink they were traced in, which spares drawing what lies alone in its box.
    """
    if len(pieces) == 1:
        (piece,) = pieces
        left, top, width, height = piece.box
        if mask is not None:
            crop = mask[top : top + height, left : left + width]
            if cv2.countNonZero(crop) == piece.area:
                return Glyph(piece.box, crop.copy(), piece.stroke)
        return Glyph(piece.box, draw_pieces(pieces, piece.box), piece.stroke)
    box = enclosing_box([piece.box for piece in pieces])
    area, outline = sum(piece.area for piece in pieces), sum(piece.outline for piece in pieces)
    return Glyph(box, draw_pieces(pieces, box), 2 * area / max(1, outline))


def join_glyphs(glyphs: Sequence[Glyph]) -> Glyph:
    """Joins glyphs to one."""
    if len(glyphs) == 1:
        return glyphs[0]
    box = enclosing_box([glyph.box for glyph in glyphs])
    mask = np.zeros((box.height, box.width), np.uint8)
    for glyph in glyphs:
        left, top = glyph.box.left - box.left, glyph.box.top - box.top
        part = mask[top : top + glyph.box.height, left : left + glyph.box.width]
        np.bitwise_or(part, glyph.mask, out=part)
    return Glyph(box, mask, sum(glyph.stroke for glyph in glyphs) / len(glyphs))


def frame_glyphs(glyphs: Sequence[Glyph], strength: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brings glyphs into MNIST's form, each without the ink of its neighbours.

    Args:
        glyphs: The glyphs.
        strength: uint8 ``[h, w]``, soft ink of the working picture, 255 for full ink.

    Returns:
        uint8 ``[n, 28, 28]``.
    """
    return frame_inks([soft_ink(glyph, strength) for glyph in glyphs])


def soft_ink(glyph: Glyph, strength: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The strength of a glyph's own ink and of its soft edge; 0 elsewhere, with a margin of ground.

    Returns:
        uint8 ``[box.height + 4, box.width + 4]``.
    """
    box = glyph.box
    own = cv2.copyMakeBorder(glyph.mask, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_CONSTANT)
    around = with_ground(strength, box.left - _MARGIN, box.top - _MARGIN, box.right + _MARGIN, box.bottom + _MARGIN)
    soft = cv2.multiply(around, cv2.dilate(own, _HALO))
    if cv2.minMaxLoc(soft)[1] < _VISIBLE:  # a mask that was mended where nothing was written
        soft = own * np.uint8(_INK)
    return np.asarray(soft, np.uint8)
