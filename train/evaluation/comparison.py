"""Two models on the same images: is one better, or was it luck, and which images do they read differently."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from mnist_edge.errors import DatasetFormatError
from mnist_edge.train.evaluation.intervals import mcnemar, paired_interval
from mnist_edge.train.evaluation.scores import Evaluation

SIGNIFICANCE: Final = 0.05  # goes with the 95 % of the intervals


class FlipKind(StrEnum):
    """What became of an image that two models answer differently, seen from the second model to the first."""

    BROKEN = "broken"
    MENDED = "mended"
    WRONG_BOTH = "wrong_both"


@dataclass(frozen=True)
class Flip:
    """One image that the two models answer differently.

    Attributes:
        index: Of the image in the split.
        label: The digit that it is.
        answer: What the first model says.
        confidence: How sure the first model is, 0 to 1.
        other_answer: What the second model says.
        other_confidence: How sure the second model is.
        kind: ``broken`` if only the second model is right, ``mended`` if only the first is, ``wrong_both`` if neither is.
    """

    index: int
    label: int
    answer: int
    confidence: float
    other_answer: int
    other_confidence: float
    kind: FlipKind

    @property
    def wrong_confidence(self) -> float:
        """How sure the model is that is wrong; where both are, the surer one."""
        if self.kind is FlipKind.WRONG_BOTH:
            return max(self.confidence, self.other_confidence)
        return self.confidence if self.kind is FlipKind.BROKEN else self.other_confidence


@dataclass(frozen=True)
class Comparison:
    """How a first model does against a second one on the same images.

    Attributes:
        difference: Accuracy of the first minus that of the second, -1 to 1.
        interval: 95 % interval of the difference, for paired proportions.
        mended: Images that only the first model gets right.
        broken: Images that only the second model gets right.
        p_value: Of the exact two-sided McNemar test: how likely ``mended`` and ``broken`` are to be at least this unequal
            between two equally good models (Q. McNemar, Psychometrika 12, 1947; exact binomial form).
        flips: Images that are answered differently, the surest wrong answer first.
    """

    difference: float
    interval: tuple[float, float]
    mended: int
    broken: int
    p_value: float
    flips: tuple[Flip, ...]

    @property
    def significant(self) -> bool:
        """Whether chance is an unlikely explanation, at 5 %."""
        return self.p_value < SIGNIFICANCE

    def as_json(self) -> dict[str, Any]:
        """All figures as what ``json`` can write."""
        return {
            "accuracy_difference": self.difference,
            "accuracy_difference_interval_95": list(self.interval),
            "mcnemar": {
                "mended": self.mended,
                "broken": self.broken,
                "p_value": self.p_value,
                "significant": self.significant,
            },
            "flips": [asdict(flip) for flip in self.flips],
        }


def compare(first: Evaluation, second: Evaluation) -> Comparison:
    """Holds a model against another.

    Args:
        first: The model that is judged.
        second: What it is held against, evaluated on the same images.

    Raises:
        DatasetFormatError: If the two were evaluated on different labels.
        MissingExtraError: If scipy is not installed.
    """
    if not np.array_equal(first.labels, second.labels):
        raise DatasetFormatError(
            "The two evaluations are not of the same images",
            expected="the same labels in the same order",
            received=f"{first.total:,} and {second.total:,} labels"
            + (" that differ" if first.total == second.total else ""),
        )
    right, other_right = first.answers == first.labels, second.answers == second.labels
    both, mended, broken, neither = (
        int(np.sum(mask))
        for mask in (right & other_right, right & ~other_right, ~right & other_right, ~right & ~other_right)
    )
    return Comparison(
        difference=(mended - broken) / first.total,
        interval=paired_interval(both, mended, broken, neither),
        mended=mended,
        broken=broken,
        p_value=mcnemar(mended, broken),
        flips=_flips(first, second),
    )


def _flips(first: Evaluation, second: Evaluation) -> tuple[Flip, ...]:
    flips = []
    for index in np.flatnonzero(first.answers != second.answers).tolist():
        label, answer, other = int(first.labels[index]), int(first.answers[index]), int(second.answers[index])
        kind = FlipKind.MENDED if answer == label else FlipKind.BROKEN if other == label else FlipKind.WRONG_BOTH
        confidence, other_confidence = float(first.confidences[index]), float(second.confidences[index])
        flips.append(Flip(index, label, answer, confidence, other, other_confidence, kind))
    return tuple(sorted(flips, key=lambda flip: (-flip.wrong_confidence, flip.index)))
