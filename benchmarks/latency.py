"""Where the microseconds of a call go, what each step of the export is worth, and what the core could do at best.

    python benchmarks/latency.py

Everything is timed in turns in one process on one processor, in blocks of calls; a figure is the median of the blocks.
Writes results/latency.json and the figures of docs/latency.md.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
from latency_figure import draw_operators, draw_parts
from latency_parts import call_parts, model_parts
from latency_peak import peak_cases
from latency_steps import Step, export_steps
from latency_turns import Case, Times, time_in_turns

from mnist_edge.cli.common import Console
from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_json
from mnist_edge.runtime.bench_inputs import choose_inputs
from mnist_edge.runtime.bench_stats import ratio_of_rounds
from mnist_edge.runtime.installation import installed_version
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.model_list import list_models
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.runtime.preprocess import prepare_digit

HERE: Final = Path(__file__).resolve().parent
PICTURES: Final = HERE.parent / "docs" / "pictures"
VERSIONS: Final = ("mnist-edge", "onnxruntime", "numpy", "opencv-python", "tf2onnx", "onnxslim")


@click.command()
@click.option("--rounds", type=click.IntRange(3), default=60, show_default=True, help="Blocks of each figure.")
@click.option("--milliseconds", type=click.FloatRange(0.1), default=4.0, show_default=True, help="Length of a block.")
@click.option("--runs", type=click.Path(path_type=Path), default=HERE.parent / "runs", help="Folder of the trained runs.")
@click.option("--data", type=click.Path(path_type=Path), envvar="MNIST_EDGE_DATA", default=None, help="Where MNIST is.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "latency.json")
def main(rounds: int, milliseconds: float, runs: Path, data: Path | None, output: Path) -> None:
    """Measure, and write latency.json and the figures."""
    try:
        report = measure(rounds, milliseconds, runs, data, Console())
        write_json(output, report)
        draw_parts(report, PICTURES / "latency_parts.png")
        draw_operators(report, PICTURES / "latency_operators.png")
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    for model in report["models"]:
        click.echo(f"{model['name']}: {model['us']}")
    for step in report["export"]:
        click.echo(f"{step['network']} {step['step']}: {step['us']:.2f} µs")
    click.echo(f"peak: {report['peak']['multiply_adds_per_us']:,.0f} multiply-adds a µs")


def measure(rounds: int, milliseconds: float, runs: Path, data: Path | None, console: Console) -> dict[str, Any]:
    """Runs everything, on 100 test digits; the graphs are made first, in other processes where TensorFlow is needed."""
    console.note("making the graphs of the export's steps")
    steps = [step for name in ("simple_cnn", "edge") for step in export_steps(name, runs / name)]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    before = load_average()
    peaks = peak_cases()
    models = {model.name: model for model in list_models()}
    parts = {name: model_parts(name) for name in packaged_models()}
    digits = [prepare_digit(digit) for digit in choose_inputs(load_dataset(data)).digits]
    calls = {name: call_parts(name, digits) for name in packaged_models()}
    cases: list[Case] = [
        *(case.timed for case in peaks),
        *(case for step in steps for case in step.parts),
        *(case for group in (*parts.values(), *calls.values()) for case in group),
    ]
    console.note(f"timing {len(cases)} calls in turns, {rounds} rounds")
    times = time_in_turns(cases, rounds=rounds, block_ms=milliseconds)
    found = {name: statistics.median(values) for name, values in times.items()}
    best = max(peaks, key=lambda case: case.multiply_adds / found[case.timed.name])
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": dataclasses.asdict(describe_machine()),
        "load_average": {"before": before, "after": load_average()},
        "versions": {name: installed_version(name) for name in VERSIONS},
        "method": f"{rounds} blocks of {milliseconds:g} ms each, in turns, one process on one processor; medians",
        "peak": {
            "multiply_adds_per_us": best.multiply_adds / found[best.timed.name],
            "by": best.title,
            "all": {case.title: case.multiply_adds / found[case.timed.name] for case in peaks},
        },
        "models": [
            {
                "name": name,
                "graph_sha256": models[name].card.graph_sha256,
                "multiply_adds": models[name].multiply_adds,
                "parts": _parts(parts[name], found),
                "us": {case.title: found[case.name] for case in calls[name]},
                "classify_to_infer": _ratio(times, f"{name}: classify", f"{name}: infer"),
                "png_to_infer_and_decode": _ratio(times, f"{name}: end_to_end", f"{name}: infer_and_decode"),
            }
            for name in packaged_models()
        ],
        "export": [
            {
                "network": step.network,
                "step": step.title,
                "nodes": step.nodes,
                "multiply_adds": step.multiply_adds,
                "largest_difference": step.largest_difference,
                "us": found[step.whole],
                "to_first": _ratio(times, step.whole, _first(steps, step.network)),
                "parts": _parts(step.parts, found),
            }
            for step in steps
        ],
    }


def _first(steps: list[Step], network: str) -> str:
    return next(step.whole for step in steps if step.network == network)


def _parts(cases: Sequence[Case], found: dict[str, float]) -> list[dict[str, Any]]:
    """What each part adds to the one before it; the first is the call itself."""
    totals = [found[case.name] for case in cases]
    return [
        {"part": case.title, "us": total - before, "until_here_us": total}
        for case, total, before in zip(cases, totals, [0.0, *totals], strict=False)
    ]


def _ratio(times: Times, measured: str, reference: str) -> dict[str, float]:
    return dataclasses.asdict(ratio_of_rounds(times[measured], times[reference]))


if __name__ == "__main__":
    main()
