"""Noise in stock: random numbers for each picture anew would take longer than all the rest of it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from mnist_edge.train.composing.fields import Field, smooth_noise, white_noise

_SIDE: Final = 768  # px; a piece of 200 px is one of 320,000, each in four ways


class Grain:
    """White and lumpy noise of mean 0 and standard deviation 1.

    Args:
        rng: Source of all random numbers, now and later.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._white = white_noise(_SIDE, _SIDE, rng)
        self._lumpy = smooth_noise(_SIDE, _SIDE, 2.5, rng)

    def white(self, rows: int, columns: int) -> Field:
        """Independent numbers, float32 ``[rows, columns]``."""
        return self._piece(self._white, rows, columns)

    def lumpy(self, rows: int, columns: int, grain: float) -> Field:
        """Lumps of about ``grain`` pixels, at least 2 and a half, float32 ``[rows, columns]``."""
        factor = max(1.0, grain / 2.5)
        small = self._piece(self._lumpy, int(rows / factor) + 2, int(columns / factor) + 2)
        if factor == 1:
            return small[:rows, :columns]
        return np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32)

    def _piece(self, stock: Field, rows: int, columns: int) -> Field:
        top, left, way = self._rng.integers((_SIDE - rows, _SIDE - columns, 4)).tolist()
        piece = stock[top : top + rows, left : left + columns]
        return (piece, piece[::-1], piece[:, ::-1], -piece)[way]
