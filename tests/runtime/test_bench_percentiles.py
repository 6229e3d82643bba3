"""Intervals of percentiles, against exact binomial probabilities."""

from __future__ import annotations

import math
from fractions import Fraction
from math import comb
from statistics import NormalDist

import numpy as np
import pytest

from mnist_edge.runtime.bench_percentiles import PERCENTS, interval_ranks, least_samples, percentiles_of

SHARES = [Fraction(1, 2), Fraction(9, 10), Fraction(95, 100), Fraction(99, 100), Fraction(999, 1000)]


def exact_ranks(n: int, share: Fraction, half: Fraction = Fraction(25, 1000)) -> tuple[int | None, int | None]:
    """The definition, in fractions: the highest low with P(B < low) <= half, the lowest high with P(B >= high) <= half."""
    chances = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    low = max((rank for rank in range(1, n + 1) if sum(chances[:rank]) <= half), default=None)
    high = min((rank for rank in range(1, n + 1) if sum(chances[rank:]) <= half), default=None)
    return low, high


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("n", [1, 2, 5, 6, 7, 20, 35, 36, 60])
def test_the_ranks_are_those_of_exact_binomial_values(n: int, share: Fraction) -> None:
    assert interval_ranks(n, float(share)) == exact_ranks(n, share)


def below(rank: int, n: int, share: float) -> float:
    """P(B < rank), each probability from the logarithms of factorials."""
    constant = math.lgamma(n + 1)
    return math.fsum(
        math.exp(
            constant - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * math.log(share) + (n - k) * math.log1p(-share)
        )
        for k in range(rank)
    )


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 0.99, 0.999])
@pytest.mark.parametrize("n", [367, 368, 500, 3_687, 3_688, 10_000, 250_000])
def test_the_ranks_of_large_samples_keep_the_promise_and_no_narrower_ones_do(n: int, share: float) -> None:
    low, high = interval_ranks(n, share)
    half = 0.025
    assert low is not None
    assert below(low, n, share) <= half < below(low + 1, n, share)
    if high is not None:
        assert below(high, n, share) >= 1 - half > below(high - 1, n, share)
    else:
        assert share**n > half


def test_the_textbook_interval_of_a_median_of_ten() -> None:
    assert interval_ranks(10, 0.5) == (2, 9)  # 97.9 %; (3, 8) has 89.1 % only


@pytest.mark.parametrize(("share", "least"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3_688)])
def test_one_sample_less_than_the_least_has_an_end_missing(share: float, least: int) -> None:
    assert least_samples(share) == least
    assert None not in interval_ranks(least, share)
    assert None in interval_ranks(least - 1, share)


def test_a_stricter_confidence_takes_more_samples() -> None:
    assert least_samples(0.99, confidence=0.98) == 459  # 0.99 ** 459 is just below 1 %


def test_known_samples_have_known_ends() -> None:
    samples = np.random.default_rng(0).permutation(np.arange(1, 1001) * 1000)
    found = {each.name: each for each in percentiles_of(samples)}
    assert list(found) == ["p50", "p90", "p95", "p99", "p99.9"]
    assert (found["p50"].low_us, found["p50"].value_us, found["p50"].high_us) == (469.0, 500.0, 532.0)
    p99, p999 = found["p99"], found["p99.9"]
    assert (p99.value_us, p99.is_bounded, p99.least_samples) == (990.0, True, 368)
    assert p99.low_us is not None
    assert p99.high_us is not None
    assert p99.low_us < 990 < p99.high_us < 1000
    assert (p999.value_us, p999.high_us, p999.is_bounded, p999.least_samples) == (999.0, None, False, 3_688)


def test_a_few_samples_bound_nothing() -> None:
    for each in percentiles_of([1000] * 5):
        assert (each.value_us, each.high_us, each.is_bounded) == (1.0, None, False)


@pytest.mark.parametrize("percent", PERCENTS[:3])
def test_the_interval_holds_the_true_value_as_often_as_it_says(percent: float) -> None:
    rng = np.random.default_rng(1)
    true = 1000 * math.exp(NormalDist().inv_cdf(percent / 100))
    draws = np.round(rng.lognormal(0, 1, (2000, 200)) * 1e6).astype(np.int64)
    held = 0
    for samples in draws:
        (each,) = percentiles_of(samples, [percent])
        assert each.low_us is not None
        assert each.high_us is not None
        held += each.low_us <= true <= each.high_us
    assert 0.94 < held / len(draws) < 0.99
