"""What happens to a digit between pen and network: soft focus, poor sensors, gaps, stray strokes, faint ink.

These are ordinary faults of pictures, broad on purpose. None of them is made after a benchmark of robustness: what such a
benchmark measures must not be trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import IMAGE_SIZE

Picture = NDArray[np.uint8]

_TWICE: Final = 0.4  # share of the damaged pictures that suffer two faults
_BLUR: Final = (0.4, 1.3)  # standard deviation in pixels
_NOISE: Final = (0.03, 0.25)  # standard deviation as a share of full scale
_GRAIN: Final = (0.2, 0.8)  # standard deviation as a share of each pixel's own value
_GAPS: Final = (1, 3)
_GAP: Final = (2, 5)  # pixels
_STRAY_WIDTH: Final = (0.8, 2.5)  # pixels
_STRAY_STRENGTH: Final = (0.3, 1.0)  # of full ink
_GAMMA: Final = (0.6, 1.8)
_GAIN: Final = (0.5, 1.0)
_FINER: Final = 4  # stray strokes are drawn on a grid so many times as fine


def damage(images: NDArray[np.uint8], share: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Spoils a share of the images, each in one or two ways; a person can still read nearly all of them.

    Args:
        images: uint8 ``[n, 28, 28]``, ink light on black.
        share: Of the images that are damaged, 0 to 1.
        rng: Source of all random numbers.

    Returns:
        uint8 ``[n, 28, 28]``, a new array.
    """
    damaged = images.copy()
    for index in np.flatnonzero(rng.random(len(images)) < share):
        faults = rng.choice(len(FAULTS), 2 if rng.random() < _TWICE else 1, replace=False)
        for fault in sorted(faults):
            damaged[index] = FAULTS[fault](damaged[index], rng)
    return damaged


def _stray(image: Picture, rng: np.random.Generator) -> Picture:
    """A bent stroke across the picture, as of a neighbour, a ruling that was left over, or a slip of the pen."""
    first, middle, last = rng.uniform(-4, IMAGE_SIZE + 4, (3, 2))
    along = np.linspace(0, 1, 12)[:, None]
    points = (1 - along) ** 2 * first + 2 * along * (1 - along) * middle + along**2 * last
    side, width = IMAGE_SIZE * _FINER, round(rng.uniform(*_STRAY_WIDTH) * _FINER)
    stroke = np.zeros((side, side), np.uint8)
    cv2.polylines(stroke, [np.rint(points * _FINER).astype(np.int32)], False, 255, width, cv2.LINE_AA)
    fine = cv2.resize(stroke, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA)
    return np.maximum(image, (fine * rng.uniform(*_STRAY_STRENGTH)).astype(np.uint8))


def _gaps(image: Picture, rng: np.random.Generator) -> Picture:
    """Small rectangles of one grey, mostly of the ground's: ink that was rubbed off, a reflection, dirt."""
    holed = image.copy()
    for _ in range(rng.integers(*_GAPS, endpoint=True)):
        height, width = rng.integers(*_GAP, 2, endpoint=True)
        top, left = rng.integers(2, IMAGE_SIZE - 2, 2)
        holed[top : top + height, left : left + width] = rng.integers(120) if rng.random() < 1 / 3 else 0
    return holed


def _faint(image: Picture, rng: np.random.Generator) -> Picture:
    """Another transfer curve and less ink."""
    curve = (np.arange(256) / 255) ** rng.uniform(*_GAMMA) * rng.uniform(*_GAIN) * 255
    return np.rint(curve).astype(np.uint8)[image]


def _blur(image: Picture, rng: np.random.Generator) -> Picture:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(*_BLUR)), np.uint8)


def _noise(image: Picture, rng: np.random.Generator) -> Picture:
    return _cut(image + rng.normal(0, rng.uniform(*_NOISE) * 255, image.shape))


def _grain(image: Picture, rng: np.random.Generator) -> Picture:
    """Ink that covers unevenly, as of a pencil or a dry pen."""
    return _cut(image * rng.normal(1, rng.uniform(*_GRAIN), image.shape))


def _cut(values: NDArray[np.float64]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


#: In the order in which they happen: on paper, in the lens, on the sensor.
FAULTS: Final[tuple[Callable[[Picture, np.random.Generator], Picture], ...]] = (
    _stray,
    _gaps,
    _grain,
    _faint,
    _blur,
    _noise,
)
