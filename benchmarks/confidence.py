"""Whether the confidence of the packaged models can be believed, and how much better they are where they are sure.

Validation digits are those that the temperature was fitted on, the test digits those that nothing was chosen by; "harder"
are the test digits, written anew and photographed, see ``mnist_edge.train.outliers.photographs``.

    python benchmarks/confidence.py [--model my.onnx ...]
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from model_results import name_of
from other_things import SEED

import mnist_edge
from mnist_edge.cli.common import text_table
from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_json
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.runtime.session import Engine
from mnist_edge.train.batches import Split, split_validation
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.predictor import OnnxPredictor
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.evaluation.tempering import tempering
from mnist_edge.train.outliers.photographs import photographed

HERE: Final = Path(__file__).resolve().parent
_DIGITS: Final = 5


@click.command()
@click.option("--model", "models", multiple=True, help="An ONNX file or a packaged model; default: all packaged ones.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "confidence.json")
def main(models: tuple[str, ...], output: Path) -> None:
    """Measure and write the figures as JSON."""
    try:
        dataset = load_dataset()
        _, validation = split_validation(dataset.x_train, dataset.y_train, TrainConfig.validation_split)
        harder = photographed(dataset.x_test, np.random.default_rng(SEED))
        splits = {
            "validation": validation,
            "test": Split(dataset.x_test, dataset.y_test),
            "harder": Split(harder, dataset.y_test),
        }
        report = {
            "benchmark": "confidence",
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "mnist_edge": mnist_edge.__version__,
            "images": {name: len(split) for name, split in splits.items()},
            "models": [measure(name, splits) for name in models or packaged_models()],
        }
        write_json(output, report)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    for model in report["models"]:
        click.echo(f"{model['name']}, temperature {model['temperature']:g}\n{as_text(model)}\n")


def measure(name: str, splits: dict[str, Split]) -> dict[str, Any]:
    """All figures of a model."""
    predict, card = OnnxPredictor(Path(name)), Engine(name).card
    return {
        "name": name_of(name),  # an int8 model's card has the name of its float model
        "graph_sha256": card.graph_sha256,
        "temperature": card.temperature,
        "none_shift": card.rejection.none_shift,
        "splits": {part: _figures(predict, split) for part, split in splits.items()},
    }


def _figures(predict: OnnxPredictor, split: Split) -> dict[str, Any]:
    found = score(predict(split.images), split.labels)
    tempered, chosen = tempering("", predict, found, split.images), found.selective
    errors = {name: value for name, value in tempered.as_json().items() if name.startswith(("ece", "nll"))}
    return {
        "accuracy": round(found.accuracy, _DIGITS),
        **{name: None if value is None else round(value, _DIGITS) for name, value in errors.items()},
        "aurc": round(chosen.aurc, 7),
        "least_aurc": round(chosen.least_aurc, 7),
        "selective": [_rounded(chosen.at(coverage).as_json()) for coverage in (0.99, 0.95)],
    }


def _rounded(point: dict[str, Any]) -> dict[str, Any]:
    low, high = point["accuracy_interval_95"]
    interval = [round(low, _DIGITS), round(high, _DIGITS)]
    return {**point, "accuracy": round(point["accuracy"], _DIGITS), "accuracy_interval_95": interval}


def as_text(model: dict[str, Any]) -> str:
    """The figures of a model as a table."""
    rows = [
        (name, *map(_percent, (each["accuracy"], each["ece_before"], each["ece_after"], each["ece_answers"], *surest)))
        for name, each in model["splits"].items()
        for surest in [[point["accuracy"] for point in each["selective"]]]
    ]
    return text_table(("digits", "accuracy", "ECE before", "after", "answers", "surest 99%", "surest 95%"), rows)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"


if __name__ == "__main__":
    main()
