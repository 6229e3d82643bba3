"""MNIST's digits as pictures: encoded, decoded, found and classified, against the same digits given to the network.

Each digit is enlarged (1, 2, 4, 10 times; nearest, linear or cubic), put somewhere on a ground of its own colour (half or
two sides of room), in either polarity, and saved as PNG or JPEG: 32 forms, of which each digit takes ``--forms`` in turn.

    python benchmarks/picture_path.py                         MNIST's test digits, the figures for the documents
    python benchmarks/picture_path.py --split validation      for tuning
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
from numpy.typing import NDArray

import mnist_edge
from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_json
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.train.batches import Split, split_validation

HERE: Final = Path(__file__).resolve().parent
VALIDATION_SHARE: Final = 1 / 6
ENLARGED: Final = (1, 2, 4, 10)
ROOM: Final = (0.5, 2.0)  # sides of the digit's picture
METHODS: Final = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
RESAMPLES: Final = 2000


@dataclasses.dataclass(frozen=True)
class Form:
    """How a digit becomes a picture."""

    enlarged: int
    room: float
    is_dark: bool
    suffix: str

    def encode(self, digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
        """The file's bytes; uint8 ``[28, 28]`` goes in."""
        side = digit.shape[0] * self.enlarged
        method = METHODS[rng.integers(len(METHODS))]
        large = cv2.resize(digit, (side, side), interpolation=method) if self.enlarged > 1 else digit
        room = int(self.room * side)
        left, top = (int(value) for value in rng.integers(0, room + 1, 2))
        picture = np.pad(large, ((top, room - top), (left, room - left)))
        return cv2.imencode(self.suffix, 255 - picture if self.is_dark else picture)[1].tobytes()


FORMS: Final = tuple(Form(*each) for each in itertools.product(ENLARGED, ROOM, (False, True), (".png", ".jpg")))


@click.command()
@click.option("--model", default=None, help="An ONNX file or a packaged model; default: the packaged one.")
@click.option("--split", type=click.Choice(["test", "validation"]), default="test", help="Which digits.")
@click.option("--forms", type=click.IntRange(1, len(FORMS)), default=4, help="Pictures made of each digit.")
@click.option("-n", "--count", type=click.IntRange(1), default=10_000, help="How many digits.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Result as JSON; default: only the full test run of the default model writes.",
)
def main(model: str | None, split: str, forms: int, count: int, output: Path | None) -> None:
    """Measure what the way through a picture costs."""
    try:
        report = measure(_digits(split, count), forms, split, model)
        if model is None and split == "test" and count >= 10_000:
            output = output or HERE / "results" / "picture_path.json"
        if output is not None:
            write_json(output, report)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"direct {report['direct']:.3%}")
    for name, way in report["ways"].items():
        low, high = way["gap_interval"]
        click.echo(f"{name} {way['accuracy']:.3%}, gap {100 * way['gap']:.3f} points ({100 * low:.3f} to {100 * high:.3f})")


def measure(digits: Split, forms: int, split: str, model: str | None = None) -> dict[str, Any]:
    """Direct, through ``classify`` and through ``read``."""
    cv2.setNumThreads(1)
    classifier = DigitClassifier(model, threads=1)
    direct = np.array([answer.digit == label for answer, label in zip(
        classifier.classify_batch(digits.images), digits.labels.tolist(), strict=True)])  # fmt: skip
    right: dict[str, list[NDArray[np.float64]]] = {"classify": [], "read": []}
    by_form = {name: np.zeros((len(FORMS), 2)) for name in right}
    for index, (image, label) in enumerate(zip(digits.images, digits.labels.tolist(), strict=True)):
        rng = np.random.default_rng([0, index])
        chosen = [(index * forms + turn) % len(FORMS) for turn in range(forms)]
        pictures = [FORMS[form].encode(image, rng) for form in chosen]
        answers = {
            "classify": [answer.digit == label for answer in classifier.classify_batch(pictures)],
            "read": [classifier.read(picture).text == str(label) for picture in pictures],
        }
        for name, hits in answers.items():
            right[name].append(np.array(hits, np.float64))
            for form, hit in zip(chosen, hits, strict=True):
                by_form[name][form] += (hit, 1)
    return {
        "benchmark": "picture_path",
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "mnist_edge": mnist_edge.__version__,
        "model": {"name": classifier.card.name, "graph_sha256": classifier.card.graph_sha256},
        "digits": f"MNIST {split}",
        "count": len(digits),
        "forms_of_each": forms,
        "direct": round(float(direct.mean()), 6),
        "ways": {name: _way(direct, np.array(hits), by_form[name]) for name, hits in right.items()},
        "environment": dataclasses.asdict(describe_machine()) | {"opencv": cv2.__version__, "numpy": np.__version__},
    }


def _way(direct: NDArray[np.bool_], hits: NDArray[np.float64], by_form: NDArray[np.float64]) -> dict[str, Any]:
    """Accuracy, and how far it is below the direct way: 95 % percentile bootstrap over the digits, paired."""
    gaps = direct - hits.mean(axis=1)
    rng = np.random.default_rng(0)
    means = [float(gaps[rng.integers(0, len(gaps), len(gaps))].mean()) for _ in range(RESAMPLES)]
    return {
        "accuracy": round(float(hits.mean()), 6),
        "gap": round(float(gaps.mean()), 6),
        "gap_interval": [round(float(value), 6) for value in np.percentile(means, [2.5, 97.5])],
        "forms": [
            {**dataclasses.asdict(form), "accuracy": round(float(hit / seen), 6), "pictures": int(seen)}
            for form, (hit, seen) in zip(FORMS, by_form, strict=True)
            if seen
        ],
    }


def _digits(split: str, count: int) -> Split:
    dataset = load_dataset()
    test = Split(dataset.x_test, dataset.y_test)
    digits = test if split == "test" else split_validation(dataset.x_train, dataset.y_train, VALIDATION_SHARE)[1]
    return Split(digits.images[:count], digits.labels[:count])


if __name__ == "__main__":
    main()
