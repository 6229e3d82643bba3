"""Compares mnist-edge with plain onnxruntime, LiteRT and Keras: same weights, same digits, one thread, one run.

Each engine is loaded in a fresh process in every round, rounds are interleaved, and before anything is timed all engines
must give the same answers. Without ``--onnx`` the Keras model is exported first, so that the weights are the same. Ratios
are taken within a round; their interval is a bootstrap over the rounds.

    python benchmarks/compare_engines.py
    python benchmarks/compare_engines.py --keras runs/mine --onnx mine.onnx
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from engine_table import EngineResult, markdown
from engines import ENGINES, REFERENCE, Files, UInt8Array

from mnist_edge.cli.common import Console
from mnist_edge.dataset import Dataset, load_dataset
from mnist_edge.errors import KerasModelError, MnistEdgeError, WorkerError
from mnist_edge.export.pipeline import export_model
from mnist_edge.files import write_json, write_text
from mnist_edge.keras_model import resolve_keras_path
from mnist_edge.runtime.bench_clocks import GC_POLICY
from mnist_edge.runtime.bench_inputs import PICTURES_A_DIGIT, choose_inputs
from mnist_edge.runtime.bench_process import run_worker
from mnist_edge.runtime.bench_stats import PERCENTILE_METHOD, ratio_of_rounds, summarize
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.preprocess import prepare_digit

HERE: Final = Path(__file__).resolve().parent
INT8_AGREEMENT: Final = 0.98  # share of the digits that the int8 model must read as the float model does


@dataclasses.dataclass(frozen=True)
class CompareOptions:
    """What to compare, and how long."""

    keras: Path = HERE.parent / "runs" / "simple_cnn"
    onnx: str | None = None
    engines: tuple[str, ...] = tuple(ENGINES)
    rounds: int = 10
    samples: int = 500
    seconds: float = 0.5
    warmup: int = 200
    data: Path | None = None
    output: Path = HERE / "results"


@click.command()
@click.option("--keras", type=click.Path(path_type=Path), default=CompareOptions.keras, help="Run folder or .keras file.")
@click.option("--onnx", default=None, help="The same model, exported before; a path or a packaged model's name.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(list(ENGINES)), default=CompareOptions.engines)
@click.option("--rounds", type=click.IntRange(1), default=CompareOptions.rounds)
@click.option("--samples", type=click.IntRange(1), default=CompareOptions.samples, help="Least calls a round.")
@click.option("--seconds", type=click.FloatRange(0), default=CompareOptions.seconds, help="Least time a round.")
@click.option("--warmup", type=click.IntRange(0), default=CompareOptions.warmup)
@click.option("--data", type=click.Path(path_type=Path), envvar="MNIST_EDGE_DATA", default=None, help="Where MNIST is.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=CompareOptions.output, help="Folder of the results."
)
def main(**options: Any) -> None:
    """Compare the engines and write compare_engines.json and compare_engines.md."""
    try:
        report = compare(CompareOptions(**options), Console())
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    output: Path = options["output"]
    table = markdown(report)
    click.echo(table)
    write_json(output / "compare_engines.json", report)
    write_text(output / "compare_engines.md", table)


def compare(options: CompareOptions, console: Console) -> dict[str, Any]:
    """Runs the comparison.

    Raises:
        KerasModelError: If there is no trained model.
        WorkerError: If an engine fails, or reads the digits otherwise than plain onnxruntime.
    """
    keras = _trained(options.keras)
    dataset = load_dataset(options.data)
    pictures = _pictures(dataset)
    names = [REFERENCE, *[name for name in options.engines if name != REFERENCE]]
    with tempfile.TemporaryDirectory(prefix="mnist-edge-bench-") as folder:
        given = options.onnx or export_model(keras, f"{folder}/model.onnx", dataset, notify=console.note).path
        onnx, onnx_bytes = read_model(given)
        files = Files(onnx, str(keras), f"{folder}/float.tflite", f"{folder}/int8.tflite")
        if any(name.startswith("litert") for name in names):
            console.note("converting to LiteRT")
            _convert(files, options)
        console.note("checking that all engines give the same answers")
        answers = {name: _run(name, files, pictures, options) for name in names}
        agreement = {name: _compare_answers(name, answers[name], answers[REFERENCE]) for name in names}
        before, times = load_average(), _measure(answers, files, pictures, options, console)
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": dataclasses.asdict(describe_machine()),
        "load_average": {"before": before, "after": load_average()},
        "versions": {key: value for name in names for key, value in answers[name]["versions"].items()},
        "onnx_sha256": hashlib.sha256(onnx_bytes).hexdigest(),
        "pictures": f"{len(pictures)} of the MNIST test set, ten of each digit, one a call, one thread",
        "method": {"percentiles": PERCENTILE_METHOD, "garbage_collector": GC_POLICY, "outliers": "none dropped"},
        "rounds": options.rounds,
        "engines": [dataclasses.asdict(_result(name, times, agreement[name])) for name in names],
        "classify_to_infer": _ratio("classify", "infer", times),
    }


def _trained(keras: Path) -> Path:
    if not keras.exists():
        raise KerasModelError(
            f"There is no trained model {keras}",
            fix="Train one with: make runs/simple_cnn/metrics.json, or name yours with --keras",
        )
    return resolve_keras_path(keras)


def _pictures(dataset: Dataset) -> UInt8Array:
    """The digits as the network sees them, so that preprocessing changes nothing between the engines."""
    return np.array([prepare_digit(picture) for picture in choose_inputs(dataset).digits], np.uint8)


def _convert(files: Files, options: CompareOptions) -> None:
    config = {"keras_path": files.keras, "litert": files.litert, "litert_int8": files.litert_int8}
    config["data"] = str(options.data) if options.data else None  # type: ignore[assignment]  # JSON null
    run_worker([sys.executable, str(HERE / "litert_models.py")], config, what="the conversion to LiteRT")


def _run(
    name: str, files: Files, pictures: UInt8Array, options: CompareOptions, labels: list[int] | None = None
) -> dict[str, Any]:
    """Times an engine that must read ``labels``; without them, asks for its answers."""
    share = ENGINES[name].share
    config = {
        "engine": name,
        "files": dataclasses.asdict(files),
        "pictures": base64.b64encode(pictures.tobytes()).decode("ascii"),
        "labels": labels,
        "samples": max(1, round(options.samples * share)),
        "seconds": options.seconds,
        "warmup": round(options.warmup * share),
    }
    return run_worker([sys.executable, str(HERE / "engine_worker.py")], config, what=ENGINES[name].title)


def _measure(
    answers: dict[str, dict[str, Any]], files: Files, pictures: UInt8Array, options: CompareOptions, console: Console
) -> dict[str, list[list[int]]]:
    """Each engine's samples in ns, one list a round."""
    names = list(answers)
    times: dict[str, list[list[int]]] = {name: [] for name in names}
    for number in range(options.rounds):
        console.note(f"round {number + 1} of {options.rounds}")
        for step in range(len(names)):  # the order turns, so that no engine always runs after the same one
            name = names[(step + number) % len(names)]
            stride = 1 if ENGINES[name].share == 1 else PICTURES_A_DIGIT  # slow engines: one picture of each digit
            labels = np.array(answers[name]["probabilities"])[::stride].argmax(axis=1).tolist()
            times[name].append(_run(name, files, pictures[::stride], options, labels)["times_ns"])
    return times


def _compare_answers(name: str, answer: dict[str, Any], reference: dict[str, Any]) -> dict[str, Any]:
    found, expected = np.array(answer["probabilities"]), np.array(reference["probabilities"])
    same = float((found.argmax(axis=1) == expected.argmax(axis=1)).mean())
    difference = float(np.abs(found - expected).max())
    tolerance = ENGINES[name].tolerance
    if same < (INT8_AGREEMENT if np.isinf(tolerance) else 1.0) or difference > tolerance:
        raise WorkerError(
            f"{ENGINES[name].title} does not compute what plain onnxruntime computes",
            expected=f"the same digits, probabilities within {tolerance:g}",
            received=f"{same:.0%} the same, largest difference {difference:.2g}",
            fix="Name the ONNX file that was exported from this Keras model",
        )
    return {"same_top1": same, "largest_probability_difference": difference}


def _result(name: str, times: dict[str, list[list[int]]], agreement: dict[str, Any]) -> EngineResult:
    rounds = times[name]
    return EngineResult(
        name=name,
        title=ENGINES[name].title,
        latency=summarize([time for sample in rounds for time in sample]),
        rounds_p50_us=[summarize(sample).p50_us for sample in rounds],
        ratio=_ratio(name, REFERENCE, times),
        **agreement,
    )


def _ratio(name: str, reference: str, times: dict[str, list[list[int]]]) -> dict[str, float] | None:
    if name not in times or reference not in times:
        return None
    medians = [[summarize(sample).p50_us for sample in times[key]] for key in (name, reference)]
    return dataclasses.asdict(ratio_of_rounds(*medians))


if __name__ == "__main__":
    main()
