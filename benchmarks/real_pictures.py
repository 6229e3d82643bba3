"""Accuracy on real pictures by other people, not MNIST: single digits, scenes of several digits, and what is no digit.

The folder holds ``labels.csv`` with the columns ``file,label,notes``. A label of one digit is a single digit, and a photo
if its notes mention one; several digits, or a file in ``scenes/``, are a scene, whose notes may give its lines as
``lines=12|34``; the label ``nondigit`` is what it says. Nothing of the pictures themselves goes into the result: no names,
no pixels, only figures.

    python benchmarks/real_pictures.py FOLDER [--model my.onnx] [--sheet failures.png]
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
from labelled_folder import Item, is_larger_than, read_labels, read_nondigits, read_scenes
from numpy.typing import NDArray
from scene_scoring import score_text, summary

import mnist_edge
from mnist_edge.cli.common import text_table
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_bytes, write_json
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.decode import decode_image
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.runtime.picture_array import flatten_alpha, reduce_picture
from mnist_edge.runtime.prediction import Prediction

HERE: Final = Path(__file__).resolve().parent
GROUPS: Final = ("drawn", "photo")
SMALL_SIDE: Final = 105  # px; a nondigit no larger than this is one drawn character, not a picture of a place
_CELL: Final = 140  # px, side of a picture on the contact sheet
_COLUMNS: Final = 8


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
        report = make_report(items, predictions, classifier)
        report |= {
            "scenes": score_scenes(folder, classifier),
            "nondigits": score_nondigits(read_nondigits(folder), predictions, classifier),
        }
        write_json(output, report)
        if sheet is not None:
            write_bytes(sheet, contact_sheet(items, predictions, classifier))
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    rows = [(name, s["pictures"], s["correct"], f"{100 * s['accuracy']:.2f} %") for name, s in report["groups"].items()]
    click.echo(text_table(("group", "pictures", "right", "accuracy"), rows))
    click.echo("confusions: " + (", ".join(f"{pair} x{count}" for pair, count in report["confusions"].items()) or "none"))
    for part in ("scenes", "nondigits"):
        figures = report[part] or {"pictures": 0}
        click.echo(f"{part}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items()))


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


def score_scenes(folder: Path, classifier: DigitClassifier) -> dict[str, Any] | None:
    """Edit error and share of exact pictures over the scenes of a folder; ``None`` if it has none."""
    scores = [score_text(classifier.read(path).text, text) for path, text in read_scenes(folder)]
    if not scores:
        return None
    kept = ("pictures", "digits", "edits", "edit_error", "edit_error_interval", "exact", "exact_interval", "right_lines")
    figures = summary(scores)
    return {name: figures[name] for name in kept}


def score_nondigits(paths: list[Path], digits: list[Prediction], classifier: DigitClassifier) -> dict[str, Any] | None:
    """How well what is no digit is told from the folder's single digits; ``None`` if there is nothing of it.

    Args:
        paths: Pictures without a digit.
        digits: The answers for the single digits.
        classifier: Whose thresholds count.
    """
    if not paths:
        return None
    others = classifier.classify_batch(paths)
    places = [path for path in paths if is_larger_than(path, SMALL_SIDE)]
    reported = [len(classifier.read(path)) for path in places]
    return {
        "pictures": len(paths),
        "auroc": round(auroc(digits, others), 6),
        "digits_refused": _share([prediction.digit is None for prediction in digits]),
        "nondigits_refused": _share([prediction.digit is None for prediction in others]),
        "scenes": len(places),
        "digits_reported": sum(reported),
        "digits_reported_a_scene": round(sum(reported) / len(places), 6) if places else None,
        "scenes_with_digits": sum(count > 0 for count in reported),
    }


def auroc(digits: list[Prediction], others: list[Prediction]) -> float:
    """How often a digit has higher log-odds than what is none; the network did not run: lowest of all."""
    from sklearn.metrics import roc_auc_score

    scores = np.nan_to_num([prediction.log_odds for prediction in (*digits, *others)], neginf=np.finfo(np.float64).min)
    return float(roc_auc_score([1] * len(digits) + [0] * len(others), scores))


def _share(flags: list[bool]) -> float:
    return round(sum(flags) / len(flags), 6)


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
