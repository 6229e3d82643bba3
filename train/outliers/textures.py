"""Pictures of no writing at all, as the runner's picture pipeline cuts them."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.train.outliers.pen import frame_soft

_SIDE: Final = 96


def texture(rng: np.random.Generator) -> NDArray[np.uint8] | None:
    """Noise, blobs, weave or edges: uint8 ``[28, 28]``; ``None`` if the runner found no ink."""
    field = _field(rng)
    if rng.random() < 0.4:
        ink = np.clip((field - np.quantile(field, rng.uniform(0.5, 0.9))) * 8, 0, 1).astype(np.float32)
        return frame_soft(ink) if ink.max() > 0.5 else None
    low, high = np.sort(rng.uniform(0, 255, 2))
    picture = low + (high - low) * (field - field.min()) / max(float(np.ptp(field)), 1e-6)
    noise = rng.normal(0, rng.uniform(0, 12), field.shape)
    return prepare_digit(np.clip(picture + noise, 0, 255).astype(np.uint8))


def _field(rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 ``[96, 96]``, any range."""
    return np.asarray(_FIELDS[int(rng.integers(len(_FIELDS)))](rng), np.float64)


def _clouds(rng: np.random.Generator) -> NDArray[Any]:
    return cv2.GaussianBlur(rng.normal(0, 1, (_SIDE, _SIDE)), (0, 0), rng.uniform(1.5, 14))


def _weave(rng: np.random.Generator) -> NDArray[Any]:
    """Ripples, and two of them as a weave or as checks."""
    rows, columns = np.mgrid[:_SIDE, :_SIDE] / _SIDE
    angles, waves = rng.uniform(0, np.pi, 2), rng.uniform(2, 14, 2) * 2 * np.pi
    one, other = (np.sin(w * (columns * np.cos(a) + rows * np.sin(a))) for a, w in zip(angles, waves, strict=True))
    woven: tuple[NDArray[Any], ...] = (one * other, np.sign(one * other), one + other)
    return woven[int(rng.integers(3))]


def _polygons(rng: np.random.Generator) -> NDArray[Any]:
    sheet = np.zeros((_SIDE, _SIDE), np.uint8)
    for _ in range(int(rng.integers(1, 7))):
        corners = rng.integers(0, _SIDE, (int(rng.integers(3, 7)), 2)).astype(np.int32)
        cv2.fillPoly(sheet, [corners], int(rng.integers(60, 256)))
    return sheet


def _spots(rng: np.random.Generator) -> NDArray[Any]:
    sheet = np.zeros((_SIDE, _SIDE), np.uint8)
    for _ in range(int(rng.integers(1, 9))):
        centre, axes = rng.integers(16, _SIDE - 16, 2), rng.integers(3, 30, 2)
        cv2.ellipse(sheet, centre.tolist(), axes.tolist(), float(rng.uniform(0, 180)), 0, 360, 255, -1)
    return sheet


def _streaks(rng: np.random.Generator) -> NDArray[Any]:
    noise, along, across = rng.normal(0, 1, (_SIDE, _SIDE)), rng.uniform(6, 20), rng.uniform(0.8, 3)
    streaks = cv2.GaussianBlur(noise, (0, 0), sigmaX=along, sigmaY=across)
    return streaks if rng.random() < 0.5 else streaks.T


_FIELDS: Final = (_clouds, _weave, _polygons, _spots, _streaks)
