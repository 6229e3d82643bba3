"""``mnist-edge evaluate``: accuracy and loss of a model on the test set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_edge.cli.common import Console, data_options, text_table, verbosity
from mnist_edge.contract import CLASS_NAMES

if TYPE_CHECKING:
    from mnist_edge.train.evaluation.scores import Evaluation


@click.command("evaluate")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_options
@verbosity
def command(console: Console, model: Path, as_json: bool, data: Path | None, allow_any_data: bool) -> None:
    """Measure MODEL on the test set: loss, accuracy, and which digits it takes for which.

    MODEL is a run folder or a .keras file, which Keras runs, or an .onnx file or the name of a
    packaged model, which onnxruntime runs without TensorFlow.

    \b
    Examples:
      mnist-edge evaluate runs/first
      mnist-edge evaluate first.onnx --json
      mnist-edge evaluate simple_cnn
      mnist-edge evaluate first.onnx --data my-digits/ --allow-any-data
    """
    from mnist_edge.dataset import load_dataset
    from mnist_edge.train.evaluation.predictor import load_predictor
    from mnist_edge.train.evaluation.scores import score

    predict = load_predictor(model)  # before the data, which may have to be downloaded
    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    evaluation = score(predict(dataset.x_test), dataset.y_test)
    if as_json:
        source = {"name": dataset.name, "origin": dataset.origin, "sha256": dataset.sha256}
        console.result_json({"model": str(model), "data": source, **evaluation.as_json()})
    else:
        console.result(_report(model, dataset.name, evaluation))


def _report(model: Path, data_name: str, evaluation: Evaluation) -> str:
    low, high = evaluation.accuracy_interval
    classes = [
        (entry["class"], entry["total"], entry["correct"], "-" if entry["accuracy"] is None else f"{entry['accuracy']:.2%}")
        for entry in evaluation.per_class()
    ]
    confusion = [
        (name, *(count or "." for count in row))
        for name, row in zip(CLASS_NAMES, evaluation.confusion.tolist(), strict=True)
    ]
    return "\n".join(
        [
            f"{model} on the {data_name} test set",
            f"accuracy  {evaluation.accuracy:.2%}  (95 % interval {low:.2%} to {high:.2%}), "
            f"{evaluation.correct:,} of {evaluation.total:,} right",
            f"loss      {evaluation.loss:.4f}",
            "",
            text_table(("digit", "images", "right", "accuracy"), classes),
            "",
            "Confusion: a row is the digit, a column the model's answer.",
            text_table(("", *CLASS_NAMES), confusion),
        ]
    )
