"""Noise as of a poor sensor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import VALUE_RANGES


def add_noise(images: NDArray[np.uint8], std: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Adds Gaussian noise to every pixel and cuts what leaves the range.

    Args:
        images: uint8 ``[n, 28, 28]``.
        std: Standard deviation as a share of full scale; near black and white the cut halves the noise.
        rng: Source of the noise.

    Returns:
        uint8 ``[n, 28, 28]``.
    """
    darkest, lightest = VALUE_RANGES["uint8"]
    noisy = rng.standard_normal(images.shape, dtype=np.float32)
    noisy *= np.float32(std * lightest)
    noisy += images
    return np.clip(np.rint(noisy, out=noisy), darkest, lightest, out=noisy).astype(np.uint8)
