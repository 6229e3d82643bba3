"""``mnist-edge benchmark``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_edge.cli.benchmark_percentiles import percentile_cells, trust_table
from mnist_edge.cli.common import Console, FiniteRange, data_options, text_table, verbosity
from mnist_edge.runtime.bench_options import BenchmarkOptions

if TYPE_CHECKING:
    from mnist_edge.runtime.bench_report import BenchmarkReport, ConfigurationResult, ModelFacts
    from mnist_edge.runtime.machine import Machine

_DEFAULTS = BenchmarkOptions()


class Percent(FiniteRange):
    """A number of percent, with or without the sign."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        return super().convert(value.strip().removesuffix("%") if isinstance(value, str) else value, param, ctx)


@click.command(name="benchmark", short_help="Measure latency and throughput on this machine.")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option(
    "--threads", multiple=True, type=click.IntRange(1), default=_DEFAULTS.threads, help="Threads; give it again to compare."
)
@click.option("--repeats", type=click.IntRange(1), default=_DEFAULTS.repeats, help="Rounds, each in fresh processes.")
@click.option(
    "--samples", type=click.IntRange(1), default=_DEFAULTS.samples, help="Least calls timed by each clock, over all rounds."
)
@click.option(
    "--seconds", type=click.FloatRange(0), default=_DEFAULTS.seconds, help="Least time of each clock, over all rounds."
)
@click.option(
    "--warmup", type=click.IntRange(0), default=_DEFAULTS.warmup, help="Calls before the first timed one, in each process."
)
@click.option(
    "--batch",
    "batches",
    multiple=True,
    type=click.IntRange(1),
    default=_DEFAULTS.batches,
    help="Batch size of the throughput table; give it again for more.",
)
@data_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Write benchmark.json and benchmark.csv."
)
@click.option(
    "--check",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE",
    help="Compare with an earlier benchmark.json of this machine, or its folder; exit code 3 if a model has become slower.",
)
@click.option(
    "--max-regression",
    type=Percent(0),
    default="5%",
    show_default=True,
    metavar="PERCENT",
    help="What --check allows.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@verbosity
def command(
    output: Path | None, check: Path | None, max_regression: float, as_json: bool, console: Console, **options: Any
) -> None:
    """Measure each MODEL, or else the default one of the package, with honest tails: no outlier is dropped.

    MODEL is an exported .onnx file or a packaged model's name. Three nested clocks: infer (the network alone), classify (a
    28x28 array to its label) and end_to_end (a PNG in memory to its label). Every configuration runs in fresh processes, in
    turns with the others. The accuracy of the same file is measured if MNIST is on this machine; nothing is downloaded.

    Models are compared with the first one, unless other programs, a hypervisor or a drift make small differences
    meaningless: then the figures are printed with the reasons, and no verdict.

    \b
    Examples:
      mnist-edge benchmark
      mnist-edge benchmark mine.onnx simple_cnn --threads 1 --threads 4
      mnist-edge benchmark --seconds 10 --repeats 20 -o bench/
      mnist-edge benchmark --check bench/ --max-regression 5%
    """
    from mnist_edge.runtime.bench_verdict import check_regression, compare_with_earlier, read_earlier
    from mnist_edge.runtime.benchmark import prepare_output, run_benchmark, write_report
    from mnist_edge.runtime.machine import describe_machine

    chosen = BenchmarkOptions(**options)
    if output is not None:
        prepare_output(output)
    earlier = None if check is None else read_earlier(check, describe_machine())
    report = run_benchmark(chosen, notify=console.note)
    if as_json:
        console.result_json(report.to_dict())
    else:
        console.result(format_report(report))
    if earlier is not None:  # before anything is written: what has become slower must not be the measure of the next run
        comparisons = compare_with_earlier(report.results, earlier)
        check_regression(comparisons, report.noise, max_regression / 100)
        for comparison in comparisons:
            console.note(comparison.sentence)
    if output is not None:
        write_report(report, output)
        console.note(f"written to {output}")


def format_report(report: BenchmarkReport) -> str:
    """The report as tables for the screen."""
    sections = [
        "\n".join(format_model(model) for model in report.models),
        _latency_table(report),
        trust_table(report.results),
        _throughput_table(report) if any(result.batches for result in report.results) else "",
        _start_table(report),
        format_verdict(report),
        format_environment(report),
    ]
    return "\n\n".join(section for section in sections if section)


def format_model(model: ModelFacts) -> str:
    """What was measured, and how often it is right."""
    if model.accuracy is not None:
        result, name = model.accuracy, "MNIST" if model.accuracy.dataset == "mnist" else model.accuracy.dataset
        accuracy = f"{result.accuracy:.2%} ({result.correct:,} of {result.total:,} {name} test pictures)"
    else:
        stated = f"; its card states {model.accuracy_stated:.2%}" if model.accuracy_stated is not None else ""
        accuracy = f"not measured (no data{stated})"
    return (
        f"{model.label}: {model.path}, {model.size_bytes / 1e3:,.0f} kB, sha256 {model.sha256[:12]}\n"
        f"  {model.architecture}, {model.parameters:,} parameters, {model.input_dtype} input, accuracy {accuracy}"
    )


def _latency_table(report: BenchmarkReport) -> str:
    rows = []
    for result in report.results:
        for clock in result.clocks:
            figures = clock.latency
            spread = f"{min(clock.rounds_p50_us):.1f}-{max(clock.rounds_p50_us):.1f}"
            row = [
                result.model,
                _threads(result),
                clock.clock,
                f"{figures.n:,}",
                *percentile_cells(clock, 50, 90, 95, 99),
                *[f"{time:,.1f}" for time in (figures.max_us, figures.mean_us)],
                spread,
            ]
            rows.append(row)
    header = ["model", "threads", "clock", "n", "p50", "p90", "p95", "p99", "max", "mean", "p50 by round"]
    return f"latency in µs, one picture a call ({report.pictures} pictures: {report.inputs})\n" + text_table(header, rows)


def _throughput_table(report: BenchmarkReport) -> str:
    sizes = [batch.batch for batch in report.results[0].batches]
    rows = [
        [result.model, _threads(result), *[f"{batch.images_per_s:,.0f}" for batch in result.batches]]
        for result in report.results
    ]
    header = ["model", "threads", *[f"batch {size}" for size in sizes]]
    return "throughput of infer in images/s\n" + text_table(header, rows)


def _start_table(report: BenchmarkReport) -> str:
    places = {
        "after_imports": "MB imported",
        "after_load": "MB loaded",
        "peak": "MB peak",
        "peak_with_batches": "with batches",
    }
    rows = []
    for result in report.results:
        times = [f"{time:.1f}" for time in (result.imports_ms, result.load_ms, result.first_ms)]
        sizes = [f"{result.memory[place] / 1e6:.0f}" if place in result.memory else "-" for place in places]
        shares = [f"{share:.1%}" for share in (result.cpu_busy, result.cpu_paced)]
        rows.append([result.model, _threads(result), *times, *sizes, *shares])
    header = ["model", "threads", "import ms", "load ms", "first ms", *places.values(), "CPU busy", "CPU at 25/s"]
    return "start, memory and processor time (medians of the rounds)\n" + text_table(header, rows)


def _threads(result: ConfigurationResult) -> str:
    limited = result.threads != result.threads_asked
    return f"{result.threads} of {result.threads_asked}" if limited else str(result.threads)


def format_verdict(report: BenchmarkReport) -> str:
    """Which model is faster; or why nobody can say."""
    if not report.noise.is_quiet:
        return "no verdict, the machine was not quiet: " + "; ".join(report.noise.reasons)
    return "\n".join(comparison.sentence for comparison in report.comparisons)


def format_environment(report: BenchmarkReport) -> str:
    """Machine, versions and load, so that figures can be compared."""
    loads = [f"{load[0]:.2f}" if load else "unknown" for load in (report.load_before, report.load_after)]
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return "\n".join(
        [
            *machine_lines(report.machine),
            f"load average: {loads[0]} before, {loads[1]} after",
            f"versions: {versions}",
            f"session options: {_sessions(report)}",
            f"measured: {report.created}; percentiles by nearest rank; no outlier dropped; garbage collector on",
        ]
    )


def _sessions(report: BenchmarkReport) -> str:
    """What each session was opened with, apart from threads, which the tables show."""
    from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig

    found = {
        result.model: str(SessionConfig.from_dict({**result.session, "threads": DEFAULT_CONFIG.threads}))
        for result in report.results
        if result.session
    }
    if set(found.values()) <= {str(DEFAULT_CONFIG)}:
        return str(DEFAULT_CONFIG)
    return "; ".join(f"{model}: {text}" for model, text in found.items()) + " (from the profile of mnist-edge tune)"


def machine_lines(machine: Machine) -> list[str]:
    """The machine in three lines."""
    governor = f"governor {machine.governor}" if machine.governor else "governor unknown"
    return [
        f"processor: {machine.cpu} ({machine.architecture}; {', '.join(machine.features) or 'features unknown'})",
        f"threads: {machine.threads_text}, {governor}",
        f"system: {machine.system}; timer {machine.timer_resolution_ns:g} ns, {machine.timer_cost_ns:.0f} ns a reading",
    ]
