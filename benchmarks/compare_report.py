"""From what the processes measured to the figures of ``compare.json``."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from compare_goals import GOALS, judge
from compare_ratios import Rounds, common_ratio, round_percentiles, throughput, verdict
from compare_rounds import Check, Subject
from engines import BASE, BASE_INT8, ENGINES, INT8, REFERENCE
from package_size import installed_size

from mnist_edge.runtime.bench_noise import CpuUse, judge_noise
from mnist_edge.runtime.bench_stats import summarize


@dataclass(frozen=True)
class Measured:
    """All that was found out.

    Attributes:
        subjects: Pairs of engine and model, in the order of the tables.
        failed: Those without figures, with the reason.
        checks: What each answered.
        times: What each process measured, by subject and round.
        before: The processors' counters when the rounds began.
        after: When they had ended.
    """

    subjects: Sequence[Subject]
    failed: dict[Subject, str]
    checks: dict[Subject, Check]
    times: dict[Subject, Rounds]
    before: CpuUse | None = None
    after: CpuUse | None = None


def build_report(measured: Measured) -> dict[str, Any]:
    """Entries of all subjects, the figures that are to be reached, and how quiet the machine was."""
    # Only of what the others are set to: how much another engine differs from process to process is in its interval.
    yardsticks = [
        [each["times_ns"] for each in rounds.values()]
        for (engine, _), rounds in measured.times.items()
        if engine in (BASE, REFERENCE)
    ]
    noise = judge_noise(measured.before, measured.after, yardsticks)
    entries = [_entry(subject, measured, is_quiet=noise.is_quiet) for subject in measured.subjects]
    versions = {name: version for check in measured.checks.values() for name, version in check.versions.items()}
    return {
        "versions": dict(sorted(versions.items())),
        "noise": dataclasses.asdict(noise),
        "entries": entries,
        "figures": [figure for goal in GOALS if (figure := judge(goal, measured.times, is_quiet=noise.is_quiet))],
        "sizes": _sizes(measured.subjects),
    }


def _entry(subject: Subject, measured: Measured, *, is_quiet: bool) -> dict[str, Any]:
    engine, model = ENGINES[subject[0]], subject[1]
    entry: dict[str, Any] = {
        "engine": subject[0],
        "model": model,
        "title": engine.title,
        "setup": engine.setup,
        "precision": engine.precision,
        "distribution": engine.distribution,
        "failed": measured.failed.get(subject),
    }
    if subject not in measured.times:
        return entry
    rounds, check = measured.times[subject], measured.checks[subject]

    def compared(reference: str) -> dict[str, Any] | None:
        return _compared(subject, (reference, model), measured.times, is_quiet=is_quiet)

    return {
        **entry,
        "agreement": {
            "same_top1": check.same_top1,
            "largest_probability_difference": check.largest_probability_difference,
            "digits": check.digits,
            "correct": check.correct,
        },
        "latency": dataclasses.asdict(summarize([time for each in rounds.values() for time in each["times_ns"]])),
        "rounds_p50_us": {str(number): value for number, value in round_percentiles(rounds).items()},
        "ratio": compared(BASE),
        "ratio_int8": compared(BASE_INT8) if engine.precision == INT8 else None,
        "ratio_onnxruntime": compared(REFERENCE),
        **{name: _median(rounds, name) for name in ("imports_ms", "load_ms", "first_ms")},
        "memory": _memory(rounds),
        "throughput": {str(size): dataclasses.asdict(value) for size, value in throughput(rounds).items()},
    }


def _compared(
    subject: Subject, reference: Subject, times: dict[Subject, Rounds], *, is_quiet: bool
) -> dict[str, Any] | None:
    if subject not in times or reference not in times or subject == reference:
        return None
    found = common_ratio(round_percentiles(times[subject]), round_percentiles(times[reference]))
    if found is None:
        return None
    ratio, rounds = found
    return {**dataclasses.asdict(ratio), "rounds": rounds, "verdict": verdict(ratio, rounds, is_quiet=is_quiet)}


def _median(rounds: Rounds, name: str) -> float:
    return statistics.median(each[name] for each in rounds.values())


def _memory(rounds: Rounds) -> dict[str, float | None]:
    """Medians over the rounds in MB: the peak of the process, and how much that is above bare Python with numpy."""

    def median_of(value: Callable[[dict[str, int]], int]) -> float | None:
        memories = [each["memory"] for each in rounds.values()]
        known = [value(memory) for memory in memories if None not in memory.values()]
        return statistics.median(known) / 1e6 if known else None

    return {
        "peak_mb": median_of(lambda memory: memory["peak"]),
        "growth_mb": median_of(lambda memory: memory["peak"] - memory["python_and_numpy"]),
    }


def _sizes(subjects: Sequence[Subject]) -> dict[str, dict[str, Any] | None]:
    """What each distribution takes on the disk."""
    sizes: dict[str, dict[str, Any] | None] = {}
    for name in dict.fromkeys(ENGINES[engine].distribution for engine, _ in subjects):
        found = installed_size(name)
        sizes[name] = {"megabytes": found[0] / 1e6, "packages": found[1]} if found else None
    return sizes
