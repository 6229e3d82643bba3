"""Thinning: from ink to the middle lines of its strokes."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray


def _thinning_tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """For each of 256 neighbourhoods (bit 0 is north, then clockwise): 0 where a pixel goes, in either half of a pass."""
    tables = np.ones((2, 256), np.uint8)
    for code in range(256):
        ring = [code >> bit & 1 for bit in range(8)]
        rises = sum(not a and b for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
        if not (2 <= sum(ring) <= 6 and rises == 1):
            continue
        north, east, south, west = ring[::2]
        tables[0, code] = bool(north and east and south) or bool(east and south and west)
        tables[1, code] = bool(north and east and west) or bool(north and south and west)
    return tables[0], tables[1]


_TABLES: Final = _thinning_tables()
_BITS: Final = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def thin(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Thins ink to lines of one pixel (Zhang and Suen 1984).

    Args:
        ink: uint8 ``[h, w]`` of 0 and 1, with a border of 0.

    Returns:
        The same size and values.
    """
    thinned = ink.copy()
    while True:
        before = int(thinned.sum())
        for table in _TABLES:
            codes = cv2.filter2D(thinned, cv2.CV_8U, _BITS, borderType=cv2.BORDER_CONSTANT)
            thinned &= table[codes]
        if int(thinned.sum()) == before:
            return thinned
