"""Light, fog and dirt."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_BRIGHTER: Final = 0.5  # of white
_FOG: Final = 3.0  # thickest fog, in whites
_FOG_SIDE: Final = 256  # px of the bank of fog of which the picture sees a corner
_FINER: Final = 1 / 1.4**2  # swing of the fog's details to those of twice the size
_CHUNK: Final = 100  # pictures whose fog is in memory at once
_SPLASHED: Final = (0.65, 0.3)  # mean and spread of the noise that drops come from
_DROP_SIGMA: Final = 1.0  # px
_RIM_SIGMA: Final = 1.5  # px
_OPAQUE: Final = 0.8  # thinner dirt is wiped off
_MUD: Final = 63  # grey level


def brightness(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Half of white on top: the ground is grey, and the ink loses its upper half. uint8 ``[n, 28, 28]`` in and out."""
    return np.minimum(images + _BRIGHTER * 255, 255).round().astype(np.uint8)


def fog(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Fog with up to three times the light of ink; then all as bright as before. uint8 ``[n, 28, 28]`` in and out."""
    foggy = np.empty_like(images)
    side = images.shape[1]
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK] / np.float32(255)
        light = chunk.max(axis=(1, 2), keepdims=True)
        seen = (chunk + _FOG * _fog_banks(len(chunk), rng)[:, :side, :side]) * light / np.maximum(light + _FOG, 1e-6)
        foggy[start : start + _CHUNK] = (255 * np.clip(seen, 0, 1)).round()
    return foggy


def _fog_banks(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Fractal clouds by midpoint displacement (diamond-square; Fournier, Fussell and Carpenter 1982) on a torus.

    Returns:
        float32 ``[count, 256, 256]``, each from 0 to 1.
    """
    banks, swing = np.zeros((count, 1, 1), np.float32), 1.0
    while banks.shape[1] < _FOG_SIDE:
        side = banks.shape[1]
        noise = swing * rng.uniform(-1, 1, (3, count, side, side)).astype(np.float32)
        right, below = np.roll(banks, -1, axis=2), np.roll(banks, -1, axis=1)
        centres = (banks + right + below + np.roll(below, -1, axis=2)) / 4 + noise[0]
        finer = np.empty((count, 2 * side, 2 * side), np.float32)
        finer[:, ::2, ::2], finer[:, 1::2, 1::2] = banks, centres
        finer[:, ::2, 1::2] = (banks + right + centres + np.roll(centres, 1, axis=1)) / 4 + noise[1]
        finer[:, 1::2, ::2] = (banks + below + centres + np.roll(centres, 1, axis=2)) / 4 + noise[2]
        banks, swing = finer, swing * _FINER
    low, high = banks.min(axis=(1, 2), keepdims=True), banks.max(axis=(1, 2), keepdims=True)
    return np.asarray((banks - low) / (high - low), np.float32)


def spatter(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Dark drops of mud lie on the picture. uint8 ``[n, 28, 28]`` in and out."""
    dirty = np.empty_like(images)
    mean, spread = _SPLASHED
    for image, out in zip(images, dirty, strict=True):
        thrown = cv2.GaussianBlur(rng.normal(mean, spread, image.shape), (0, 0), _DROP_SIGMA)
        cover = cv2.GaussianBlur((thrown > mean).astype(np.float32), (0, 0), _RIM_SIGMA)
        cover = np.where(cover < _OPAQUE, 0, cover)
        out[:] = (image * (1 - cover) + _MUD * cover).round()
    return dirty
