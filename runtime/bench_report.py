"""What a benchmark found out, as values, JSON and CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
from dataclasses import dataclass, field
from typing import Any, Final

from mnist_edge.contract import TestResult
from mnist_edge.runtime.bench_clocks import GC_POLICY
from mnist_edge.runtime.bench_noise import MOST_DRIFT, MOST_OTHERS, MOST_SPREAD, MOST_STEAL, Noise
from mnist_edge.runtime.bench_percentiles import BOUNDS_METHOD, Percentile
from mnist_edge.runtime.bench_stats import PERCENTILE_METHOD, LatencySummary
from mnist_edge.runtime.bench_verdict import Comparison
from mnist_edge.runtime.bench_worker import CLOCKS
from mnist_edge.runtime.machine import Machine

FORMAT_VERSION: Final = 1
DEFINITIONS: Final = {
    **CLOCKS,
    "pictures": "MNIST digits already have the framing that the network wants, so preprocessing only checks them; "
    "other pictures take longer in classify and end_to_end",
    "percentiles": PERCENTILE_METHOD,
    "percentile_intervals": BOUNDS_METHOD,
    "outliers": "none dropped",
    "garbage_collector": GC_POLICY,
    "order": "a fresh process a configuration and round, configurations in turns; the clocks of a process in turns of 5 ms",
    "throughput": "Engine.infer on a ready batch: pictures of all runs by the time of all runs",
    "load_ms": "DigitClassifier(model), with the file in the page cache",
    "noise": f"a verdict is given if other programs took at most {MOST_OTHERS:.0%} of the usable processors' time and the "
    f"hypervisor {MOST_STEAL:.0%}, no quota ran out, the last third of the calls took as long as the first within "
    f"{MOST_DRIFT:.0%}, and the rounds' medians differ by at most {MOST_SPREAD:.0%}",
    "cpu": "CPU seconds of all threads by elapsed seconds: busy while pictures follow each other, paced at 25 a second",
}
CSV_HEADER: Final = (
    *("model", "sha256", "threads", "measure", "batch", "n"),
    *("mean_us", "p50_us", "p90_us", "p95_us", "p99_us", "max_us", "images_per_s"),
)


@dataclass(frozen=True)
class ModelFacts:
    """A model that was measured.

    Attributes:
        label: Short name in the tables.
        path: The file.
        sha256: Its hash.
        size_bytes: Its size.
        architecture: From the card.
        parameters: From the card.
        input_dtype: From the card.
        accuracy: Top-1 on the test set, measured now on this very file; ``None`` if there is no data.
        accuracy_stated: What the card states; ``None`` if it states nothing.
    """

    label: str
    path: str
    sha256: str
    size_bytes: int
    architecture: str
    parameters: int
    input_dtype: str
    accuracy: TestResult | None
    accuracy_stated: float | None


@dataclass(frozen=True)
class ClockResult:
    """Latency by one clock.

    Attributes:
        clock: ``infer``, ``classify`` or ``end_to_end``.
        latency: Over the samples of all rounds.
        seconds: Sum of the samples.
        rounds_p50_us: The p50 of each round: what differs from process to process.
        percentiles: Each with the interval that so many samples allow.
        tail: p99 by p50.
    """

    clock: str
    latency: LatencySummary
    seconds: float
    rounds_p50_us: tuple[float, ...]
    percentiles: tuple[Percentile, ...] = ()
    tail: float | None = None


@dataclass(frozen=True)
class BatchResult:
    """Throughput at one batch size.

    Attributes:
        batch: Pictures a run of the network.
        images_per_s: Over all rounds.
        slowest_round: Images a second in the slowest round.
        fastest_round: Images a second in the fastest round.
        latency: Of one run of the network.
    """

    batch: int
    images_per_s: float
    slowest_round: float
    fastest_round: float
    latency: LatencySummary


@dataclass(frozen=True)
class ConfigurationResult:
    """One model with one number of threads.

    Attributes:
        model: Label of the model.
        threads: Threads in use.
        threads_asked: Threads asked for; more than the process may use are not started.
        clocks: In the order of :data:`~mnist_edge.runtime.bench_worker.CLOCKS`.
        batches: In the order asked for.
        imports_ms: Median over the rounds, as all that follow.
        load_ms: Time to make a classifier.
        first_ms: Time of the first picture.
        memory: Resident bytes after imports, after loading, and at the peaks.
        cpu_busy: CPU seconds a second while pictures follow each other.
        cpu_paced: CPU seconds a second at 25 pictures a second.
        session: The options of its session, those of a profile if there is one for this model and machine.
    """

    model: str
    threads: int
    threads_asked: int
    clocks: tuple[ClockResult, ...]
    batches: tuple[BatchResult, ...]
    imports_ms: float
    load_ms: float
    first_ms: float
    memory: dict[str, int]
    cpu_busy: float
    cpu_paced: float
    session: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What to call it among others."""
        return self.model if self.threads == 1 else f"{self.model} with {self.threads} threads"

    @property
    def rounds_p50_us(self) -> tuple[tuple[str, tuple[float, ...]], ...]:
        """The p50 of each round, by clock."""
        return tuple((clock.clock, clock.rounds_p50_us) for clock in self.clocks)


@dataclass(frozen=True)
class BenchmarkReport:
    """Everything that is needed to judge the figures, and to repeat them.

    ``comparisons`` are those of each configuration with the first. There are none if the machine was not quiet: the figures
    stand, but nothing may be concluded from small differences.
    """

    created: str
    options: dict[str, Any]
    machine: Machine
    versions: dict[str, str]
    load_before: tuple[float, float, float] | None
    load_after: tuple[float, float, float] | None
    noise: Noise
    inputs: str
    pictures: int
    models: tuple[ModelFacts, ...]
    results: tuple[ConfigurationResult, ...]
    comparisons: tuple[Comparison, ...]
    format_version: int = FORMAT_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with what each figure means."""
        return {**dataclasses.asdict(self), "definitions": DEFINITIONS}

    def to_csv(self) -> str:
        """One line a configuration and clock, then one a batch size."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(CSV_HEADER)
        hashes = {model.label: model.sha256 for model in self.models}
        for result in self.results:
            start = [result.model, hashes[result.model], result.threads]
            for clock in result.clocks:
                rate = clock.latency.n / clock.seconds
                writer.writerow([*start, clock.clock, 1, *_latency_cells(clock.latency), round(rate, 1)])
            for batch in result.batches:
                cells = _latency_cells(batch.latency)
                writer.writerow([*start, "throughput", batch.batch, *cells, round(batch.images_per_s, 1)])
        return text.getvalue()


def _latency_cells(latency: LatencySummary) -> list[float]:
    n, *times = dataclasses.astuple(latency)
    return [n, *[round(time_us, 3) for time_us in times]]
