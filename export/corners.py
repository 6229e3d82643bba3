"""Artificial inputs at the edges of what a network can be fed: where scaling, padding and saturation go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import IMAGE_SIZE

SEED: Final = 20260712
NOISE_IMAGES: Final = 32
INVERTED_DIGITS: Final = 32


@dataclass(frozen=True, eq=False)
class CornerInputs:
    """Corner inputs and what to call them.

    Attributes:
        names: One name per picture, for reports.
        images: uint8 ``[k, 28, 28, 1]``, 0 to 255.
    """

    names: tuple[str, ...]
    images: npt.NDArray[np.uint8]


def corner_inputs(digits: npt.NDArray[np.uint8], *, seed: int = SEED) -> CornerInputs:
    """Makes the corner inputs: constant, single pixels, checkerboard, gradients, noise, inverted and thresholded digits.

    The same digits and seed give the same pictures.

    Args:
        digits: uint8 ``[n, 28, 28]`` or ``[n, 28, 28, 1]``, white ink on black; some are inverted.
        seed: Seed of the noise and of the choice of digits.
    """
    random = np.random.default_rng(seed)
    size = IMAGE_SIZE
    parts: dict[str, npt.NDArray[np.uint8]] = {}
    for value in (0, 1, 127, 128, 254, 255):
        parts[f"all {value}"] = np.full((1, size, size), value, np.uint8)
    parts["single pixel"] = (np.eye(size * size, dtype=np.uint8) * np.uint8(255)).reshape(-1, size, size)
    rows, columns = np.indices((size, size))
    parts["checkerboard"] = ((rows + columns) % 2 * 255).astype(np.uint8)[None]
    ramp = np.linspace(0, 255, size).round().astype(np.uint8)
    across = np.broadcast_to(ramp, (size, size))
    diagonal = ((rows + columns) * 255 // (2 * size - 2)).astype(np.uint8)
    parts["gradient"] = np.stack([across, across[:, ::-1], across.T, across.T[::-1], diagonal, diagonal[::-1]])
    parts["noise"] = random.integers(0, 256, (NOISE_IMAGES, size, size), dtype=np.uint8)
    parts["black and white noise"] = random.integers(0, 2, (NOISE_IMAGES, size, size), dtype=np.uint8) * np.uint8(255)
    chosen = random.choice(len(digits), min(INVERTED_DIGITS, len(digits)), replace=False)
    some = digits[chosen].reshape(-1, size, size)
    parts["inverted digit"] = 255 - some
    parts["thresholded digit"] = np.where(some > 127, np.uint8(255), np.uint8(0))
    names = tuple(name if len(images) == 1 else f"{name} {i}" for name, images in parts.items() for i in range(len(images)))
    return CornerInputs(names, np.concatenate(list(parts.values()))[..., None])
