"""Filled bodies, plain, striped or patterned: pictures of things and not of writing."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.train.outliers.pen import frame_soft

_SIDE: Final = 112
_PARTS: Final = (1, 4)
_SIZES: Final = (8, 46)  # px, half of a part's width and height
_SYMMETRIC: Final = 0.6  # share of things whose left half is the mirror image of the right one
_HOLED: Final = 0.3
_GREYS: Final = (50.0, 255.0)
_PREPARED: Final = 0.5  # share that goes through the runner's picture path; the others are arrays of 28x28 already
_FAINTEST: Final = 30

Field = NDArray[np.float64]


def thing(rng: np.random.Generator) -> NDArray[np.uint8] | None:
    """A filled body, uint8 ``[28, 28]``; ``None`` if the runner found no ink in its picture."""
    picture = np.clip(_body(rng) * _pattern(rng), 0, 255).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(np.asarray(cv2.threshold(picture, _FAINTEST, 1, cv2.THRESH_BINARY)[1]))
    if min(width, height) < _SIDE // 14:
        return None
    if rng.random() >= _PREPARED:
        return frame_soft(np.asarray(picture[y : y + height, x : x + width] / np.float32(255), np.float32))
    noise = rng.normal(0, rng.uniform(0, 6), picture.shape)
    seen = np.clip(picture + noise, 0, 255).astype(np.uint8)
    return prepare_digit(seen if rng.random() < 0.5 else ~seen)


def _body(rng: np.random.Generator) -> Field:
    """A few parts run together: float64 ``[112, 112]``, 0 to 1."""
    sheet = np.zeros((_SIDE, _SIDE), np.uint8)
    for _ in range(int(rng.integers(*_PARTS, endpoint=True))):
        centre, size = rng.integers(20, _SIDE - 20, 2), rng.integers(*_SIZES, 2)
        form = rng.integers(4)
        if form == 0:
            cv2.rectangle(sheet, (centre - size).tolist(), (centre + size).tolist(), 255, -1)
        elif form == 1:
            cv2.ellipse(sheet, centre.tolist(), size.tolist(), float(rng.uniform(0, 180)), 0, 360, 255, -1)
        elif form == 2:
            angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 9))))
            reach = rng.uniform(0.4, 1, (len(angles), 1)) * size
            corners = centre + reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
            cv2.fillPoly(sheet, [np.rint(corners).astype(np.int32)], 255)
        else:
            cv2.line(sheet, centre.tolist(), rng.integers(10, _SIDE - 10, 2).tolist(), 255, int(rng.integers(6, 26)))
    if rng.random() < _SYMMETRIC:
        sheet = np.maximum(sheet, sheet[:, ::-1])
    if rng.random() < _HOLED:
        cv2.ellipse(sheet, rng.integers(30, _SIDE - 30, 2).tolist(), rng.integers(4, 22, 2).tolist(), 0, 0, 360, 0, -1)
    return np.asarray(cv2.GaussianBlur(sheet, (0, 0), rng.uniform(0.5, 2)) / 255.0, np.float64)


def _pattern(rng: np.random.Generator) -> Field:
    """What a body is covered with: float64 ``[112, 112]``, grey levels."""
    rows, columns = np.mgrid[:_SIDE, :_SIDE] / _SIDE - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    across = columns * np.cos(angle) + rows * np.sin(angle)
    grey = rng.uniform(*_GREYS) * (1 + rng.uniform(0, 0.5) * across)
    covering = rng.integers(5)
    if covering == 1:
        grey *= 1 - rng.uniform(0.1, 0.7) * (np.sin(across * rng.uniform(20, 90)) > 0)
    elif covering == 2:
        clouds = cv2.GaussianBlur(rng.normal(0, 1, (_SIDE, _SIDE)), (0, 0), rng.uniform(1.5, 8))
        grey *= 1 + rng.uniform(0.1, 0.6) * clouds / np.abs(clouds).max()
    elif covering == 3:
        for _ in range(int(rng.integers(1, 5))):
            start, end = rng.integers(0, _SIDE, (2, 2)).tolist()
            cv2.line(grey, start, end, float(rng.uniform(0, 255)), int(rng.integers(2, 8)))
    elif covering == 4:
        checks = (columns * 40).astype(int) % 2 == (rows * 40).astype(int) % 2
        grey = np.where(checks, grey, grey * rng.uniform(0.3, 0.9))
    return np.asarray(grey, np.float64)
