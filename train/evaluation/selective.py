"""What it brings to answer only where the model is sure: accuracy by coverage, and the area under the curve of the risk.

Coverage is the share of the images that are answered, the surest first; the risk is the share of wrong answers among them
(Y. Geifman and R. El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.evaluation.intervals import wilson_interval

COVERAGES: Final = (1.0, 0.99, 0.95, 0.9)
_SMALLEST: Final = float(np.finfo(np.float32).tiny)
_LIKE_WHOLE: Final = 1e-9  # 0.99 of 100 images are 99.00000000000001, and not 100


@dataclass(frozen=True)
class SelectivePoint:
    """The surest answers, and how many of them are right.

    Attributes:
        coverage: Share of the images that is answered, at least, above 0 and up to 1.
        answered: Images, rounded up.
        wrong: Wrong answers among them; not whole where some of equally sure answers had to be left out.
    """

    coverage: float
    answered: int
    wrong: float

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0 to 1."""
        return 1 - self.wrong / self.answered

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.answered - round(self.wrong), self.answered)

    def as_json(self) -> dict[str, Any]:
        """All figures as what ``json`` can write."""
        return {
            "coverage": self.coverage,
            "answered": self.answered,
            "wrong": self.wrong,
            "accuracy": self.accuracy,
            "accuracy_interval_95": list(self.accuracy_interval),
        }


@dataclass(frozen=True, eq=False)
class Selective:
    """The curve of a model on a split.

    Attributes:
        risks: float64 ``[n]``: share of wrong answers among the 1, 2, ... n surest, 0 to 1.
    """

    risks: NDArray[np.float64]

    @property
    def aurc(self) -> float:
        """Area under the curve of the risk over the coverage: its mean, 0 to 1."""
        return float(self.risks.mean())

    @property
    def least_aurc(self) -> float:
        """The area if every wrong answer were less sure than every right one."""
        total = len(self.risks)
        wrong = round(float(self.risks[-1]) * total)
        return float((np.arange(1, wrong + 1) / np.arange(total - wrong + 1, total + 1)).sum() / total)

    def at(self, coverage: float) -> SelectivePoint:
        """The surest answers, as many as a share of the images.

        Args:
            coverage: Above 0, up to 1.
        """
        answered = math.ceil(coverage * len(self.risks) - _LIKE_WHOLE)
        return SelectivePoint(coverage, answered, round(float(self.risks[answered - 1]) * answered, 6))

    def as_json(self) -> dict[str, Any]:
        """The figures, without the curve, as what ``json`` can write."""
        return {
            "aurc": self.aurc,
            "least_aurc": self.least_aurc,
            "points": [self.at(coverage).as_json() for coverage in COVERAGES],
        }


def selective(sureness: NDArray[np.float64], right: NDArray[np.bool_]) -> Selective:
    """Answers the surest images first.

    Among equally sure answers the order is unknown, so each counts as the mean of all of them.

    Args:
        sureness: float ``[n]``, higher is surer; n at least 1.
        right: bool ``[n]``, which answers are right.
    """
    _, group = np.unique(-sureness, return_inverse=True)
    sizes = np.bincount(group)
    shares = np.bincount(group, weights=~right) / sizes
    return Selective(np.cumsum(np.repeat(shares, sizes)) / np.arange(1, len(right) + 1))


def sureness(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Log-odds of each answer: in the order of the confidence, but they tell apart what is rounded to a confidence of 1.

    Args:
        probabilities: float32 ``[n, 10]``, rows that sum to 1.

    Returns:
        float64 ``[n]``.
    """
    ordered = np.sort(probabilities.astype(np.float64), axis=1)
    return np.asarray(np.log(ordered[:, -1]) - np.log(np.maximum(ordered[:, :-1].sum(axis=1), _SMALLEST)), np.float64)
