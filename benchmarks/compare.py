"""Compares mnist-edge with the engines a user would pick instead: same weights, same digits, one thread, one run.

In every round each engine runs with each model in a fresh process, pinned to one processor; the order is drawn anew in each
round. Before anything is timed all engines answer the same digits, and one that computes something else is not timed.

    python benchmarks/compare.py                                        everything, into results/
    python benchmarks/compare.py --engine infer --engine litert_int8 --rounds 3     some of it, printed only

The engines are in ``engines.py``. One that cannot be installed or does not run stays in the table, with the reason.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from compare_figure import draw_ratios, draw_throughput
from compare_files import make_files, missing_module
from compare_report import Measured, build_report
from compare_rounds import Bench, Subject, check_answers, measure_rounds
from compare_text import markdown
from engine_runner import UInt8Array
from engines import ENGINES, REFERENCE, subjects

from mnist_edge.cli.common import Console
from mnist_edge.dataset import Dataset, load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_json, write_text
from mnist_edge.runtime.bench_clocks import GC_POLICY
from mnist_edge.runtime.bench_inputs import choose_inputs
from mnist_edge.runtime.bench_noise import cpu_use
from mnist_edge.runtime.bench_stats import PERCENTILE_METHOD
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.model_list import list_models
from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.runtime.session import read_card

HERE: Final = Path(__file__).resolve().parent
RESULTS: Final = HERE / "results"
PICTURES: Final = HERE.parent / "docs" / "pictures"
MODELS: Final = tuple(model.name for model in list_models() if not model.card.precision.is_reduced)

_LENGTHS: Final = ("rounds", "samples", "seconds", "warmup", "batch_seconds", "check")


@dataclasses.dataclass(frozen=True)
class CompareOptions:
    """What to compare, and how long."""

    models: tuple[str, ...] = MODELS
    engines: tuple[str, ...] = tuple(ENGINES)
    rounds: int = 10
    samples: int = 500
    seconds: float = 0.25
    warmup: int = 200
    batches: tuple[int, ...] = (1, 8, 64, 256)
    batch_seconds: float = 0.05
    check: int = 10_000
    cpu: int | None = None
    runs: Path = HERE.parent / "runs"
    data: Path | None = None
    output: Path | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out or cut short, so that the result may replace the committed one."""
        default = CompareOptions()
        return (
            set(self.models) == set(MODELS)
            and set(self.engines) == set(ENGINES)
            and set(self.batches) >= set(default.batches)
            and all(getattr(self, name) >= getattr(default, name) for name in _LENGTHS)
        )


@click.command()
@click.option("-m", "--model", "models", multiple=True, help="A packaged float model or a file; default: all packaged.")
@click.option("-e", "--engine", "engines", multiple=True, type=click.Choice(list(ENGINES)), help="Default: all.")
@click.option("--rounds", type=click.IntRange(1), default=CompareOptions.rounds)
@click.option("--samples", type=click.IntRange(1), default=CompareOptions.samples, help="Least calls a round.")
@click.option("--seconds", type=click.FloatRange(0), default=CompareOptions.seconds, help="Least time a round.")
@click.option("--warmup", type=click.IntRange(0), default=CompareOptions.warmup)
@click.option("--batch", "batches", type=click.IntRange(1), multiple=True, default=CompareOptions.batches)
@click.option("--batch-seconds", type=click.FloatRange(0), default=CompareOptions.batch_seconds)
@click.option("--check", type=click.IntRange(0), default=CompareOptions.check, help="Test digits to agree on, besides.")
@click.option("--cpu", type=click.IntRange(0), default=None, help="Processor to run on; default: the last usable one.")
@click.option("--runs", type=click.Path(path_type=Path), default=CompareOptions.runs, help="Folder of the trained models.")
@click.option("--data", type=click.Path(path_type=Path), envvar="MNIST_EDGE_DATA", default=None, help="Where MNIST is.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, help="Folder of the results.")
def main(**options: Any) -> None:
    """Compare the engines, and write compare.json, compare.md and the figures; a part of them is printed only."""
    chosen = {**options, "models": options["models"] or MODELS, "engines": options["engines"] or tuple(ENGINES)}
    settings = CompareOptions(**chosen)
    try:
        report = compare(settings, Console())
        click.echo(markdown(report))
        output = settings.output or (RESULTS if settings.is_whole else None)
        if output is not None:
            _write(report, output, PICTURES if output == RESULTS else output)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error


def _write(report: dict[str, Any], output: Path, pictures: Path) -> None:
    write_json(output / "compare.json", report)
    write_text(output / "compare.md", markdown(report))
    draw_ratios(report, pictures / "compare_ratios.png")
    draw_throughput(report, pictures / "compare_throughput.png")


def compare(options: CompareOptions, console: Console) -> dict[str, Any]:
    """Runs the comparison.

    Raises:
        ModelNotFoundError: If there is no such model.
        WorkerError: If plain onnxruntime, to which all answers are compared, does not run.
    """
    dataset = load_dataset(options.data)
    names = tuple(Path(model).stem for model in options.models)
    asked = subjects(names, options.engines)
    references = [pair for pair in subjects(names, (REFERENCE,)) if pair not in asked]
    failed = not_installed(asked)
    with tempfile.TemporaryDirectory(prefix="mnist-edge-compare-") as folder:
        bench = Bench(Path(folder), options.cpu if options.cpu is not None else _last_cpu(), options.batches)
        bench.save_pictures(_framed(dataset), dataset.x_test[: options.check])
        for path in options.models:
            _make_files(bench, path, asked, failed, dataset, options, console)
        console.note("Checking that all engines give the same answers")
        checks = check_answers(bench, [*references, *asked], failed, dataset.y_test[: options.check])
        loads, use = [load_average()], cpu_use()
        begun = dt.datetime.now(dt.UTC)
        times = measure_rounds(bench, asked, failed, checks, options, console.note)
        loads.append(load_average())
    reasons = {subject: reason.replace(f"{folder}{os.sep}", "") for subject, reason in failed.items()}
    measured = Measured(asked, reasons, checks, times, use, cpu_use())
    return {
        "created": begun.isoformat(timespec="seconds"),
        "seconds": round((dt.datetime.now(dt.UTC) - begun).total_seconds()),
        "machine": dataclasses.asdict(describe_machine()),
        "load_average": {"before": loads[0], "after": loads[1]},
        "models": [{"name": Path(path).stem, "graph_sha256": _weights(path)} for path in options.models],
        "pinned_to": bench.cpu,
        "pictures": "100 MNIST test digits, ten of each, framed as the network wants them; one a call, one thread",
        "method": {"percentiles": PERCENTILE_METHOD, "garbage_collector": GC_POLICY, "outliers": "none dropped"},
        "rounds": options.rounds,
        "samples": options.samples,
        "check": options.check,
        "batches": list(options.batches),
        **build_report(measured),
    }


def not_installed(asked: Sequence[Subject]) -> dict[Subject, str]:
    """The subjects whose library is missing, with the reason."""
    missing = {engine: missing_module(ENGINES[engine].modules) for engine, _ in asked}
    return {subject: f"not installed: the module {missing[subject[0]]}" for subject in asked if missing[subject[0]]}


def _make_files(
    bench: Bench,
    path: str,
    asked: Sequence[Subject],
    failed: dict[Subject, str],
    dataset: Dataset,
    options: CompareOptions,
    console: Console,
) -> None:
    """Makes the files of a model; subjects whose file cannot be made are added to ``failed``."""
    mine = [subject for subject in asked if subject[1] == Path(path).stem and subject not in failed]
    kinds = list(dict.fromkeys(ENGINES[engine].kind for engine, _ in mine))
    batches = sorted({1, *options.batches})
    missing = make_files(
        bench.folder, path, kinds, batches, dataset=dataset, runs=options.runs, data=options.data, notify=console.note
    )
    for subject in mine:
        if ENGINES[subject[0]].kind in missing:
            failed[subject] = f"no file: {missing[ENGINES[subject[0]].kind]}"


def _weights(path: str) -> str:
    name, content = read_model(path)
    return read_card(content, name).graph_sha256


def _framed(dataset: Dataset) -> UInt8Array:
    """The digits as the network sees them, so that preprocessing changes nothing between the engines."""
    return np.array([prepare_digit(picture) for picture in choose_inputs(dataset).digits], np.uint8)


def _last_cpu() -> int | None:
    """The last processor that may be used: the first one has the system's interrupts; ``None`` where none can be chosen."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


if __name__ == "__main__":
    main()
