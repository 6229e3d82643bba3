"""The digit leans, shrinks, turns or lies elsewhere: affine changes about the middle of the picture."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_LEAN: Final = 0.4  # radians
_TURN: Final = 0.4  # radians
_SMALLER: Final = 0.7  # of the size
_AWAY: Final = 3  # px, along both axes

Matrix = tuple[tuple[float, float], tuple[float, float]]


def shear(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Leans to either side, by sin 0.4 of the height, and is taller by 1 / cos 0.4. uint8 ``[n, 28, 28]`` in and out."""
    return np.array(
        [_seen(image, ((1, -sign * math.sin(_LEAN)), (0, math.cos(_LEAN)))) for image, sign in _signed(images, rng)]
    ).reshape(images.shape)


def rotate(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A turn by 0.4 radians (23 degrees) to either side. uint8 ``[n, 28, 28]`` in and out."""
    cos, sin = math.cos(_TURN), math.sin(_TURN)
    return np.array(
        [_seen(image, ((cos, -sign * sin), (sign * sin, cos))) for image, sign in _signed(images, rng)]
    ).reshape(images.shape)


def scale(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Seven tenths of the size. uint8 ``[n, 28, 28]`` in and out."""
    return np.array([_seen(image, ((1 / _SMALLER, 0), (0, 1 / _SMALLER))) for image in images]).reshape(images.shape)


def translate(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Three pixels away along both axes; what leaves the picture is lost. uint8 ``[n, 28, 28]`` in and out."""
    side = images.shape[1]
    padded = np.pad(images, ((0, 0), (_AWAY, _AWAY), (_AWAY, _AWAY)))
    corners = rng.integers(0, 2, (len(images), 2)) * 2 * _AWAY
    return np.array(
        [image[top : top + side, left : left + side] for image, (top, left) in zip(padded, corners, strict=True)]
    ).reshape(images.shape)


def _signed(images: NDArray[np.uint8], rng: np.random.Generator) -> zip[tuple[NDArray[np.uint8], int]]:
    return zip(images, rng.choice([-1, 1], len(images)).tolist(), strict=True)


def _seen(image: NDArray[np.uint8], to_source: Matrix) -> NDArray[np.uint8]:
    """The picture whose pixel at a place is that of ``image`` at ``to_source`` times the place, both from the middle."""
    matrix = np.array(to_source)
    middle = (image.shape[0] - 1) / 2
    shift = middle - matrix @ (middle, middle)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, np.column_stack((matrix, shift)), image.shape[::-1], flags=flags), np.uint8)
