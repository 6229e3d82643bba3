"""How well a model reads labelled digits: loss, accuracy, and which digits it takes for which."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import CLASS_NAMES, NUM_CLASSES

_Z_95: Final = 1.959963984540054  # two-sided 95 % quantile of the normal distribution
_SMALLEST: Final = float(np.finfo(np.float32).tiny)  # keeps the logarithm finite where softmax underflowed to 0


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The result of a model on a split.

    Attributes:
        loss: Mean categorical cross-entropy in nats.
        confusion: int64 ``[10, 10]``; row = label, column = answer of the model.
    """

    loss: float
    confusion: NDArray[np.int64]

    @property
    def total(self) -> int:
        """Images."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        """Images whose most probable class is the label."""
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """Top-1 accuracy, 0 to 1."""
        return self.correct / self.total

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.correct, self.total)

    def summary(self) -> dict[str, float | int]:
        """The figures that ``metrics.json`` holds for each split."""
        return {"loss": self.loss, "accuracy": self.accuracy, "correct": self.correct, "total": self.total}

    def per_class(self) -> list[dict[str, Any]]:
        """Count, right answers and their share for each digit; the share is ``None`` for a digit that does not occur."""
        totals, right = self.confusion.sum(axis=1), np.diag(self.confusion)
        return [
            {"class": name, "total": int(n), "correct": int(k), "accuracy": int(k) / int(n) if n else None}
            for name, n, k in zip(CLASS_NAMES, totals, right, strict=True)
        ]

    def as_json(self) -> dict[str, Any]:
        """All figures as what ``json`` can write."""
        return {
            **self.summary(),
            "accuracy_interval_95": list(self.accuracy_interval),
            "classes": self.per_class(),
            "confusion": self.confusion.tolist(),
        }


def wilson_interval(correct: int, total: int, z: float = _Z_95) -> tuple[float, float]:
    """Score interval of a proportion (E. B. Wilson, JASA 22, 1927); unlike the normal one it stays inside 0 to 1.

    Args:
        correct: Successes.
        total: Trials, at least 1.
        z: Quantile of the normal distribution that belongs to the confidence.

    Returns:
        Lower and upper bound, 0 to 1.
    """
    share, weight = correct / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def score(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> Evaluation:
    """Compares answers with labels.

    Args:
        probabilities: float32 ``[n, 10]``, rows that sum to 1; n at least 1.
        labels: uint8 ``[n]``, 0 to 9.
    """
    truth = labels.astype(np.int64)
    answers = probabilities.argmax(axis=1)
    confusion = np.bincount(truth * NUM_CLASSES + answers, minlength=NUM_CLASSES**2).reshape(NUM_CLASSES, NUM_CLASSES)
    of_truth = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    return Evaluation(loss=float(-np.log(np.maximum(of_truth, _SMALLEST)).mean()), confusion=confusion.astype(np.int64))
