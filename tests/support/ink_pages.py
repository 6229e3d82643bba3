"""Drawn pages whose ink is known, and how much of it a map of ink found."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.ink_map import InkMap, map_ink

Page = NDArray[np.uint8]


def blank(height: int = 480, width: int = 640, level: float = 210.0) -> NDArray[np.float32]:
    return np.full((height, width), level, np.float32)


def strokes(height: int = 480, width: int = 640, thickness: int = 5, size: float = 2.0) -> Page:
    """255 where three lines of digits are written."""
    ink = np.zeros((height, width), np.uint8)
    for row, text in enumerate(("12345", "67890", "31415")):
        place = (int(0.12 * width), int((0.3 + 0.28 * row) * height))
        cv2.putText(ink, text, place, cv2.FONT_HERSHEY_SIMPLEX, size * width / 640, 255, thickness, cv2.LINE_AA)
    return ink


def write(page: NDArray[np.float32], ink: Page, contrast: float = 150.0) -> NDArray[np.float32]:
    return np.asarray(page - contrast * (ink.astype(np.float32) / 255), np.float32)


def camera(page: NDArray[np.float32], noise: float = 2.0, seed: int = 0) -> Page:
    rng = np.random.default_rng(seed)
    return np.asarray(np.clip(page + rng.normal(0, noise, page.shape), 0, 255), np.uint8)


def recall_and_precision(found: InkMap | None, ink: Page) -> tuple[float, float]:
    assert found is not None
    mask = cv2.resize(found.mask, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    reach = 2 * round(2 / found.scale) + 1
    near = cv2.dilate(ink, np.ones((reach, reach), np.uint8)) > 0
    return float(mask[ink > 200].mean()), float(near[mask].mean())


def assert_found(page: NDArray[np.float32], ink: Page, *, noise: float = 2.0) -> InkMap:
    found = map_ink(camera(page, noise))
    recall, precision = recall_and_precision(found, ink)
    assert recall > 0.95
    assert precision > 0.97
    assert found is not None
    return found
