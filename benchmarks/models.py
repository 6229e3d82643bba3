"""What the table of all packaged models needs besides the other results: harder digits, scenes, confidence, latency.

    python benchmarks/models.py                       all packaged models, the figures for the documents
    python benchmarks/models.py -m tiny --resume      one model, what is missing of it; the others' figures stay in the file

``robustness.py``, ``transfer.py`` and ``rejection.py`` measure all packaged models in the same way; ``models_text.py`` puts
the results together.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
import picture_path
import scenes
from model_results import ModelResults, name_of
from robustness import read_digits

from mnist_edge.errors import MnistEdgeError
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.model_speed import measure_models
from mnist_edge.runtime.packaged import DEFAULT_MODEL, packaged_models
from mnist_edge.train.batches import Split
from mnist_edge.train.evaluation.intervals import wilson_interval
from mnist_edge.train.evaluation.predictor import load_predictor
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.outliers.photographs import photographed

OUTPUT: Final = Path(__file__).resolve().parent / "results" / "models.json"
SEED: Final = 0
ALL: Final = 10_000  # digits of MNIST's test set
SCENES: Final = 10  # of each kind and level; scenes.py takes more, of one model
PICTURES: Final = 2_500  # digits as picture files
LATENCY_SECONDS: Final = 20.0
REFERENCE: Final = "simple_cnn"
QUICK: Final = {"count": 40, "scenes": 1, "pictures": 8, "seconds": 0.2}
SCENE_FIGURES: Final = ("pictures", "digits", "edit_error", "edit_error_interval", "exact", "exact_interval")


@click.command()
@click.option("-m", "--model", "models", multiple=True, help="A packaged model or an ONNX file; default: all packaged.")
@click.option("--quick", is_flag=True, help="A few of everything; writes no result unless told where.")
@click.option("--resume", is_flag=True, help="Keep what the output file has of these models already.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Result as JSON.")
def main(models: tuple[str, ...], quick: bool, resume: bool, output: Path | None) -> None:
    """Measure, and write models.json."""
    full = {"count": ALL, "scenes": SCENES, "pictures": PICTURES, "seconds": LATENCY_SECONDS}
    if not quick and output is None:
        output = OUTPUT
    try:
        report = measure(models or packaged_models(), QUICK if quick else full, output, resume=resume)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    for name, entry in report["models"].items():
        click.echo(f"{name}: {entry['parts']}")


def measure(models: tuple[str, ...], sizes: dict[str, Any], output: Path | None, *, resume: bool) -> dict[str, Any]:
    """All parts of each model, written after each; then the latency of all, in turns."""
    cv2.setNumThreads(1)
    digits = read_digits("test", sizes["count"])
    results = ModelResults(output, {"benchmark": "models", "seed": SEED, "sizes": sizes}, models, resume=resume)
    harder = Split(photographed(digits.images, np.random.default_rng(SEED)), digits.labels)
    for model in models:
        classifier = DigitClassifier(model, profile=False)
        parts = results.parts(model, classifier)
        for name, job in jobs(model, classifier, digits, harder, sizes).items():
            if name not in parts:
                parts[name] = job()
                results.save()
    results.report["latency"] = latencies(models, sizes["seconds"])
    results.save()
    return results.report


def jobs(
    model: str, classifier: DigitClassifier, digits: Split, harder: Split, sizes: dict[str, Any]
) -> dict[str, Callable[[], dict[str, Any]]]:
    """What is measured of a model, by part."""
    return {
        "mnist": lambda: mnist_figures(model, digits),
        "photographed": lambda: right_figures(classifier, harder),
        "scenes": lambda: scene_figures(model, sizes["scenes"]),
        "pictures": lambda: picture_figures(model, digits, sizes["pictures"]),
    }


def mnist_figures(model: str, digits: Split) -> dict[str, Any]:
    """The network on MNIST's digits as they are: right answers, and whether the confidence can be believed."""
    evaluation = score(load_predictor(model)(digits.images), digits.labels)
    right = int((evaluation.answers == digits.labels).sum())
    return {**_proportion(right, len(digits)), "ece": round(evaluation.calibration.ece, 6)}


def right_figures(classifier: DigitClassifier, digits: Split) -> dict[str, Any]:
    """Digits written anew and photographed; a digit that is refused counts as wrong."""
    answers = classifier.classify_batch(digits.images)
    right = sum(answer.digit == label for answer, label in zip(answers, digits.labels.tolist(), strict=True))
    return _proportion(right, len(digits))


def scene_figures(model: str, count: int) -> dict[str, Any]:
    """Composed scenes of all kinds and levels, see ``scenes.py``."""
    report, _ = scenes.measure(scenes.Options(model=model, count=count))
    return {name: report["all"][name] for name in SCENE_FIGURES}


def picture_figures(model: str, digits: Split, count: int) -> dict[str, Any]:
    """Digits as picture files, one form of each, see ``picture_path.py``."""
    report = picture_path.measure(Split(digits.images[:count], digits.labels[:count]), 1, "test", model)
    return {"digits": report["count"], **{name: way["accuracy"] for name, way in report["ways"].items()}}


def latencies(models: tuple[str, ...], seconds: float) -> dict[str, Any]:
    """Of the networks alone, in turns, and to that of ``simple_cnn``, which is measured along if it is not asked for."""
    first = REFERENCE if REFERENCE in packaged_models() else DEFAULT_MODEL
    by_name = {name_of(model): model for model in (first, *models, *packaged_models())}  # packaged ones come last and win
    speeds = measure_models(list(by_name.values()), seconds=seconds)
    return {
        name_of(model): {
            "p50_us": round(speed.latency.p50_us, 2),
            "p99_us": round(speed.latency.p99_us, 2),
            "ratio": round(speed.to_reference.value, 4),
            "ratio_interval": [round(speed.to_reference.low, 4), round(speed.to_reference.high, 4)],
        }
        for model, speed in speeds.items()
    }


def _proportion(right: int, total: int) -> dict[str, Any]:
    return {
        "digits": total,
        "right": right,
        "accuracy": round(right / total, 6),
        "accuracy_interval": [round(end, 6) for end in wilson_interval(right, total)],
    }


if __name__ == "__main__":
    main()
