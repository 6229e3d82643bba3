"""Latency and throughput of exported models on this machine: ``run_benchmark``."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from mnist_edge.errors import WorkerError
from mnist_edge.files import output_errors, write_json, write_text
from mnist_edge.runtime.bench_inputs import BenchInputs, choose_inputs, find_dataset, measure_accuracy
from mnist_edge.runtime.bench_noise import cpu_use, judge_noise
from mnist_edge.runtime.bench_options import JSON_FILE, BenchmarkOptions
from mnist_edge.runtime.bench_percentiles import percentiles_of
from mnist_edge.runtime.bench_process import python_module, run_worker
from mnist_edge.runtime.bench_report import BatchResult, BenchmarkReport, ClockResult, ConfigurationResult, ModelFacts
from mnist_edge.runtime.bench_stats import summarize
from mnist_edge.runtime.bench_verdict import CLOCK, compare_models
from mnist_edge.runtime.bench_worker import WorkerConfig, WorkerResult, encode_digits
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.session import Engine

__all__ = ["BenchmarkOptions", "prepare_output", "run_benchmark", "write_report"]

CSV_FILE: Final = "benchmark.csv"
_WORKER: Final = "mnist_edge.runtime.bench_worker"

Notify = Callable[[str], None]
RunOne = Callable[[WorkerConfig, str], WorkerResult]


def run_benchmark(
    options: BenchmarkOptions, *, notify: Notify = lambda text: None, run_one: RunOne | None = None
) -> BenchmarkReport:
    """Measures each model with each number of threads.

    All models are loaded, and checked, before the first is timed. Rounds are interleaved: round 1 of every configuration,
    then round 2, and so on, so that a machine that slows down slows all of them down.

    Args:
        options: What to measure.
        notify: Told what is being measured.
        run_one: Measures one configuration; by default in a fresh process.

    Raises:
        ModelError: If a model cannot be used.
        DatasetError: If data was named but cannot be used.
        WorkerError: If a process dies, or its answers differ from another round's.
    """
    machine, load_before = describe_machine(), load_average()
    engines = [Engine(model) for model in options.models or (None,)]
    dataset = find_dataset(options.data, allow_any=options.allow_any_data)
    inputs = choose_inputs(dataset)
    accuracies = [None if dataset is None else measure_accuracy(engine, dataset) for engine in engines]
    models = [_facts(engine, accuracy) for engine, accuracy in zip(engines, accuracies, strict=True)]
    models = _with_distinct_labels(list({model.path: model for model in models}.values()))
    plan = [(model, threads) for model in models for threads in dict.fromkeys(options.threads)]
    before = cpu_use()
    rounds = _measure_rounds(plan, inputs, options, notify, run_one or _in_fresh_process)
    samples = [[result.clocks[CLOCK] for result in gathered] for gathered in rounds]
    noise = judge_noise(before, cpu_use(), samples)
    results = tuple(_merge(*configuration, gathered) for configuration, gathered in zip(plan, rounds, strict=True))
    return BenchmarkReport(
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        options={**dataclasses.asdict(options), "data": None if dataset is None else dataset.origin},
        machine=machine,
        versions={"python": machine.python, **rounds[0][0].versions},
        load_before=load_before,
        load_after=load_average(),
        noise=noise,
        inputs=inputs.source,
        pictures=len(inputs.digits),
        models=tuple(models),
        results=results,
        comparisons=compare_models(results) if noise.is_quiet else (),
    )


def _measure_rounds(
    plan: list[tuple[ModelFacts, int]], inputs: BenchInputs, options: BenchmarkOptions, notify: Notify, run_one: RunOne
) -> list[list[WorkerResult]]:
    """The results of each configuration of the plan, one a round."""
    rounds: list[list[WorkerResult]] = [[] for _ in plan]
    for number in range(options.repeats):
        for (model, threads), gathered in zip(plan, rounds, strict=True):
            what = f"{model.label} with {threads} thread{'s' if threads > 1 else ''}"
            notify(f"round {number + 1} of {options.repeats}: {what}")
            gathered.append(run_one(_worker_config(model, threads, inputs, options), what))
            _check_same_work(gathered, model, what)
    return rounds


def prepare_output(folder: Path) -> None:
    """Makes the folder for the results before time is spent on them.

    Raises:
        OutputError: If it cannot be made.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_report(report: BenchmarkReport, folder: Path) -> None:
    """Writes ``benchmark.json`` and ``benchmark.csv``.

    Raises:
        OutputError: If they cannot be written.
    """
    write_json(folder / JSON_FILE, report.to_dict())
    write_text(folder / CSV_FILE, report.to_csv())


def _in_fresh_process(config: WorkerConfig, what: str) -> WorkerResult:
    return WorkerResult.from_dict(run_worker(python_module(_WORKER), dataclasses.asdict(config), what=what))


def _facts(engine: Engine, accuracy: Any) -> ModelFacts:
    path, data = read_model(engine.name)
    card = engine.card
    return ModelFacts(
        label=Path(path).stem,
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        architecture=card.architecture,
        parameters=card.parameters,
        input_dtype=card.input.dtype,
        accuracy=accuracy,
        accuracy_stated=card.test.accuracy if card.test else None,
    )


def _with_distinct_labels(models: list[ModelFacts]) -> list[ModelFacts]:
    labels = [model.label for model in models]
    return [
        dataclasses.replace(model, label=os.path.relpath(model.path)) if labels.count(model.label) > 1 else model
        for model in models
    ]


def _worker_config(model: ModelFacts, threads: int, inputs: BenchInputs, options: BenchmarkOptions) -> WorkerConfig:
    share = options.seconds / options.repeats
    return WorkerConfig(
        model=model.path,
        threads=threads,
        digits=encode_digits(inputs.digits),
        samples=-(-options.samples // options.repeats),
        seconds=share,
        warmup=options.warmup,
        batches=tuple(dict.fromkeys(options.batches)),
        batch_seconds=share / 2,
    )


def _check_same_work(gathered: list[WorkerResult], model: ModelFacts, what: str) -> None:
    newest = gathered[-1]
    if newest.sha256 != model.sha256:
        raise WorkerError(f"The file of {what} changed while it was measured", fix="Run the benchmark again")
    if newest.labels != gathered[0].labels:
        raise WorkerError(f"{what} read the pictures otherwise than in the first round", fix="Check this machine's memory")


def _merge(model: ModelFacts, threads_asked: int, rounds: list[WorkerResult]) -> ConfigurationResult:
    def median(name: str) -> float:
        return float(statistics.median(getattr(result, name) for result in rounds))

    places = rounds[0].memory
    return ConfigurationResult(
        model=model.label,
        threads=rounds[0].threads,
        threads_asked=threads_asked,
        clocks=tuple(_merge_clock(name, [result.clocks[name] for result in rounds]) for name in rounds[0].clocks),
        batches=tuple(_merge_batch(size, [result.batches[size] for result in rounds]) for size in rounds[0].batches),
        imports_ms=median("imports_ms"),
        load_ms=median("load_ms"),
        first_ms=median("first_ms"),
        memory={place: round(statistics.median(result.memory[place] for result in rounds)) for place in places},
        cpu_busy=median("cpu_busy"),
        cpu_paced=median("cpu_paced"),
        session=rounds[0].session,
    )


def _merge_clock(name: str, rounds_ns: list[list[int]]) -> ClockResult:
    samples = np.concatenate([np.asarray(times, np.int64) for times in rounds_ns])
    rounds_p50 = tuple(summarize(times).p50_us for times in rounds_ns)
    latency = summarize(samples)
    return ClockResult(
        clock=name,
        latency=latency,
        seconds=float(samples.sum()) / 1e9,
        rounds_p50_us=rounds_p50,
        percentiles=percentiles_of(samples),
        tail=latency.p99_us / latency.p50_us if latency.p50_us else None,
    )


def _merge_batch(size: int, rounds_ns: list[list[int]]) -> BatchResult:
    samples = np.concatenate([np.asarray(times, np.int64) for times in rounds_ns])
    rates = [size * len(times) / sum(times) * 1e9 for times in rounds_ns]
    overall = size * len(samples) / float(samples.sum()) * 1e9
    return BatchResult(size, overall, min(rates), max(rates), summarize(samples))
