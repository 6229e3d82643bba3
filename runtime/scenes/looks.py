"""Pictures of the steps from ink to digits, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.outlines import Piece
from mnist_edge.runtime.scenes.scene import Box

#: BGR; neighbours in the list are easily told apart.
_COLOURS: Final = ((80, 200, 80), (220, 140, 40), (200, 60, 200), (40, 180, 220), (160, 160, 40), (60, 110, 250))
_RED: Final = (60, 60, 230)
_COLUMNS: Final = 16  # glyphs in a row of the sheet


def picture_of_pieces(mask: NDArray[np.uint8], pieces: Sequence[Piece]) -> NDArray[np.uint8]:
    """Each piece in a colour of its own; uint8 ``[h, w, 3]`` BGR."""
    canvas = np.zeros((*mask.shape, 3), np.uint8)
    for index, piece in enumerate(pieces):
        cv2.drawContours(canvas, piece.contours, -1, _COLOURS[index % len(_COLOURS)], cv2.FILLED)
    return canvas


def picture_of_boxes(mask: NDArray[np.uint8], lines: Sequence[Sequence[Box]], refused: Sequence[Box]) -> NDArray[np.uint8]:
    """Ink with the boxes of the digits, a colour for each line and a stroke along it; those of other ink are red.

    Args:
        mask: uint8 ``[h, w]`` of 0 and 1.
        lines: Boxes of the digits in reading order.
        refused: Boxes of other ink.

    Returns:
        uint8 ``[h, w, 3]`` BGR.
    """
    canvas = cv2.cvtColor(mask * np.uint8(255), cv2.COLOR_GRAY2BGR)
    for box in refused:
        cv2.rectangle(canvas, (box.left, box.top), (box.right - 1, box.bottom - 1), _RED)
    for number, line in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        for box in line:
            cv2.rectangle(canvas, (box.left, box.top), (box.right - 1, box.bottom - 1), colour)
        middles = [(box.left + box.width // 2, box.top + box.height // 2) for box in line]
        cv2.polylines(canvas, [np.array(middles, np.int32)], isClosed=False, color=colour)
    return np.asarray(canvas, np.uint8)


def sheet_of_glyphs(glyphs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The 28x28 pictures that the network saw, side by side.

    Args:
        glyphs: uint8 ``[n, 28, 28]``, at least one.

    Returns:
        uint8 ``[rows * 29, columns * 29]``.
    """
    columns = min(_COLUMNS, len(glyphs))
    rows = -(-len(glyphs) // columns)
    framed = np.pad(glyphs, ((0, rows * columns - len(glyphs)), (0, 1), (0, 1)), constant_values=128)
    side = framed.shape[1]
    return np.ascontiguousarray(
        framed.reshape(rows, columns, side, side).swapaxes(1, 2).reshape(rows * side, columns * side)
    )
