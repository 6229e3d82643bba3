"""What stands out from the paper: background, noise level, local ink strength."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_LARGE: Final = 1 << 19  # pixels
_SAMPLE: Final = 10_000  # pixels are plenty for a histogram
_FLOOR: Final = 5  # grey levels of 255; less is quantization, not ink
_NOISE_FACTOR: Final = 4.5  # ink exceeds the median by so many standard deviations of the background
_LEVELS: Final = np.arange(256, dtype=np.float32)
_REACH: Final = 6.0  # stroke widths: ink of about one strength
_CELLS: Final = 40  # at most so many cells along the long side for the local strength


@dataclass(frozen=True)
class NoiseLevel:
    """The background's statistics in a difference plane, in grey levels.

    Attributes:
        median: Of the background.
        spread: Median minus 16th percentile: one standard deviation of Gaussian noise.
        cut: More than this is not noise.
        beyond: Mean over all pixels of what exceeds the cut.
    """

    median: int
    spread: int
    cut: int
    beyond: float

    def with_cut(self, factor: float) -> NoiseLevel:
        """The same with a cut so many spreads above the median."""
        return replace(self, cut=min(255, self.median + max(_FLOOR, round(factor * self.spread))))


def halve(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Averages blocks of two by two pixels, uint8 ``[h, w]`` or ``[h, w, 3]``; see :func:`reduce_by`."""
    return reduce_by(plane, 2)


def reduce_by(plane: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Averages square blocks of pixels, uint8 ``[h, w]`` or ``[h, w, 3]``.

    Of a large plane, rows and columns that fill no block are left out: with them the factor is no whole number, and OpenCV
    takes up to thirty times as long; boxes may then be off by a pixel or two. A smaller one is averaged to its last row,
    which takes some tenths of a millisecond.
    """
    rows, columns = max(1, plane.shape[0] // factor), max(1, plane.shape[1] // factor)
    if plane.shape[0] * plane.shape[1] > _LARGE:
        plane = plane[: factor * rows, : factor * columns]
    return np.asarray(cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def difference_from_mean(plane: NDArray[np.uint8], window: int) -> NDArray[np.float32]:
    """Each pixel of uint8 ``[h, w]`` or ``[h, w, 3]`` less the mean of a square around it, float32 of the same shape."""
    mean = cv2.boxFilter(plane, cv2.CV_32F, (window, window), borderType=cv2.BORDER_REFLECT)
    return np.asarray(np.subtract(plane, mean, dtype=np.float32), np.float32)


def above(plane: NDArray[np.uint8], level: float, value: int = 255) -> NDArray[np.uint8]:
    """``value`` where uint8 ``[h, w]`` exceeds ``level``, 0 elsewhere."""
    return np.asarray(cv2.threshold(plane, level, value, cv2.THRESH_BINARY)[1], np.uint8)


def odd(width: float) -> int:
    """The nearest odd whole number from 3 on."""
    return max(3, round(width)) | 1


def stand_out(dark: NDArray[np.uint8], square: int) -> NDArray[np.uint8]:
    """How much darker each pixel is than the background, which is what a closing with a square leaves.

    The closing fills whatever a square of this side cannot enter, and follows the edges of shadows, which are wider,
    exactly (bottom-hat transform, Meyer 1979).

    Args:
        dark: uint8 ``[h, w]``, ink dark.
        square: Side in pixels, odd, wider than the strokes.

    Returns:
        uint8 ``[h, w]``, 0 for background.
    """
    return np.asarray(cv2.subtract(paper(dark, square), dark), np.uint8)


def paper(dark: NDArray[np.uint8], square: int) -> NDArray[np.uint8]:
    """The background, see :func:`stand_out`.

    What lies outside the picture is left out of account. A white surrounding would make ink of light that falls off
    towards the frame, and a repeated border would make paper of strokes along the frame.
    """
    return np.asarray(cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((square, square), np.uint8)), np.uint8)


def noise_level(difference: NDArray[np.uint8]) -> NoiseLevel:
    """Tells the noise of the background by a histogram of a difference plane, uint8 ``[h, w]``."""
    step = max(1, round((difference.size / _SAMPLE) ** 0.5))
    down = step + 1 if step > 1 or difference.size > _SAMPLE else 1
    sample = difference[::down] if step == 1 else np.ascontiguousarray(difference[::down, ::step])
    histogram = cv2.calcHist([sample], [0], None, [256], [0, 256]).ravel()
    low, median = histogram.cumsum().searchsorted((0.16 * sample.size, 0.5 * sample.size)).tolist()
    spread = median - low
    cut = min(255, median + max(_FLOOR, round(_NOISE_FACTOR * spread)))
    beyond = float(histogram[cut:] @ _LEVELS[: 256 - cut]) / sample.size
    return NoiseLevel(median, spread, cut, beyond)


def local_level(difference: NDArray[np.uint8], stroke: float, least: float) -> NDArray[np.uint8]:
    """Ink strength around each pixel, so that faint and strong ink in one picture both come out complete.

    Args:
        difference: uint8 ``[h, w]``, see :func:`stand_out`.
        stroke: Usual stroke width in pixels.
        least: Lower bound in grey levels.

    Returns:
        uint8 ``[h, w]``, at least ``least``.
    """
    height, width = difference.shape
    cell = max(1, min(round(_REACH * stroke), height, width), -(-max(height, width) // _CELLS))
    rows, columns = -(-height // cell), -(-width // cell)
    padded = cv2.copyMakeBorder(difference, 0, rows * cell - height, 0, columns * cell - width, cv2.BORDER_REPLICATE)
    peaks = np.ascontiguousarray(
        padded.reshape(rows, cell, columns * cell).max(axis=1).reshape(rows, columns, cell).max(axis=2)
    )
    near = cv2.blur(cv2.dilate(peaks, np.ones((3, 3), np.uint8)), (3, 3))
    near = np.maximum(near, np.uint8(min(255.0, np.ceil(least)))).astype(np.uint8)
    return np.asarray(cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
