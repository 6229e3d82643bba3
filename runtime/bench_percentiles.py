"""How far a percentile can be trusted: distribution-free intervals from the ranks of the samples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.runtime.bench_stats import NS_PER_US, nearest_rank

CONFIDENCE: Final = 0.95
PERCENTS: Final = (50.0, 90.0, 95.0, 99.0, 99.9)
BOUNDS_METHOD: Final = (
    f"{CONFIDENCE:.0%} interval of each percentile from binomial ranks, whatever the distribution; it takes the calls as "
    "independent, so disturbances that last make it too narrow, and the p50 by round says more"
)
_WINDOW: Final = 12  # standard deviations around the mean; what lies outside is less than 1e-30


@dataclass(frozen=True)
class Percentile:
    """A percentile of the calls that were timed, and what it says of all calls to come.

    Attributes:
        percent: Which one.
        value_us: In the sample, by nearest rank.
        low_us: Lower end of its 95 % interval; ``None`` if the sample is too small to have one.
        high_us: Upper end; ``None`` likewise: then nobody knows how long the slowest of them take.
        least_samples: Samples that it takes to have both ends.
    """

    percent: float
    value_us: float
    low_us: float | None
    high_us: float | None
    least_samples: int

    @property
    def name(self) -> str:
        """``p50`` or ``p99.9``."""
        return f"p{self.percent:g}"

    @property
    def is_bounded(self) -> bool:
        """Whether the sample is large enough for both ends."""
        return self.low_us is not None and self.high_us is not None


def percentiles_of(
    samples_ns: Sequence[int] | npt.NDArray[Any], percents: Iterable[float] = PERCENTS
) -> tuple[Percentile, ...]:
    """Percentiles of samples in ns, at least one, by nearest rank, each with its interval.

    Args:
        samples_ns: Durations of calls.
        percents: Above 0 and below 100, with at most one decimal.
    """
    ordered = np.sort(np.asarray(samples_ns, np.int64)) / NS_PER_US
    return tuple(_percentile(ordered, percent) for percent in percents)


def _percentile(ordered: npt.NDArray[np.float64], percent: float) -> Percentile:
    low, high = interval_ranks(len(ordered), percent / 100)
    return Percentile(
        percent=percent,
        value_us=nearest_rank(ordered, percent),
        low_us=None if low is None else float(ordered[low - 1]),
        high_us=None if high is None else float(ordered[high - 1]),
        least_samples=least_samples(percent / 100),
    )


def interval_ranks(n: int, share: float, confidence: float = CONFIDENCE) -> tuple[int | None, int | None]:
    """Ranks of the samples between which a quantile lies, with at most half of the doubt on each side.

    The number of samples below the quantile is binomial, so that ``P(x[low] <= quantile <= x[high])`` is a sum of its
    probabilities and does not depend on the distribution (David and Nagaraja, Order Statistics, 2003, section 7.1).

    Args:
        n: Number of independent samples, 1 or more.
        share: The quantile, between 0 and 1.
        confidence: Probability that the interval holds it, at least.

    Returns:
        The highest ``low`` and the lowest ``high`` that keep the promise, counted from 1; ``None`` where there is none.
    """
    half = (1 - confidence) / 2
    first, cumulated = _binomial(n, share)
    low = first + int(np.searchsorted(cumulated, half, side="right"))  # so many k have P(B <= k) <= half
    high = first + int(np.searchsorted(cumulated, 1 - half, side="left")) + 1
    return (low or None), (high if high <= n else None)


def _binomial(n: int, share: float) -> tuple[int, npt.NDArray[np.float64]]:
    """A number ``first`` and ``P(B <= first + i)`` for a binomial ``B``, around its mean."""
    mean, spread = n * share, math.sqrt(n * share * (1 - share))
    first = max(0, math.floor(mean - _WINDOW * spread - _WINDOW))
    last = min(n, math.ceil(mean + _WINDOW * spread + _WINDOW))
    k = np.arange(first, last, dtype=np.float64)
    steps = np.log(n - k) - np.log(k + 1) + math.log(share / (1 - share))  # from each probability to the next one
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    weights = np.exp(logs - logs.max())
    return first, np.cumsum(weights) / weights.sum()


def least_samples(share: float, confidence: float = CONFIDENCE) -> int:
    """Independent samples below which the interval of a quantile lacks an end.

    Without an upper end all samples may lie below the quantile: that happens with probability ``share ** n``.
    """
    farther = max(share, 1 - share)
    return math.ceil(math.log((1 - confidence) / 2) / math.log(farther))
