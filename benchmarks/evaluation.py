"""How long an evaluation takes, whether its figures are those of scikit-learn and Keras, and how large a report is.

    make bench, or after a training of the default model: python benchmarks/evaluation.py

Every time is that of a whole process, start to end, on MNIST's 10,000 test digits.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import click

from mnist_edge.dataset import Dataset, load_dataset
from mnist_edge.errors import MnistEdgeError, RunError, WorkerError
from mnist_edge.files import write_json
from mnist_edge.runtime.bench_stats import PERCENTILE_METHOD, summarize
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.packaged import DEFAULT_MODEL

HERE: Final = Path(__file__).resolve().parent
SHOWN_DECIMALS: Final = 4  # of the loss and of the accuracy as a share, on the screen


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=10, help="Processes of each command.")
@click.option("--run", "run_folder", type=click.Path(path_type=Path), default=HERE.parent / "runs" / DEFAULT_MODEL)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "evaluation.json")
def main(rounds: int, run_folder: Path, output: Path) -> None:
    """Measure evaluation and reports, and write evaluation.json."""
    try:
        if not (run_folder / "metrics.json").exists():
            raise RunError(
                f"{run_folder} holds no finished run", fix=f"Train one with: make runs/{DEFAULT_MODEL}/metrics.json"
            )
        result = measure(rounds, run_folder)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    write_json(output, result)
    click.echo(json.dumps({name: result[name] for name in ("seconds", "agreement", "report_bytes")}, indent=2))


def measure(rounds: int, run_folder: Path) -> dict[str, Any]:
    """Runs both kinds of evaluation ``rounds`` times in turns, after one round that does not count.

    Raises:
        WorkerError: If a command fails.
    """
    before = load_average()
    models = {"onnx": DEFAULT_MODEL, "keras": str(run_folder)}
    times: dict[str, list[float]] = {kind: [] for kind in models}
    printed: dict[str, dict[str, Any]] = {}
    for number in range(-1, rounds):
        for kind, model in models.items():
            start = time.perf_counter()
            printed[kind] = json.loads(_mnist_edge("evaluate", model, "--json"))
            if number >= 0:
                times[kind].append((time.perf_counter() - start) * 1e3)
    summaries = {kind: summarize([round(took_ms * 1e6) for took_ms in taken]) for kind, taken in times.items()}
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": dataclasses.asdict(describe_machine()),
        "load_average": {"before": before, "after": load_average()},
        "method": f"{rounds} fresh processes each, in turns; {PERCENTILE_METHOD}",
        "seconds": {kind: {"p50": s.p50_us / 1e6, "p90": s.p90_us / 1e6} for kind, s in summaries.items()},
        "all_ms": times,
        "agreement": agreement(run_folder, printed["keras"], load_dataset()),
        "report_bytes": report_sizes(run_folder),
    }


def agreement(run_folder: Path, ours: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """Loss and accuracy of the run by three programs.

    Raises:
        WorkerError: If they differ in a digit that is shown.
    """
    from sklearn.metrics import accuracy_score, log_loss

    from mnist_edge.keras_model import load_keras_model
    from mnist_edge.train.batches import Batches, Split, as_py_dataset
    from mnist_edge.train.evaluation.predictor import keras_probabilities

    model = load_keras_model(run_folder)
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    keras_loss, keras_accuracy = model.evaluate(
        as_py_dataset(Batches(Split(dataset.x_test, dataset.y_test), 256)), verbose=0
    )
    probabilities = keras_probabilities(model, dataset.x_test).astype("float64")
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    figures = {
        "mnist-edge": (ours["loss"], ours["accuracy"]),
        "scikit-learn": (log_loss(dataset.y_test, probabilities), accuracy_score(dataset.y_test, probabilities.argmax(1))),
        "keras": (keras_loss, keras_accuracy),
    }
    shown = {tuple(round(float(value), SHOWN_DECIMALS) for value in pair) for pair in figures.values()}
    named = {name: {"loss": float(loss), "accuracy": float(accuracy)} for name, (loss, accuracy) in figures.items()}
    if len(shown) > 1:
        raise WorkerError(f"The three programs disagree in what is shown: {named}")
    return named


def report_sizes(run_folder: Path) -> dict[str, int]:
    """Bytes of the report's page: of the run with its export, and of the packaged model alone."""
    with tempfile.TemporaryDirectory(prefix="mnist-edge-bench-") as name:
        folder = Path(name)
        _mnist_edge("export", str(run_folder), "-o", str(folder / "model.onnx"))
        _mnist_edge("report", str(run_folder), "--onnx", str(folder / "model.onnx"), "-o", str(folder / "run"))
        _mnist_edge("report", DEFAULT_MODEL, "-o", str(folder / "packaged"))
        return {kind: (folder / kind / "report.html").stat().st_size for kind in ("run", "packaged")}


def _mnist_edge(*arguments: str) -> str:
    script = shutil.which("mnist-edge", path=str(Path(sys.executable).parent)) or "mnist-edge"
    done = subprocess.run([script, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkerError(f"mnist-edge {arguments[0]} ended with exit code {done.returncode}", received=done.stderr[-300:])
    return done.stdout


if __name__ == "__main__":
    main()
