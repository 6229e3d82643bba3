"""Other people's digits that no training has seen: the 1,797 of scikit-learn's ``load_digits``, through ``classify``.

They are the test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, UCI, 1998): 13 people's
digits, 8x8 pixels of 0 to 16. Each becomes a picture in one fixed way, chosen before anything was measured: 16 is white,
half a side of black ground all round, enlarged eight times with cubic interpolation.

    python benchmarks/transfer.py [--sheet mistakes.png]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
from model_results import ModelResults
from numpy.typing import NDArray
from robustness import best_guesses

from mnist_edge.cli.common import text_table
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_bytes
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.runtime.prediction import Prediction
from mnist_edge.train.batches import Split
from mnist_edge.train.evaluation.intervals import wilson_interval

OUTPUT: Final = Path(__file__).resolve().parent / "results" / "transfer.json"
LOAD_DIGITS: Final = "load_digits"
QUICK: Final = 60
_WHITE: Final = 16  # in the data set
_ENLARGED: Final = 8
_CELL: Final = 84  # px
_COLUMNS: Final = 16


@click.command()
@click.option(
    "-m", "--model", "models", multiple=True, help="A packaged model or an ONNX file; default: all packaged ones."
)
@click.option("--quick", is_flag=True, help=f"The first {QUICK} digits only; writes no result unless told where.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Write the last model's mistakes as a PNG contact sheet.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Result as JSON.")
def main(models: tuple[str, ...], quick: bool, sheet: Path | None, output: Path | None) -> None:
    """Measure, and write transfer.json."""
    digits = load_digits()
    if quick:
        digits = Split(digits.images[:QUICK], digits.labels[:QUICK])
    elif output is None:
        output = OUTPUT
    chosen = models or packaged_models()
    settings = {"benchmark": "transfer", "digits": "scikit-learn load_digits", "count": len(digits)}
    try:
        results = ModelResults(output, settings, chosen)
        for model in chosen:
            classifier = DigitClassifier(model)
            answers = classifier.classify_batch(digits.images)
            results.parts(model, classifier)[LOAD_DIGITS] = figures(answers, digits.labels)
            results.save()
            if sheet is not None:
                write_bytes(sheet, contact_sheet(digits, answers, classifier))
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(table(results.report))


def load_digits() -> Split:
    """The pictures, uint8 ``[1797, 128, 128]``, white on black, and their labels."""
    from sklearn import datasets

    found = datasets.load_digits()
    small = np.round(found.images * (255 / _WHITE)).astype(np.uint8)
    return Split(np.array([as_picture(image) for image in small]), found.target.astype(np.uint8))


def as_picture(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 ``[8, 8]`` to ``[128, 128]``: with ground around it, and enlarged."""
    padded = np.pad(small, small.shape[0] // 2)
    large = cv2.resize(padded, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)


def figures(answers: list[Prediction], labels: NDArray[np.uint8]) -> dict[str, Any]:
    """Right answers with their 95 % interval, the refused, and the best guesses that are right."""
    right = sum(answer.digit == label for answer, label in zip(answers, labels.tolist(), strict=True))
    return {
        "digits": len(labels),
        "right": right,
        "accuracy": round(right / len(labels), 6),
        "accuracy_interval": [round(end, 6) for end in wilson_interval(right, len(labels))],
        "refused": round(float(np.mean([answer.digit is None for answer in answers])), 6),
        "best_guess": round(float((best_guesses(answers) == labels).mean()), 6),
    }


def contact_sheet(digits: Split, answers: list[Prediction], classifier: DigitClassifier) -> bytes:
    """PNG of what was not read right: the picture, the 28x28 that the network saw, truth and answer."""
    cells = [
        _cell(image, classifier.prepare(image), f"{label} > {answer.digit} {answer.log_odds:.1f}")
        for image, label, answer in zip(digits.images, digits.labels.tolist(), answers, strict=True)
        if answer.digit != label
    ]
    cells += [np.zeros((2 * _CELL + 16, _CELL), np.uint8)] * (-len(cells) % _COLUMNS or (0 if cells else _COLUMNS))
    rows = [np.hstack(cells[start : start + _COLUMNS]) for start in range(0, len(cells), _COLUMNS)]
    return cv2.imencode(".png", np.vstack(rows))[1].tobytes()


def _cell(image: NDArray[np.uint8], seen: NDArray[np.uint8] | None, text: str) -> NDArray[np.uint8]:
    shown = np.zeros((16, _CELL), np.uint8)
    cv2.putText(shown, text, (2, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255,), 1, cv2.LINE_AA)
    views = [image, np.zeros_like(image) if seen is None else seen]
    large = [cv2.resize(view, (_CELL, _CELL), interpolation=cv2.INTER_NEAREST) for view in views]
    return np.vstack([*large, shown]).astype(np.uint8)


def table(report: dict[str, Any]) -> str:
    """A row for each model."""
    rows = []
    for name, entry in report["models"].items():
        each = entry["parts"][LOAD_DIGITS]
        low, high = each["accuracy_interval"]
        rows.append((name, f"{each['accuracy']:.2%} ({low:.2%} to {high:.2%})", f"{each['refused']:.2%}",
                     f"{each['best_guess']:.2%}"))  # fmt: skip
    return text_table(("model", "read right", "refused", "best guess right"), rows)


if __name__ == "__main__":
    main()
