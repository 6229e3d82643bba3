"""Whether a model's confidence can be believed: expected calibration error, Brier score, reliability bins.

scikit-learn has neither: its ``calibration_curve`` is for two classes, and its Brier score for more than two came with 1.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_edge.temperature import RELIABILITY_BINS, reliability_bins


@dataclass(frozen=True)
class ReliabilityBin:
    """The images whose confidence lies in one interval.

    Attributes:
        low: Lower bound of the confidence, not included.
        high: Upper bound, included.
        count: Images.
        confidence: Mean confidence, 0 to 1; ``None`` without images.
        accuracy: Share of right answers, 0 to 1; ``None`` without images.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None

    @property
    def gap(self) -> float | None:
        """Accuracy minus confidence: negative where the model is too sure of itself; ``None`` without images."""
        return None if self.confidence is None or self.accuracy is None else self.accuracy - self.confidence


@dataclass(frozen=True)
class Calibration:
    """How far confidence and accuracy lie apart.

    Attributes:
        ece: Expected calibration error: the bins' distances between accuracy and mean confidence, weighted by their images,
            0 to 1 (C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
        max_error: The largest of these distances.
        brier: Mean over the images of the squared distance between the ten probabilities and the one-hot label, 0 to 2, as
            first defined (G. W. Brier, Monthly Weather Review 78, 1950); half of it is found elsewhere.
        bins: 15 equal parts of the confidence from 0 to 1.
    """

    ece: float
    max_error: float
    brier: float
    bins: tuple[ReliabilityBin, ...]

    def as_json(self) -> dict[str, Any]:
        """All figures as what ``json`` can write."""
        return {
            "ece": self.ece,
            "max_error": self.max_error,
            "brier": self.brier,
            "bins": [{**vars(each), "gap": each.gap} for each in self.bins],
        }


def calibrate(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> Calibration:
    """Compares confidences, the probability of the answer, with how often the answer is right.

    Args:
        probabilities: float32 ``[n, 10]``, rows that sum to 1; n at least 1.
        labels: uint8 ``[n]``, 0 to 9.
    """
    exact = probabilities.astype(np.float64)
    confidences, right = exact.max(axis=1), exact.argmax(axis=1) == labels
    edges = np.linspace(0, 1, RELIABILITY_BINS + 1)
    places = reliability_bins(confidences)
    bins = tuple(
        _bin(low, high, confidences[places == index], right[places == index])
        for index, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    )
    gaps = [(each.count, abs(each.gap)) for each in bins if each.gap is not None]
    exact[np.arange(len(labels)), labels] -= 1
    return Calibration(
        ece=sum(count * gap for count, gap in gaps) / len(labels),
        max_error=max(gap for _, gap in gaps),
        brier=float((exact**2).sum(axis=1).mean()),
        bins=bins,
    )


def _bin(low: float, high: float, confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> ReliabilityBin:
    if not len(confidences):
        return ReliabilityBin(low, high, 0, None, None)
    return ReliabilityBin(low, high, len(confidences), float(confidences.mean()), float(right.mean()))
