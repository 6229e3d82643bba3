"""The results of ``mnist-edge evaluate`` as text, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from mnist_edge.cli.evaluate_tables import comparison_text, evaluation_text

if TYPE_CHECKING:
    from mnist_edge.dataset import Dataset
    from mnist_edge.train.evaluation.options import EvaluateOptions
    from mnist_edge.train.evaluation.scores import Evaluation
    from mnist_edge.train.evaluation.splits import NamedSplit
    from mnist_edge.train.evaluation.tempering import Tempering

CLASS_HEADER: Final = ("model", "class", "support", "correct", "accuracy", "precision", "recall", "f1")
PREDICTIONS_HEADER: Final = ("index", "label", "answer", "confidence", *[f"p{digit}" for digit in range(10)])
_SPLIT_TITLES: Final = {"test": "test", "validation": "validation", "train": "training"}


@dataclass(frozen=True)
class Measured:
    """A model as the user named it, and what it reached."""

    name: str
    evaluation: Evaluation
    tempering: Tempering

    def as_json(self) -> dict[str, Any]:
        """All figures as what ``json`` can write."""
        return {"model": self.name, **self.evaluation.as_json(), "temperature": self.tempering.as_json()}


def render(measured: Sequence[Measured], dataset: Dataset, part: NamedSplit, options: EvaluateOptions) -> str:
    """The result of one model, or of the first one held against the second, without a line end at its end."""
    if options.form == "json":
        content = _as_json(measured, dataset, part)
        return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    if options.form == "csv":
        return _class_table(measured)
    total = len(part.split)
    where = f"{dataset.name} {_SPLIT_TITLES[part.name]} set, {total:,} image{'' if total == 1 else 's'}"
    first = measured[0]
    if len(measured) == 1:
        return f"{first.name} on the {where}\n\n{evaluation_text(first.evaluation, first.tempering, options.worst)}"
    from mnist_edge.train.evaluation.comparison import compare

    second = measured[1]
    text = comparison_text(first.evaluation, second.evaluation, compare(first.evaluation, second.evaluation), options.worst)
    return f"A  {first.name}\nB  {second.name}\non the {where}\n\n{text}"


def write_predictions(evaluation: Evaluation, file: IO[str]) -> None:
    """Writes one CSV line an image; nine digits tell any two float32 numbers apart."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PREDICTIONS_HEADER)
    rows = zip(
        evaluation.labels.tolist(),
        evaluation.answers.tolist(),
        evaluation.confidences.tolist(),
        evaluation.probabilities.tolist(),
        strict=True,
    )
    for index, (label, answer, confidence, probabilities) in enumerate(rows):
        writer.writerow([index, label, answer, f"{confidence:.9g}", *[f"{each:.9g}" for each in probabilities]])


def _as_json(measured: Sequence[Measured], dataset: Dataset, part: NamedSplit) -> dict[str, Any]:
    first = measured[0]
    content: dict[str, Any] = {
        "model": first.name,
        "data": {"name": dataset.name, "origin": dataset.origin, "sha256": dataset.sha256},
        "split": {"name": part.name, "images": len(part.split), "array": part.array, "first_index": part.first_index},
        **first.as_json(),
    }
    if len(measured) > 1:
        from mnist_edge.train.evaluation.comparison import compare

        second = measured[1]
        content["against"] = second.as_json()
        content["comparison"] = compare(first.evaluation, second.evaluation).as_json()
    return content


def _class_table(measured: Sequence[Measured]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CLASS_HEADER)
    for each in measured:
        for row in each.evaluation.classes:
            figures = (row.accuracy, row.precision, row.recall, row.f1)
            writer.writerow(
                [each.name, row.name, row.support, row.correct, *["" if f is None else f"{f:.6f}" for f in figures]]
            )
    return text.getvalue().removesuffix("\n")
