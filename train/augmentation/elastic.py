"""Smooth random displacements, as if a hand had written the digit once more."""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import IMAGE_SIZE

# Pixels: what Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual document
# analysis" (ICDAR 2003), found best for MNIST.
SMOOTHING: Final = 4.0


def elastic_displacement(n: int, rms: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draws displacements by the method of Simard, Steinkraus and Platt (2003): white noise under a Gaussian filter.

    Other than there, the mean of each displacement is taken out: it would move the digit as a whole, which is another
    option's work.

    Args:
        n: Images.
        rms: Root mean square length of the displacement in pixels, expected over pixels and images; some images are bent
            more and some less.
        rng: Source of the white noise.

    Returns:
        float32 ``[n, 2, 28, 28]``: along x and along y, in pixels.
    """
    smooth, left = _smoother()
    white = rng.random((n, 2, IMAGE_SIZE, IMAGE_SIZE), dtype=np.float32)
    white -= np.float32(0.5)
    white *= np.float32(math.sqrt(12.0))  # to variance 1
    field: NDArray[np.float32] = smooth @ (white @ smooth.T)  # the Gaussian is separable: along the columns, along the rows
    field -= field.mean(axis=(2, 3), keepdims=True)
    field *= np.float32(rms / math.sqrt(2 * left))  # two axes share the length
    return field


@functools.cache
def _smoother() -> tuple[NDArray[np.float32], float]:
    """The Gaussian filter as a matrix that keeps variance 1 up to the borders, and the variance left without the mean."""
    along = np.arange(IMAGE_SIZE)
    matrix = np.exp(-((along[:, None] - along) ** 2) / (2 * SMOOTHING**2))
    matrix /= np.sqrt((matrix**2).sum(axis=1, keepdims=True))
    variance_of_mean = (matrix.mean(axis=0) ** 2).sum() ** 2
    return matrix.astype(np.float32), float(1 - variance_of_mean)
