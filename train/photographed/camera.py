"""Ink on paper, in whatever light, by whatever camera: a small picture of one digit."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.composing.fields import Field, ramp
from mnist_edge.train.photographed.grain import Grain

_SCREEN: Final = 0.15  # share of pictures that were never on paper: a paint program's or a canvas's
_HARD: Final = 0.4  # share of these without soft edges
_INK: Final = (150.0, 255.0)  # grey levels between their ink and ground
_PAPER: Final = (90.0, 252.0)  # grey of the paper
_CONTRAST: Final = (0.12, 0.95)  # of ink against paper, as a share of the paper's grey
_FALL: Final = 0.35  # largest loss of light from one side to the other
_SHADOWED: Final = 0.12  # share of pictures with the edge of a shadow
_SHADOW: Final = (0.1, 0.35)  # of the light that it takes
_EDGE: Final = (4.0, 40.0)  # steepness of its edge, per side of the picture
_SOFTNESS: Final = (0.3, 2.6)  # blur, in px of a digit of 100 px
_NOISE: Final = (0.3, 5.0)  # standard deviation
_LEAST_CONTRAST: Final = 10.0  # in standard deviations of the noise
_GRAINY: Final = 0.25  # share of pencils and chalks
_GRAIN: Final = (0.15, 0.6)  # of the ink that the roughness of the paper takes away
_DRY: Final = 0.08  # share of pens that fail here and there
_DRYNESS: Final = (0.9, 1.9)  # standard deviations: where the paper is rougher, the pen fails
_COMPRESSED: Final = 0.3
_QUALITY: Final = (25, 90)  # of JPEG


def take_picture(
    ink: NDArray[np.uint8], height: float, grain: Grain, rng: np.random.Generator, *, is_bright: bool = False
) -> NDArray[np.uint8]:
    """Takes a picture of ink.

    Args:
        ink: uint8 ``[h, w]``, 0 to 255, at the size of the picture.
        height: Of the digit in pixels.
        grain: Noise.
        rng: Source of all other random numbers.
        is_bright: Bright ink on dark ground, not the other way round.

    Returns:
        uint8 ``[h, w]`` gray.
    """
    cover = ink.astype(np.float32) / np.float32(255)
    if rng.random() < _SCREEN:
        grey = _on_screen(cover, rng)
    else:
        grey = _on_paper(_worn(cover, height, grain, rng), height, grain, rng)
    if is_bright:
        grey = 255 - grey
    picture = np.asarray(np.clip(grey, 0, 255), np.uint8)
    if rng.random() < _COMPRESSED:
        stored = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*_QUALITY))])[1]
        picture = np.asarray(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE), np.uint8)
    return picture


def _on_screen(cover: Field, rng: np.random.Generator) -> Field:
    """Full ink, now and then with hard edges."""
    if rng.random() < _HARD:
        cover = (cover > 0.5).astype(np.float32)
    return np.asarray(255 - cover * np.float32(rng.uniform(*_INK)), np.float32)


def _on_paper(cover: Field, height: float, grain: Grain, rng: np.random.Generator) -> Field:
    rows, columns = cover.shape
    light = 1 - np.float32(rng.uniform(0, _FALL)) * (ramp(rows, columns, rng.uniform(0, 2 * np.pi)) + np.float32(0.5))
    if rng.random() < _SHADOWED:
        edge = ramp(rows, columns, rng.uniform(0, 2 * np.pi)) - np.float32(rng.uniform(-0.3, 0.3))
        light *= 1 - np.float32(rng.uniform(*_SHADOW)) * np.clip(
            edge * np.float32(rng.uniform(*_EDGE)) + np.float32(0.5), 0, 1
        )
    paper, contrast = rng.uniform(*_PAPER), float(np.exp(rng.uniform(*np.log(_CONTRAST))))
    grey = light * (np.float32(paper) - np.float32(paper * contrast) * cover)
    blur = max(0.3, rng.uniform(*_SOFTNESS) * height / 100)
    grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), blur), np.float32)
    noise = min(float(np.exp(rng.uniform(*np.log(_NOISE)))), contrast * paper / _LEAST_CONTRAST)
    field = grain.lumpy(rows, columns, 2.5) if rng.random() < 0.5 else grain.white(rows, columns)
    return np.asarray(grey + np.float32(noise) * field, np.float32)


def _worn(cover: Field, height: float, grain: Grain, rng: np.random.Generator) -> Field:
    """Takes away what the paper's grain and a dry pen leave out."""
    rows, columns = cover.shape
    if rng.random() < _GRAINY:
        rough = grain.lumpy(rows, columns, 0.03 * height)
        cover = cover * np.clip(1 - np.float32(rng.uniform(*_GRAIN)) * (np.float32(0.55) + rough), 0.05, 1)
    if rng.random() < _DRY:
        lumps = grain.lumpy(rows, columns, 0.1 * height)
        cover = cover * np.clip((np.float32(rng.uniform(*_DRYNESS)) - lumps) * 3 + np.float32(0.5), 0.05, 1)
    return np.asarray(cover, np.float32)
