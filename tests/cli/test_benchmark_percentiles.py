"""The report of ``benchmark`` says how far its percentiles can be trusted."""

from __future__ import annotations

import pytest

from mnist_edge.cli.benchmark_percentiles import interval, percentile_cells, tail, trust_table
from mnist_edge.runtime.bench_percentiles import Percentile, percentiles_of
from mnist_edge.runtime.bench_report import ClockResult, ConfigurationResult
from mnist_edge.runtime.bench_stats import summarize


def clock_of(samples: list[int]) -> ClockResult:
    latency = summarize(samples)
    return ClockResult("infer", latency, 1.0, (latency.p50_us,), percentiles_of(samples), latency.p99_us / latency.p50_us)


def result_of(clock: ClockResult) -> ConfigurationResult:
    return ConfigurationResult("mine", 1, 1, (clock,), (), 1.0, 1.0, 1.0, {}, 0.5, 0.1)


def test_a_large_sample_shows_figures_and_intervals() -> None:
    clock = clock_of([40_000] * 4900 + [90_000] * 100)
    assert percentile_cells(clock, 50, 99) == ["40.0", "90.0"]
    table = trust_table((result_of(clock),))
    header, _, row = table.splitlines()[1:]
    assert header.split() == ["model", "clock", "p50", "p90", "p95", "p99", "p99.9", "p99/p50"]
    assert row.split() == ["mine", "infer", "40.0-40.0", "40.0-40.0", "40.0-40.0", "90.0-90.0", "90.0-90.0", "2.25"]


def test_a_small_sample_shows_no_naked_figure() -> None:
    clock = clock_of([40_000] * 367)
    assert percentile_cells(clock, 50, 90, 95, 99) == ["40.0", "40.0", "40.0", "n<368"]
    table = trust_table((result_of(clock),))
    assert "over 40.0 (needs 368 calls)" in table
    assert "over 40.0 (needs 3,688 calls)" in table
    assert table.splitlines()[-1].endswith("unknown")
    assert tail(clock_of([40_000] * 368)) == "1.00"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (None, 5.0, "under 5.0 (needs 6 calls)"),
        (None, None, "unknown (needs 6 calls)"),
        (4.0, None, "over 4.0 (needs 6 calls)"),
        (4.0, 5.0, "4.0-5.0"),
    ],
)
def test_what_is_known_is_said(low: float | None, high: float | None, text: str) -> None:
    assert interval(Percentile(50.0, 4.5, low, high, 6)) == text
