"""Accuracy on real pictures of single digits: photographs and drawings by other people, not MNIST.

The folder holds ``labels.csv`` with the columns ``file,label,notes``. Rows whose label is one digit are scored, all others
(non-digits, scenes with several digits) are left out. A row counts as a photo if its notes mention one. Nothing of the
pictures themselves goes into the result: no names, no pixels, only figures.

    python benchmarks/real_pictures.py FOLDER [--model my.onnx] [--sheet failures.png]
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
from numpy.typing import NDArray

import mnist_edge
from mnist_edge.cli.common import text_table
from mnist_edge.errors import MnistEdgeError, SourceError
from mnist_edge.files import write_bytes, write_json
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.decode import decode_image
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.runtime.picture_array import flatten_alpha, reduce_picture
from mnist_edge.runtime.prediction import Prediction

HERE: Final = Path(__file__).resolve().parent
GROUPS: Final = ("drawn", "photo")
_CELL: Final = 140  # px, side of a picture on the contact sheet
_COLUMNS: Final = 8


@dataclass(frozen=True)
class Item:
    """One picture of the folder."""

    path: Path
    label: int
    group: str


@dataclass(frozen=True)
class Score:
    """How a group fared; a picture without an answer counts as wrong."""

    pictures: int
    correct: int
    unanswered: int
    mean_confidence_in_truth: float

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0 to 1."""
        return self.correct / self.pictures if self.pictures else 0.0


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", default=None, help="An ONNX file or a packaged model; default: the packaged one.")
@click.option("--sheet", type=click.Path(path_type=Path), default=None, help="Write the failures as a PNG contact sheet.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "real_pictures.json")
def main(folder: Path, model: str | None, sheet: Path | None, output: Path) -> None:
    """Score FOLDER and write the figures as JSON."""
    try:
        items = read_labels(folder)
        classifier = DigitClassifier(model)
        predictions = [classifier.classify(item.path) for item in items]
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    report = make_report(items, predictions, classifier)
    rows = [(name, s["pictures"], s["correct"], f"{100 * s['accuracy']:.2f} %") for name, s in report["groups"].items()]
    click.echo(text_table(("group", "pictures", "right", "accuracy"), rows))
    click.echo("confusions: " + (", ".join(f"{pair} x{count}" for pair, count in report["confusions"].items()) or "none"))
    write_json(output, report)
    if sheet is not None:
        write_bytes(sheet, contact_sheet(items, predictions, classifier))


def read_labels(folder: Path) -> list[Item]:
    """The rows of ``labels.csv`` that show one digit.

    Raises:
        SourceError: There is no such file, or no such row.
    """
    table = folder / "labels.csv"
    try:
        with table.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise SourceError(f"Cannot read {table}", received=error.strerror or str(error)) from error
    items = [
        Item(folder / row["file"], int(row["label"]), group_of(row["notes"] or ""))
        for row in rows
        if len(row["label"]) == 1 and row["label"] in "0123456789"
    ]
    if not items:
        raise SourceError(f"{table} names no picture of a single digit", expected="columns file,label,notes")
    return items


def group_of(notes: str) -> str:
    """``"photo"`` if the notes call the picture a photo, and nothing else; else ``"drawn"``."""
    return "photo" if "photo" in notes and "drawn" not in notes else "drawn"


def make_report(items: list[Item], predictions: list[Prediction], classifier: DigitClassifier) -> dict[str, Any]:
    """Figures only: accuracy by group and digit, confusions, the model and the machine."""
    pairs = list(zip(items, predictions, strict=True))
    groups = {name: [pair for pair in pairs if pair[0].group == name] for name in GROUPS}
    confusions = Counter(f"{item.label}->{_answer(p)}" for item, p in pairs if p.digit != item.label)
    by_digit = {str(d): _score([pair for pair in pairs if pair[0].label == d]) for d in range(10)}
    return {
        "benchmark": "real_pictures",
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "mnist_edge": mnist_edge.__version__,
        "model": {"name": classifier.card.name, "graph_sha256": classifier.card.graph_sha256},
        "labels_sha256": hashlib.sha256("\n".join(f"{i.label},{i.group}" for i in items).encode()).hexdigest(),
        "groups": {name: _score(members) for name, members in {**groups, "all": pairs}.items()},
        "digits": by_digit,
        "confusions": dict(confusions.most_common()),
        "environment": asdict(describe_machine()) | {"opencv": cv2.__version__, "numpy": np.__version__},
    }


def _score(pairs: list[tuple[Item, Prediction]]) -> dict[str, Any]:
    score = Score(
        pictures=len(pairs),
        correct=sum(p.digit == item.label for item, p in pairs),
        unanswered=sum(p.digit is None for _, p in pairs),
        mean_confidence_in_truth=round(float(np.mean([p.probabilities[i.label] for i, p in pairs])), 4) if pairs else 0.0,
    )
    return asdict(score) | {"accuracy": round(score.accuracy, 6)}


def _answer(prediction: Prediction) -> str:
    return prediction.status.value if prediction.digit is None else str(prediction.digit)


def contact_sheet(items: list[Item], predictions: list[Prediction], classifier: DigitClassifier) -> bytes:
    """PNG of the failures: the picture, the 28x28 that the model saw, truth and answer."""
    cells = [_cell(i, p, classifier) for i, p in zip(items, predictions, strict=True) if p.digit != i.label]
    blank = np.zeros((2 * _CELL + 20, _CELL, 3), np.uint8)
    cells += [blank] * (-len(cells) % _COLUMNS or (0 if cells else _COLUMNS))
    rows = [np.hstack(cells[start : start + _COLUMNS]) for start in range(0, len(cells), _COLUMNS)]
    return cv2.imencode(".png", np.vstack(rows))[1].tobytes()


def _cell(item: Item, prediction: Prediction, classifier: DigitClassifier) -> NDArray[np.uint8]:
    cell = np.zeros((2 * _CELL + 20, _CELL, 3), np.uint8)
    if prediction.status.value != "error":
        shown = reduce_picture(flatten_alpha(decode_image(item.path.read_bytes())), _CELL)
        colour = cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR) if shown.ndim == 2 else shown
        cell[: colour.shape[0], : colour.shape[1]] = colour
        seen = classifier.prepare(item.path)
        if seen is not None:
            large = cv2.resize(seen, (_CELL, _CELL), interpolation=cv2.INTER_NEAREST)
            cell[_CELL : 2 * _CELL] = large[:, :, None]
    text = f"{item.label} > {_answer(prediction)} {prediction.confidence:.2f}"
    cv2.putText(cell, text, (3, 2 * _CELL + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return cell


if __name__ == "__main__":
    main()
