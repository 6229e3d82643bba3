from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.runtime.bench_stats import nearest_rank, ratio_of_rounds, summarize


def test_percentiles_of_a_hundred_known_samples() -> None:
    samples = np.random.default_rng(0).permutation(np.arange(1, 101) * 1000)
    summary = summarize(samples)
    assert (summary.p50_us, summary.p90_us, summary.p95_us, summary.p99_us) == (50.0, 90.0, 95.0, 99.0)
    assert (summary.n, summary.max_us, summary.mean_us) == (100, 100.0, 50.5)


def test_one_outlier_among_a_thousand_is_kept() -> None:
    summary = summarize([40_000] * 999 + [9_000_000])
    assert summary.max_us == 9000.0
    assert summary.p99_us == 40.0
    assert summary.mean_us == pytest.approx(48.96)


def test_a_single_sample_is_every_percentile() -> None:
    summary = summarize([1234])
    assert {summary.mean_us, summary.p50_us, summary.p90_us, summary.p95_us, summary.p99_us, summary.max_us} == {1.234}


@pytest.mark.parametrize("n", [1, 2, 3, 20, 99, 100, 101, 1000])
@pytest.mark.parametrize("percent", [50, 90, 95, 99])
def test_nearest_rank_is_the_smallest_sample_that_covers_the_share(n: int, percent: int) -> None:
    ordered = np.sort(np.random.default_rng(n).random(n))
    value = nearest_rank(ordered, percent)
    assert value in ordered
    assert (ordered <= value).sum() * 100 >= percent * n
    assert (ordered < value).sum() * 100 < percent * n


def test_a_ratio_does_not_see_what_slows_a_whole_round_down() -> None:
    slow_rounds = np.array([1.0, 5.0, 1.2, 9.0])
    ratio = ratio_of_rounds(slow_rounds * 30, slow_rounds * 20)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((1.5, 1.5, 1.5))


def test_the_interval_of_a_ratio_covers_its_value_and_can_be_repeated() -> None:
    measured = np.random.default_rng(1).normal(110, 3, 20)
    reference = np.random.default_rng(2).normal(100, 3, 20)
    ratio = ratio_of_rounds(measured, reference)
    assert ratio.low < ratio.value < ratio.high
    assert ratio.low < 1.1 < ratio.high
    assert ratio == ratio_of_rounds(measured, reference)
