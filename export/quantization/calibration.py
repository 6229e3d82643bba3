"""The range of every activation, from what real digits make of it.

All methods read the same histograms, so that one pass over the digits serves them all:

- ``minmax``: everything that occurred.
- ``percentile``: all but a ten-thousandth of the values; the rest is clipped.
- ``entropy``: the clipping whose 8-bit histogram diverges least from the true one (Migacz, "8-bit inference with TensorRT",
  2017).
- ``mse``: the clipping with the least mean squared error of rounding and clipping together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.dataset import Dataset
from mnist_edge.export.layers import encode, tensor_values

if TYPE_CHECKING:
    from onnx import ModelProto

UInt8Array = npt.NDArray[np.uint8]
Range = tuple[float, float]

VALIDATION_SHARE: Final = 0.1  # the rule of the training: the last tenth of the training pictures is not learned from
_BINS: Final = 2048
_LEVELS: Final = 256
_CLIPPED: Final = 1e-4
_SHRINKS: Final = np.linspace(1.0, 0.3, 71)
_BATCH: Final = 256
_STREAM: Final = 8  # random numbers of their own


@dataclass(frozen=True, eq=False)
class Digits:
    """Pictures with labels.

    Attributes:
        images: uint8 ``[n, 28, 28, 1]``, white ink on black.
        labels: uint8 ``[n]``, 0 to 9.
        first: Place of the first one among the training pictures.
    """

    images: UInt8Array
    labels: UInt8Array
    first: int = 0


def validation_digits(dataset: Dataset) -> Digits:
    """The last tenth of the training pictures, at least one: what choices and gate are measured on."""
    first = _border(dataset)
    return Digits(dataset.x_train[first:, ..., np.newaxis], dataset.y_train[first:], first)


def calibration_digits(dataset: Dataset, count: int, seed: int) -> UInt8Array:
    """A random sample of the pictures before the validation digits, without repetition.

    Args:
        dataset: Its training pictures are drawn from.
        count: How many; fewer if there are not so many.
        seed: Seed of the draw.

    Returns:
        uint8 ``[count, 28, 28, 1]``.
    """
    count = min(count, available_digits(dataset))
    chosen = np.random.default_rng([seed, _STREAM]).choice(available_digits(dataset), count, replace=False)
    return dataset.x_train[np.sort(chosen), ..., np.newaxis]


def available_digits(dataset: Dataset) -> int:
    """How many pictures there are to calibrate with."""
    return max(1, _border(dataset))


def _border(dataset: Dataset) -> int:
    count = len(dataset.x_train)
    return min(int(np.floor(count * (1.0 - VALIDATION_SHARE))), count - 1)


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often which values occur in a tensor.

    Attributes:
        lowest: The smallest value, or 0 if that is smaller: 0 must have a number of its own.
        highest: The largest value, or 0.
        counts: int64 ``[2048]``, from lowest to highest.
    """

    lowest: float
    highest: float
    counts: npt.NDArray[np.int64]

    @property
    def centres(self) -> npt.NDArray[np.float64]:
        """The value in the middle of each bin, ``[2048]``."""
        edges = np.linspace(self.lowest, self.highest, len(self.counts) + 1)
        return (edges[:-1] + edges[1:]) / 2


def observe(model: ModelProto, tensors: Sequence[str], images: UInt8Array, input_dtype: str) -> dict[str, Histogram]:
    """Runs a model and counts the values of tensors inside it.

    Args:
        model: A float model with one input, ``image``.
        tensors: Names of float tensors that have the batch as first dimension.
        images: uint8 ``[n, 28, 28, 1]``.
        input_dtype: Of the model: ``"uint8"`` or ``"float32"``.
    """
    chunks = [encode(images[start : start + _BATCH], input_dtype) for start in range(0, len(images), _BATCH)]
    borders = dict.fromkeys(tensors, (0.0, 0.0))
    for chunk in chunks:
        for name, value in tensor_values(model, tensors, chunk).items():
            low, high = borders[name]
            borders[name] = min(low, float(value.min())), max(high, float(value.max()))
    counts = {name: np.zeros(_BINS, np.int64) for name in tensors}
    for chunk in chunks:
        for name, value in tensor_values(model, tensors, chunk).items():
            counts[name] += np.histogram(value, _BINS, _open(borders[name]))[0]
    return {name: Histogram(*_open(borders[name]), counts[name]) for name in tensors}


def _open(border: Range) -> Range:
    """A tensor that is constantly 0 still needs a scale."""
    return border if border[1] > border[0] else (0.0, 1.0)


def find_range(histogram: Histogram, method: str) -> Range:
    """The lowest and the highest value that shall have a number; what lies beyond is clipped.

    Args:
        histogram: Of the tensor.
        method: One of :data:`~mnist_edge.export.quantization.presets.METHODS`.
    """
    return _FINDERS[method](histogram)


def _minmax(histogram: Histogram) -> Range:
    return histogram.lowest, histogram.highest


def _percentile(histogram: Histogram) -> Range:
    below = np.cumsum(histogram.counts) / histogram.counts.sum()
    edges = np.linspace(histogram.lowest, histogram.highest, len(below) + 1)
    sides = 2 if histogram.lowest < 0 < histogram.highest else 1
    low = edges[np.searchsorted(below, _CLIPPED / sides)] if histogram.lowest < 0 else 0.0
    high = edges[np.searchsorted(below, 1 - _CLIPPED / sides) + 1] if histogram.highest > 0 else 0.0
    return min(float(low), 0.0), max(float(high), 0.0)


def _mse(histogram: Histogram) -> Range:
    centres, weights = histogram.centres, histogram.counts
    return _best_shrink(histogram, lambda low, high: float(weights @ (centres - _rounded(centres, low, high)) ** 2))


def _rounded(values: npt.NDArray[np.float64], low: float, high: float) -> npt.NDArray[np.float64]:
    scale = (high - low) / (_LEVELS - 1)
    return np.clip(np.rint((values - low) / scale), 0, _LEVELS - 1) * scale + low


def _entropy(histogram: Histogram) -> Range:
    centres, counts = histogram.centres, histogram.counts.astype(np.float64)
    if histogram.lowest == 0:
        counts[0] = 0  # what a Relu cut off is exact in any range

    def divergence(low: float, high: float) -> float:
        inside = (centres >= low) & (centres <= high)
        true = np.where(inside, counts, 0.0)
        clipped = true.copy()
        clipped[np.flatnonzero(inside)[-1]] += counts[centres > high].sum()
        clipped[np.flatnonzero(inside)[0]] += counts[centres < low].sum()
        level = np.clip(((centres - low) / (high - low) * _LEVELS).astype(int), 0, _LEVELS - 1)
        filled = inside & (true > 0)
        total = np.bincount(level, np.where(filled, true, 0), _LEVELS)
        share = np.bincount(level, filled, _LEVELS)
        merged = np.where(filled, total[level] / np.maximum(share[level], 1), 0)
        return _kullback_leibler(clipped, merged)

    return _best_shrink(histogram, divergence)


def _kullback_leibler(true: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    if not true.sum() or not other.sum():
        return np.inf
    p, q = true / true.sum(), other / other.sum()
    both = p > 0
    return float(np.sum(p[both] * np.log(p[both] / np.maximum(q[both], 1e-9))))


def _best_shrink(histogram: Histogram, cost: Callable[[float, float], float]) -> Range:
    """The share of the whole range with the least cost; of equal ones the widest."""
    costs = [cost(histogram.lowest * shrink, histogram.highest * shrink) for shrink in _SHRINKS]
    best = float(_SHRINKS[int(np.argmin(costs))])
    return histogram.lowest * best, histogram.highest * best


_FINDERS: Final[dict[str, Callable[[Histogram], Range]]] = {
    "minmax": _minmax,
    "percentile": _percentile,
    "entropy": _entropy,
    "mse": _mse,
}
