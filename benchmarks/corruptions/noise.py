"""Noise of few photons and of broken pixels."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_PHOTONS: Final = 3.0  # that a white pixel counts on average
_BROKEN: Final = 0.17  # of the pixels


def shot_noise(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Every pixel counts photons, three where it is white: Poisson noise. uint8 ``[n, 28, 28]`` in and out."""
    counts = rng.poisson(images / 255 * _PHOTONS)
    return np.minimum(np.round(counts * (255 / _PHOTONS)), 255).astype(np.uint8)


def impulse_noise(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """About one pixel in six is broken, black or white: salt and pepper. uint8 ``[n, 28, 28]`` in and out."""
    luck = rng.random(images.shape)
    return np.select([luck < _BROKEN / 2, luck < _BROKEN], [np.uint8(0), np.uint8(255)], images).astype(np.uint8)
