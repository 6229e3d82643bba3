"""Random fields: smooth noise and ramps, the stuff of paper, light and dry ink."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def white_noise(height: int, width: int, rng: np.random.Generator) -> Field:
    """Independent normal numbers, float32 ``[height, width]``."""
    return rng.standard_normal((height, width), np.float32)


def smooth_noise(height: int, width: int, grain: float, rng: np.random.Generator) -> Field:
    """Noise with lumps of about ``grain`` pixels, mean 0, standard deviation 1, float32 ``[height, width]``.

    Coarse noise is made small and enlarged, so that a field of many megapixels costs little.
    """
    step = max(1, int(grain / 2.5))
    small = white_noise(-(-height // step) + 2, -(-width // step) + 2, rng)
    sigma = grain / step / 2
    if sigma > 0.3:
        small = np.asarray(cv2.GaussianBlur(small, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float32)
    small = (small - small.mean()) / max(float(small.std()), 1e-6)
    if step == 1:
        return np.ascontiguousarray(small[:height, :width])
    large = cv2.resize(small, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(large[:height, :width])


def coordinates(height: int, width: int) -> tuple[Field, Field]:
    """Columns ``[1, width]`` and rows ``[height, 1]`` from -0.5 to 0.5, in units of the longer side."""
    longer = max(height, width)
    columns = (np.arange(width, dtype=np.float32)[None, :] - (width - 1) / 2) / longer
    rows = (np.arange(height, dtype=np.float32)[:, None] - (height - 1) / 2) / longer
    return columns.astype(np.float32), rows.astype(np.float32)


def ramp(height: int, width: int, angle: float) -> Field:
    """A plane that rises in a direction (radians), float32 ``[height, width]``, about -0.5 to 0.5."""
    columns, rows = coordinates(height, width)
    return np.float32(np.cos(angle)) * columns + np.float32(np.sin(angle)) * rows


def enlarged(field: NDArray[np.float32], height: int, width: int) -> Field:
    """A small field brought to size, smoothly."""
    return np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def small_shape(height: int, width: int, longest: int = 160) -> tuple[int, int]:
    """Height and width of a small picture of the same shape, for fields that are smooth anyway."""
    factor = min(1.0, longest / max(height, width))
    return max(2, round(height * factor)), max(2, round(width * factor))
