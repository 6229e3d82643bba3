"""How well a model reads labelled digits: loss, accuracy, and which digits it takes for which."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import CLASS_NAMES, NUM_CLASSES
from mnist_edge.errors import DatasetFormatError
from mnist_edge.train.evaluation.calibration import Calibration, calibrate
from mnist_edge.train.evaluation.intervals import wilson_interval
from mnist_edge.train.evaluation.libraries import sklearn_metrics
from mnist_edge.train.evaluation.selective import Selective, selective, sureness

_SMALLEST: Final = float(np.finfo(np.float32).tiny)  # keeps the logarithm finite where softmax underflowed to 0


@dataclass(frozen=True)
class ClassScore:
    """How one digit is read. What is undefined is ``None``.

    Attributes:
        name: The digit.
        support: Images of the digit.
        correct: Those of them that are answered with it.
        accuracy: Share of them, 0 to 1; for one class the same as ``recall``.
        precision: Share of the images answered with the digit that are it; ``None`` if it is never answered.
        recall: Share of the images of the digit that are answered with it; ``None`` if there are none.
        f1: Harmonic mean of the two; ``None`` if the digit neither occurs nor is answered.
    """

    name: str
    support: int
    correct: int
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Averages:
    """Means over the digits that occur or are answered, what is undefined counted as 0, as in a classification report.

    So a model that never answers a digit does not look better for it.
    """

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class ConfusedPair:
    """How often one digit is taken for another."""

    truth: int
    answer: int
    count: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The answers of a model on a split, and what they are worth.

    Only ``loss``, ``confusion`` and what follows from it by counting need no scikit-learn.

    Attributes:
        labels: uint8 ``[n]``, 0 to 9.
        probabilities: float32 ``[n, 10]``.
        loss: Mean categorical cross-entropy in nats.
        confusion: int64 ``[10, 10]``; row = label, column = answer of the model.
    """

    labels: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    loss: float
    confusion: NDArray[np.int64]

    @property
    def total(self) -> int:
        """Images."""
        return len(self.labels)

    @property
    def correct(self) -> int:
        """Images whose most probable class is the label."""
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """Top-1 accuracy, 0 to 1."""
        return self.correct / self.total

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.correct, self.total)

    @cached_property
    def answers(self) -> NDArray[np.int64]:
        """int64 ``[n]``: the most probable class; of equals the lowest."""
        answers: NDArray[np.int64] = self.probabilities.argmax(axis=1).astype(np.int64)
        return answers

    @cached_property
    def confidences(self) -> NDArray[np.float32]:
        """float32 ``[n]``: the probability of the answer."""
        best: NDArray[np.float32] = self.probabilities.max(axis=1)
        return best

    @cached_property
    def top2_accuracy(self) -> float:
        """Share of the images whose label is among the two most probable classes."""
        # Mirrored: of equal probabilities scikit-learn takes the highest class, argmax the lowest.
        mirrored, labels = self.probabilities[:, ::-1], NUM_CLASSES - 1 - self.labels
        return float(sklearn_metrics().top_k_accuracy_score(labels, mirrored, k=2, labels=np.arange(NUM_CLASSES)))

    @cached_property
    def classes(self) -> tuple[ClassScore, ...]:
        """One entry a digit."""
        precision, recall, f1, support = sklearn_metrics().precision_recall_fscore_support(
            self.labels, self.answers, labels=np.arange(NUM_CLASSES), average=None, zero_division=np.nan
        )
        right = np.diag(self.confusion)
        return tuple(
            ClassScore(name, int(n), int(k), _defined(r), _defined(p), _defined(r), _defined(f))
            for name, n, k, p, r, f in zip(CLASS_NAMES, support, right, precision, recall, f1, strict=True)
        )

    @cached_property
    def macro(self) -> Averages:
        """Means in which each digit counts the same."""
        return self._averages("macro")

    @cached_property
    def weighted(self) -> Averages:
        """Means in which each digit counts by its images; the recall is then the accuracy."""
        return self._averages("weighted")

    @cached_property
    def confused_pairs(self) -> tuple[ConfusedPair, ...]:
        """Which digit is taken for which, most frequent first; pairs that do not occur are left out."""
        wrong = self.confusion * ~np.eye(NUM_CLASSES, dtype=bool)
        pairs = [ConfusedPair(int(truth), int(answer), int(wrong[truth, answer])) for truth, answer in np.argwhere(wrong)]
        return tuple(sorted(pairs, key=lambda pair: (-pair.count, pair.truth, pair.answer)))

    @cached_property
    def calibration(self) -> Calibration:
        """Whether the confidences can be believed."""
        return calibrate(self.probabilities, self.labels)

    @cached_property
    def selective(self) -> Selective:
        """What it brings to answer only where the model is sure."""
        return selective(sureness(self.probabilities), self.answers == self.labels)

    @cached_property
    def mistakes(self) -> NDArray[np.int64]:
        """int64 ``[k]``: indices of the images answered wrongly, the surest answer first."""
        wrong: NDArray[np.int64] = np.flatnonzero(self.answers != self.labels).astype(np.int64)
        return wrong[np.argsort(-self.confidences[wrong], kind="stable")]

    def summary(self) -> dict[str, float | int]:
        """The figures that ``metrics.json`` holds for each split."""
        return {"loss": self.loss, "accuracy": self.accuracy, "correct": self.correct, "total": self.total}

    def as_json(self) -> dict[str, Any]:
        """All figures as what ``json`` can write."""
        return {
            **self.summary(),
            "accuracy_interval_95": list(self.accuracy_interval),
            "top2_accuracy": self.top2_accuracy,
            "classes": [asdict(each) for each in self.classes],
            "macro": asdict(self.macro),
            "weighted": asdict(self.weighted),
            "confusion": self.confusion.tolist(),
            "confused_pairs": [asdict(pair) for pair in self.confused_pairs],
            "calibration": self.calibration.as_json(),
            "selective": self.selective.as_json(),
            "mistakes": [self._mistake(int(index)) for index in self.mistakes],
        }

    def _mistake(self, index: int) -> dict[str, float | int]:
        label = int(self.labels[index])
        return {
            "index": index,
            "label": label,
            "answer": int(self.answers[index]),
            "confidence": float(self.confidences[index]),
            "probability_of_label": float(self.probabilities[index, label]),
        }

    def _averages(self, kind: str) -> Averages:
        # Without labels scikit-learn takes those that occur or are answered.
        figures = sklearn_metrics().precision_recall_fscore_support(
            self.labels, self.answers, average=kind, zero_division=0
        )
        return Averages(*map(float, figures[:3]))


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def score(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> Evaluation:
    """Compares answers with labels.

    Args:
        probabilities: float32 ``[n, 10]``, rows that sum to 1; n at least 1.
        labels: uint8 ``[n]``, 0 to 9.

    Raises:
        DatasetFormatError: If there are no labels, or not one for each row.
    """
    check_split(len(probabilities), len(labels))
    truth = labels.astype(np.int64)
    # Counted here and not by scikit-learn, so that the end of a training does not hang on it.
    pairs = np.bincount(truth * NUM_CLASSES + probabilities.argmax(axis=1), minlength=NUM_CLASSES**2)
    # Not sklearn.metrics.log_loss: it raises every probability below 1.2e-7 to that, and so makes sure mistakes cheaper.
    of_truth = np.maximum(probabilities[np.arange(len(truth)), truth].astype(np.float64), _SMALLEST)
    return Evaluation(
        labels=labels,
        probabilities=probabilities,
        loss=max(0.0, float(-np.log(of_truth).mean())),  # -0.0 where all are certain, and softmax can exceed 1 by a bit
        confusion=pairs.reshape(NUM_CLASSES, NUM_CLASSES).astype(np.int64),
    )


def check_split(images: int, labels: int) -> None:
    """Refuses a split without images, or with another number of labels.

    Raises:
        DatasetFormatError: If it is one.
    """
    if images == 0 or images != labels:
        raise DatasetFormatError(
            "There is nothing to evaluate" if images == 0 else "Images and labels do not belong together",
            expected="at least one image, and one label for each",
            received=f"{images:,} images and {labels:,} labels",
        )
