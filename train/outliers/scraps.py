"""Scraps of a cluttered picture: what the scene reader takes for ink where nobody wrote."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.reader import read_scene
from mnist_edge.train.composing.fields import Field, ramp, smooth_noise

_WIDTH: Final = (140, 320)  # px of the picture
_HEIGHT: Final = (110, 240)
_THINGS: Final = (2, 14)
_GREYS: Final = (20.0, 235.0)
_SIZES: Final = (3.0, 45.0)  # px, half of a thing's length
_SLIM: Final = (0.08, 1.0)  # its width to its length
_ROUGH: Final = (2.0, 26.0)  # px, lumps of what things are made of
_ROUGHNESS: Final = (0.0, 22.0)  # grey levels
_PLAIN: Final = 0.5  # share of surfaces without any
_BLUR: Final = (0.4, 2.2)  # px
_NOISE: Final = (0.0, 5.0)
_FIXED_POINT: Final = 4  # bits


def scrap(rng: np.random.Generator) -> NDArray[np.uint8] | None:
    """One piece of a picture of things, uint8 ``[28, 28]``; ``None`` if the scene reader found nothing in it."""
    shown: list[NDArray[np.uint8]] = []

    def refuse(frames: NDArray[np.uint8]) -> list[Prediction]:
        shown.extend(frames)
        return [Prediction(None, 0.0, Status.REJECTED, seen=frame) for frame in frames]

    read_scene(_picture(rng), refuse)
    return shown[int(rng.integers(len(shown)))] if shown else None


def _picture(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Bodies and bars in front of each other, uint8 gray ``[h, w]``."""
    width, height = int(rng.integers(*_WIDTH)), int(rng.integers(*_HEIGHT))
    picture = _stuff(height, width, rng)
    for _ in range(int(rng.integers(*_THINGS))):
        mask = np.zeros((height, width), np.uint8)
        _add_thing(mask, rng)
        cover = cv2.GaussianBlur(mask, (0, 0), rng.uniform(*_BLUR)).astype(np.float32) / np.float32(255)
        picture += cover * (_stuff(height, width, rng) - picture)
    picture += np.float32(rng.uniform(*_NOISE)) * rng.standard_normal((height, width), np.float32)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _stuff(height: int, width: int, rng: np.random.Generator) -> Field:
    """A surface, more or less even, float32 ``[h, w]``, grey levels."""
    grey = rng.uniform(*_GREYS) + rng.uniform(0, 90) * ramp(height, width, rng.uniform(0, 2 * np.pi))
    if rng.random() >= _PLAIN:
        grey = grey + rng.uniform(*_ROUGHNESS) * smooth_noise(height, width, rng.uniform(*_ROUGH), rng)
    return np.asarray(grey, np.float32)


def _add_thing(mask: NDArray[np.uint8], rng: np.random.Generator) -> None:
    height, width = mask.shape
    centre = rng.uniform(0, (width, height))
    long = float(np.exp(rng.uniform(*np.log(_SIZES))))
    wide, angle = max(1.5, long * float(np.exp(rng.uniform(*np.log(_SLIM))))), rng.uniform(0, np.pi)
    form = int(rng.integers(4))
    whole = 1 << _FIXED_POINT
    if form == 0:
        axes = (round(long * whole), round(wide * whole))
        is_filled, start = bool(rng.random() < 0.6), rng.uniform(0, 360)
        sweep = 360 if is_filled and rng.random() < 0.6 else rng.uniform(60, 240)  # a whole round ring would be a 0
        thickness = -1 if is_filled else max(1, round(wide / 4))
        at = np.rint(centre * whole).astype(int).tolist()
        cv2.ellipse(mask, at, axes, np.rad2deg(angle), start, start + sweep, 255, thickness, cv2.LINE_AA, _FIXED_POINT)
        return
    if form == 1:  # a bar, and mostly some more beside it
        corners = np.array([(-long, -wide / 2), (long, -wide / 2), (long, wide / 2), (-long, wide / 2)])
    else:
        turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
        reach = rng.uniform(0.4, 1, len(turns))
        corners = np.stack([long * reach * np.cos(turns), wide * reach * np.sin(turns)], axis=1)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    step = np.array([-np.sin(angle), np.cos(angle)]) * wide * rng.uniform(1.6, 4)
    for number in range(int(rng.integers(1, 5)) if form == 1 else 1):
        points = np.rint((corners @ turn + centre + number * step) * whole).astype(np.int32)
        if form == 3:
            cv2.polylines(mask, [points], True, 255, max(1, round(wide / 6)), cv2.LINE_AA, _FIXED_POINT)
        else:
            cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, _FIXED_POINT)
