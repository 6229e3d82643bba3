"""The part of ``mnist-edge benchmark``'s report that says how far each percentile can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnist_edge.cli.common import text_table

if TYPE_CHECKING:
    from mnist_edge.runtime.bench_percentiles import Percentile
    from mnist_edge.runtime.bench_report import ClockResult, ConfigurationResult


def percentile_cells(clock: ClockResult, *percents: float) -> list[str]:
    """The percentiles in µs; where the sample is too small for one, how many calls it takes instead of a figure."""
    found = {each.percent: each for each in clock.percentiles}
    chosen = [found[percent] for percent in percents]
    return [f"{each.value_us:,.1f}" if each.is_bounded else f"n<{each.least_samples}" for each in chosen]


def trust_table(results: tuple[ConfigurationResult, ...]) -> str:
    """The interval of each percentile, and the tail."""
    rows = [
        [result.name, clock.clock, *[interval(each) for each in clock.percentiles], tail(clock)]
        for result in results
        for clock in result.clocks
    ]
    names = [each.name for each in results[0].clocks[0].percentiles]
    title = "95 % interval of each percentile in µs, by the number of calls alone; disturbances that last come on top"
    return f"{title}\n" + text_table(["model", "clock", *names, "p99/p50"], rows)


def interval(percentile: Percentile) -> str:
    """``10.1-10.3``, or what is known of it if the sample is too small."""
    low, high = percentile.low_us, percentile.high_us
    if low is not None and high is not None:
        return f"{low:,.1f}-{high:,.1f}"
    needs = f"(needs {percentile.least_samples:,} calls)"
    if low is not None:
        return f"over {low:,.1f} {needs}"
    return f"under {high:,.1f} {needs}" if high is not None else f"unknown {needs}"


def tail(clock: ClockResult) -> str:
    """p99 by p50, if both can be told."""
    bounded = {each.percent: each.is_bounded for each in clock.percentiles}
    return f"{clock.tail:.2f}" if clock.tail is not None and bounded[50.0] and bounded[99.0] else "unknown"
