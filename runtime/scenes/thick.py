"""Thick strokes among thin ones: markers and headings, told from the shadow of a hand."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.background import above, halve, local_level, noise_level, odd, paper
from mnist_edge.runtime.scenes.pieces import are_ink, find_pieces

_SIDE: Final = 320  # px; thick strokes need no detail
_INK_SHARE: Final = 0.4  # of the local strength
_CUT_OFF: Final = 0.04  # of the outline of something thick lies on the frame: shadow of a hand, table, border
_EDGE_REACH: Final = 8  # a blurred edge stretches over such a fraction of the square


def thick_ink(dark: NDArray[np.uint8], square: float) -> NDArray[np.uint8]:
    """Ink that a square for thinner strokes leaves in the background.

    Args:
        dark: uint8 ``[h, w]``, ink dark.
        square: Side of a square that is wider than the thick strokes, in pixels.

    Returns:
        uint8 ``[h, w]``, difference from the background; 0 where there is no thick ink.
    """
    small, times = dark, 1
    while max(small.shape) > _SIDE:
        small, times = halve(small), 2 * times
    side = odd(square / times)
    background = paper(small, side)
    difference = np.asarray(cv2.subtract(background, small), np.uint8)
    noise = noise_level(difference)
    level = local_level(difference, side, noise.cut / _INK_SHARE)
    mask = above(np.asarray(cv2.divide(difference, level, scale=255), np.uint8), 255 * _INK_SHARE)
    pieces = find_pieces(mask, difference, small, max(2, side // _EDGE_REACH))
    good = are_ink(pieces, max(small.shape), side / 2, noise.spread) & (pieces.framed < _CUT_OFF)
    kept = np.zeros(small.shape, np.uint8)
    kept.ravel()[pieces.inside[good[pieces.names]]] = 255
    size = (dark.shape[1], dark.shape[0])
    kept = np.asarray(cv2.dilate(kept, np.ones((3, 3), np.uint8)), np.uint8)
    enlarged = cv2.resize(background, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(
        cv2.bitwise_and(cv2.subtract(enlarged, dark), cv2.resize(kept, size, interpolation=cv2.INTER_NEAREST)), np.uint8
    )
