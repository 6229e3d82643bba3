"""Which architecture is worth its microseconds? Accuracy after a short training against latency, for a handful of designs.

    python benchmarks/architectures.py              goes on where it was stopped
    python benchmarks/architectures.py --quick      only to see whether it runs

All designs get the same training on the training part of MNIST and are scored on its validation part; the test set is not
looked at. What was trained is kept in ``runs/architectures``, and latency is measured anew by every call.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
import statistics
from pathlib import Path
from typing import Any, Final

import click
from architecture_designs import DESIGNS, NOTATION, count
from architecture_figure import draw_architectures
from architecture_latency import measure, measure_operators
from architecture_training import Lesson, Training, prepare, train

import mnist_edge
from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_json
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.train.batches import split_validation

HERE: Final = Path(__file__).resolve().parent
RUNS: Final = HERE.parent / "runs" / "architectures"
FIGURE: Final = HERE.parent / "docs" / "pictures" / "architectures.png"
VALIDATION_SHARE: Final = 0.1
TIMED_PICTURES: Final = 20
QUICK: Final = Training(epochs=1, pictures=2560)


@click.command()
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="Trainings of each design; references get one."
)
@click.option("--rounds", type=click.IntRange(1), default=150, show_default=True, help="Turns of each design's latency.")
@click.option("--quick", is_flag=True, help="One seed, one epoch of few pictures, few rounds; nothing is kept.")
@click.option("--figure", type=click.Path(path_type=Path), default=FIGURE, help="Plot of accuracy against latency.")
@click.option("--runs", type=click.Path(path_type=Path), default=RUNS, help="Where finished trainings are kept.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "architectures.json")
def main(seeds: int, rounds: int, quick: bool, figure: Path, runs: Path, output: Path) -> None:
    """Compare designs and write architectures.json."""
    if quick and output.parent == HERE / "results":
        raise click.UsageError("--quick measures nothing worth keeping: name another -o and --figure")
    try:
        report = compare(QUICK if quick else Training(), 1 if quick else seeds, 3 if quick else rounds, runs)
        write_json(output, report)
        draw_architectures(report, figure)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    for row in report["designs"]:
        ratio = row["latency"]["ratio"]["value"]
        figures = f"{row['accuracy']:7.2%} ± {row['spread']:.2%}  ratio {ratio:.3f}  {row['parameters']:7,} parameters"
        click.echo(f"{row['group']:9} {row['design']:34} {figures}  {row['multiply_adds']:9,} multiply-adds")


def compare(how: Training, seeds: int, rounds: int, runs: Path) -> dict[str, Any]:
    """Times and trains all designs.

    Raises:
        MnistEdgeError: If the data cannot be had.
    """
    keras, tf = _keras()
    dataset, before = load_dataset(), load_average()
    training, validation = split_validation(dataset.x_train, dataset.y_train, VALIDATION_SHARE)
    pictures = validation.images[:TIMED_PICTURES, ..., None]
    groups = {design: group for group, designs in DESIGNS.items() for design in designs}
    latencies, operators = measure(groups, pictures, rounds), measure_operators(pictures, rounds)
    lesson = prepare(training, validation, how)
    trained: dict[str, list[dict[str, float]]] = {design: [] for design in groups}
    for seed in range(1, seeds + 1):  # each design once before any of them twice: a stopped run has compared them all
        for design, group in groups.items():
            if group == "reference" and seed > 1:
                continue  # they take most of the time, and are only lines in the figure
            result = _trained(keras, tf, design, lesson, how, seed, runs)
            trained[design].append(result)
            ratio = latencies[design]["ratio"]["value"]
            click.echo(f"{design}, seed {seed}: {result['accuracy']:.2%}, ratio {ratio:.3f}", err=True)
    return {
        "benchmark": "architectures",
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "mnist_edge": mnist_edge.__version__,
        "machine": dataclasses.asdict(describe_machine()),
        "load_average": {"before": before, "after": load_average()},
        "training": dataclasses.asdict(how) | {"pictures": len(lesson.labels), "validation": len(validation)},
        "seeds": seeds,
        "rounds": rounds,
        "chosen": {name: NOTATION[name] for name in ("edge", "tiny")},
        "operators": operators,
        "designs": [
            {"design": design, "group": group, **_figures(keras, design, trained[design]), "latency": latencies[design]}
            for design, group in groups.items()
        ],
    }


def _keras() -> tuple[Any, Any]:
    """Keras and TensorFlow on one thread: a second one is of little use to networks as small as these."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return keras, tf


def _trained(keras: Any, tf: Any, design: str, lesson: Lesson, how: Training, seed: int, runs: Path) -> dict[str, float]:
    """One training, or what it gave when it was made before."""
    settings = {"design": design, "seed": seed, **dataclasses.asdict(how)}
    key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    path = runs / f"{key[:12]}.json"
    if not path.exists():
        write_json(path, {"settings": settings, "result": train(keras, tf, design, lesson, how, seed)})
    result: dict[str, float] = json.loads(path.read_text("utf-8"))["result"]
    return result


def _figures(keras: Any, design: str, trained: list[dict[str, float]]) -> dict[str, Any]:
    accuracies = [one["accuracy"] for one in trained]
    parameters, multiply_adds = count(keras, design)
    return {
        "parameters": parameters,
        "multiply_adds": multiply_adds,
        "accuracy": statistics.mean(accuracies),
        "spread": statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0,
        "loss": statistics.mean(one["loss"] for one in trained),
        "trainings": trained,
    }


if __name__ == "__main__":
    main()
