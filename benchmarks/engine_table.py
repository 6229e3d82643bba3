"""The comparison of engines as a Markdown table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mnist_edge.runtime.bench_stats import LatencySummary


@dataclass(frozen=True)
class EngineResult:
    """What one engine needed.

    Attributes:
        name: Key of the engine.
        title: As the table names it.
        latency: Over all rounds.
        rounds_p50_us: The p50 of each round.
        ratio: Of the p50 to plain onnxruntime's, with its 95 % interval.
        same_top1: Share of digits read as plain onnxruntime reads them.
        largest_probability_difference: To plain onnxruntime.
    """

    name: str
    title: str
    latency: LatencySummary
    rounds_p50_us: list[float]
    ratio: dict[str, float] | None
    same_top1: float
    largest_probability_difference: float


def markdown(report: dict[str, Any]) -> str:
    """The report's table with what is needed to read it."""
    machine, load = report["machine"], report["load_average"]
    lines = [
        "| engine | p50 µs | p90 µs | p99 µs | samples | p50 to plain onnxruntime (95 % interval) |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for engine in report["engines"]:
        latency = engine["latency"]
        times = " | ".join(f"{latency[key]:,.1f}" for key in ("p50_us", "p90_us", "p99_us"))
        lines.append(f"| {engine['title']} | {times} | {latency['n']:,} | {_interval(engine['ratio'])} |")
    pair = report["classify_to_infer"]
    loads = " / ".join(f"{value[0]:.2f}" if value else "unknown" for value in (load["before"], load["after"]))
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    return "\n".join(
        [
            *lines,
            "",
            *([f"`classify` to `infer`: {_interval(pair)}.", ""] if pair else []),
            f"{report['pictures']}; {report['rounds']} rounds, each engine in a fresh process in each; no outlier dropped. "
            f"{machine['cpu']}, {machine['usable_threads']} threads usable, load average {loads}; {versions}; "
            f"{report['created'][:10]}.",
            "",
        ]
    )


def _interval(ratio: dict[str, float]) -> str:
    digits = 2 if ratio["value"] < 10 else 0
    value, low, high = (f"{ratio[key]:,.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low}–{high})"
