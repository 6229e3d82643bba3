"""Statistics of latency samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

PERCENTILE_METHOD: Final = (
    "nearest rank: the smallest sample that at least that share of all samples does not exceed, so each figure is a time "
    "that really occurred"
)
NS_PER_US: Final = 1000.0
RESAMPLES: Final = 10_000


@dataclass(frozen=True)
class LatencySummary:
    """Latency of one call in µs, over all samples; none is dropped.

    Attributes:
        n: Number of samples.
        mean_us: Arithmetic mean.
        p50_us: Half of the calls took no longer.
        p90_us: 90 % of the calls took no longer.
        p95_us: 95 % of the calls took no longer.
        p99_us: 99 % of the calls took no longer.
        max_us: The longest call.
    """

    n: int
    mean_us: float
    p50_us: float
    p90_us: float
    p95_us: float
    p99_us: float
    max_us: float


def summarize(samples_ns: Sequence[int] | npt.NDArray[np.int64]) -> LatencySummary:
    """Summarizes samples in ns, at least one; percentiles by nearest rank."""
    ordered = np.sort(np.asarray(samples_ns, np.int64)) / NS_PER_US
    percentiles = {f"p{percent}_us": nearest_rank(ordered, percent) for percent in (50, 90, 95, 99)}
    return LatencySummary(n=len(ordered), mean_us=float(ordered.mean()), max_us=float(ordered[-1]), **percentiles)


def nearest_rank(ordered: npt.NDArray[np.float64], percent: float) -> float:
    """The percentile of samples in ascending order: the one at rank ``ceil(percent / 100 * n)``, counted from 1.

    Args:
        ordered: At least one sample.
        percent: From 0 to 100, with at most one decimal.
    """
    permille = round(10 * percent)  # in whole numbers: 0.95 * 20 is a little more than 19
    rank = -(-permille * len(ordered) // 1000)
    return float(ordered[max(rank, 1) - 1])


@dataclass(frozen=True)
class Ratio:
    """A ratio of two latencies with its bootstrap interval.

    Attributes:
        value: Median over the rounds of the ratio within a round.
        low: Lower end of the 95 % interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


def ratio_of_rounds(measured: Sequence[float], reference: Sequence[float], *, seed: int = 0) -> Ratio:
    """Compares two engines that were measured in the same rounds.

    The ratio is taken within each round, so that what slows a whole round down cancels. The interval is the percentile
    bootstrap (Efron 1979) over the rounds: samples within one process are not independent, rounds nearly are.

    Args:
        measured: One latency a round, for instance each round's p50.
        reference: The reference's latency in the same rounds.
        seed: Seed of the resampling.
    """
    ratios = np.asarray(measured, np.float64) / np.asarray(reference, np.float64)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(ratios), (RESAMPLES, len(ratios)))
    low, high = np.percentile(np.median(ratios[draws], axis=1), (2.5, 97.5))
    return Ratio(float(np.median(ratios)), float(low), float(high))
