"""How many of MNIST's test digits are still read after each of the fifteen corruptions of MNIST-C.

Two ways: through ``classify_batch``, as a user hands over arrays of 28x28 pixels, and by the network alone, which gets the
corrupted array as it is. Through the classifier a digit that is refused counts as an error; the share of best guesses that
are wrong, given or refused, is there as well.

    python benchmarks/robustness.py                           all packaged models, the figures for the documents
    python benchmarks/robustness.py --split validation        for tuning: digits and a seed that the figures never see
    python benchmarks/robustness.py -m tiny --resume          one model; the others' figures stay in the file
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
from corruptions import CORRUPTIONS, corrupt
from model_results import ModelResults
from numpy.typing import NDArray

from mnist_edge.cli.common import text_table
from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.train.batches import Split, split_validation

OUTPUT: Final = Path(__file__).resolve().parent / "results" / "robustness.json"
VALIDATION_SHARE: Final = 0.1  # the last of MNIST's training images, as in the recipes
SEEDS: Final = {"test": 0, "validation": 1}
ALL: Final = 10_000  # digits of the test set
QUICK: Final = 50
CLEAN: Final = "clean"
FIGURES: Final = ("error", "misread", "refused", "network_error")


@click.command()
@click.option(
    "-m", "--model", "models", multiple=True, help="A packaged model or an ONNX file; default: all packaged ones."
)
@click.option("--split", type=click.Choice(["test", "validation"]), default="test", help="Which digits.")
@click.option("-n", "--count", type=click.IntRange(1), default=ALL, help="How many digits.")
@click.option("--quick", is_flag=True, help=f"The first {QUICK} digits only.")
@click.option("--resume", is_flag=True, help="Keep what the output file has of these models already.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Result as JSON; default: only the full test run writes."
)
def main(models: tuple[str, ...], split: str, count: int, quick: bool, resume: bool, output: Path | None) -> None:
    """Measure, and write robustness.json."""
    count = QUICK if quick else count
    if split == "test" and count >= ALL:
        output = output or OUTPUT
    try:
        report = measure(models or packaged_models(), read_digits(split, count), split, output, resume=resume)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(table(report))


def measure(
    models: tuple[str, ...], digits: Split, split: str, output: Path | None, *, resume: bool = False
) -> dict[str, Any]:
    """Corrupts the digits in each way and has each model read them; writes after every corruption."""
    cv2.setNumThreads(1)
    settings = {"benchmark": "robustness", "digits": f"MNIST {split}", "count": len(digits), "seed": SEEDS[split]}
    results = ModelResults(output, settings, models, resume=resume)
    for model in models:
        classifier = DigitClassifier(model)
        parts = results.parts(model, classifier)
        for name in (CLEAN, *CORRUPTIONS):
            if name not in parts:
                images = digits.images if name == CLEAN else corrupt(digits.images, name, SEEDS[split])
                parts[name] = figures(classifier, Split(images, digits.labels))
                results.save()
        parts["mean"] = {each: round(float(np.mean([parts[name][each] for name in CORRUPTIONS])), 6) for each in FIGURES}
    results.save()
    return results.report


def figures(classifier: DigitClassifier, digits: Split) -> dict[str, float]:
    """Shares of the digits, 0 to 1.

    Returns:
        ``error``: not read, or read wrongly, by ``classify_batch``; ``misread``: its best guess is wrong, given or not;
        ``refused``: no answer; ``network_error``: wrong by the network alone.
    """
    labels = digits.labels
    answers = classifier.classify_batch(digits.images)
    logits, _ = classifier.engine.infer(classifier.engine.encode(digits.images))
    return {
        "error": _share([answer.digit != label for answer, label in zip(answers, labels, strict=True)]),
        "misread": _share(best_guesses(answers) != labels),
        "refused": _share([answer.status is not Status.OK for answer in answers]),
        "network_error": _share(logits.argmax(axis=1) != labels),
    }


def best_guesses(answers: list[Prediction]) -> NDArray[np.int64]:
    """The likeliest digit of each answer, refused or not; -1 where the network did not run."""
    return np.array([answer.top(1)[0][0] if np.isfinite(answer.log_odds) else -1 for answer in answers], np.int64)


def _share(flags: Any) -> float:
    return round(float(np.mean(flags)), 6)


def read_digits(split: str, count: int) -> Split:
    """The first digits of MNIST's test set, or of the part of the training set that the recipes validate with."""
    dataset = load_dataset()
    test = Split(dataset.x_test, dataset.y_test)
    digits = test if split == "test" else split_validation(dataset.x_train, dataset.y_train, VALIDATION_SHARE)[1]
    return Split(digits.images[:count], digits.labels[:count])


def table(report: dict[str, Any]) -> str:
    """A row for each corruption, two columns for each model."""
    entries = {name: entry["parts"] for name, entry in report["models"].items()}
    rows = [
        (name, *(f"{parts[name][each]:.2%}" for parts in entries.values() for each in FIGURES))
        for name in (CLEAN, *CORRUPTIONS, "mean")
    ]
    header = ("corruption", *(f"{model} {each.replace('_', ' ')}" for model in entries for each in FIGURES))
    return text_table(header, rows)


if __name__ == "__main__":
    main()
