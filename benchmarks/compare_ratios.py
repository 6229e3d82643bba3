"""Ratios of what was measured in the same rounds, and what they show."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any, Final, Literal

from mnist_edge.runtime.bench_stats import Ratio, ratio_of_rounds, summarize
from mnist_edge.runtime.bench_verdict import NO_DIFFERENCE

Rounds = dict[int, dict[str, Any]]
Verdict = Literal["faster", "slower", "no difference shown", "too few rounds", "machine not quiet"]
# With 3 rounds the 95 % bootstrap interval of a median holds the true one in 78 % of the cases only, with 4 in 90 %.
LEAST_ROUNDS: Final = 6


def verdict(ratio: Ratio, rounds: int, *, is_quiet: bool = True) -> Verdict:
    """What a ratio of two times shows; no winner where its interval holds 1, or where the difference is not worth a word.

    Args:
        ratio: With its interval.
        rounds: How many it rests on.
        is_quiet: Whether the machine was quiet meanwhile.
    """
    if rounds < LEAST_ROUNDS:
        return "too few rounds"
    if not is_quiet:
        return "machine not quiet"
    if ratio.low <= 1 <= ratio.high or abs(ratio.value - 1) <= NO_DIFFERENCE:
        return "no difference shown"
    return "faster" if ratio.value < 1 else "slower"


def common_ratio(measured: dict[int, float], reference: dict[int, float]) -> tuple[Ratio, int] | None:
    """Of the rounds in which both were measured, and how many these are."""
    common = [number for number in measured if number in reference]
    if not common:
        return None
    pair = [[rounds[number] for number in common] for rounds in (measured, reference)]
    return ratio_of_rounds(*pair), len(common)


def round_percentiles(rounds: Rounds, name: str = "p50_us") -> dict[int, float]:
    """A percentile of each round in µs."""
    return {number: float(getattr(summarize(each["times_ns"]), name)) for number, each in rounds.items()}


@dataclass(frozen=True)
class Throughput:
    """Pictures a second with one batch size.

    Attributes:
        images_per_s: Median over the rounds, each by the p50 of its calls.
        rounds: Of each round.
    """

    images_per_s: float
    rounds: dict[int, float]


def throughput(rounds: Rounds) -> dict[int, Throughput]:
    """By batch size, which JSON has made text of."""
    rates: dict[int, dict[int, float]] = {}
    for number, each in rounds.items():
        for size, times in each["batches_ns"].items():
            rates.setdefault(int(size), {})[number] = int(size) * 1e6 / summarize(times).p50_us
    return {size: Throughput(statistics.median(values.values()), values) for size, values in sorted(rates.items())}
