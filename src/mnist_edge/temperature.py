"""Temperature scaling: one number that makes a network as sure as it is right.

The logits are divided by it before the softmax. Above 1 the network becomes more modest, below 1 surer; no answer changes.
The number is the likeliest one for digits that the network has not learned from (C. Guo et al., "On Calibration of Modern
Neural Networks", ICML 2017). A good network has a score of mistakes among thousands of such digits, so whether the number
pays is judged by cross-validation: every digit by a temperature that was fitted on the others.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RELIABILITY_BINS: Final = 15  # as in Guo et al., where the measure became known; other numbers give other errors
# What chance makes of the calibration error where none is: 0.0013 to 0.0020 on average for 6,000 digits whose labels were
# drawn with the very confidences of two trained networks. A smaller one says nothing about which temperature is better.
ECE_OF_CHANCE: Final = 0.002
LIMITS: Final = (0.1, 10.0)  # of a temperature
FOLDS: Final = 10
_HALVINGS: Final = 50  # of an interval of 9.9; what is left is below 1e-14
_AT_A_LIMIT: Final = 1e-6

Logits = NDArray[np.float32]
Labels = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Temperature:
    """A temperature, and what it changes.

    Attributes:
        value: What to divide the logits by; 1 if no temperature pays.
        fitted: The likeliest temperature of all the digits, whether it pays or not.
        nll_before: Mean negative log-likelihood of the labels without a temperature, in nats.
        nll_after: With ``value``.
        nll_crossed: Cross-validated, with temperatures fitted like ``fitted``.
        ece_before: Expected calibration error without a temperature, 0 to 1.
        ece_after: With ``value``.
        ece_crossed: Cross-validated, with temperatures fitted like ``fitted``.
        wrong: Digits that are read wrongly.
        count: Digits.
    """

    value: float
    fitted: float
    nll_before: float
    nll_after: float
    nll_crossed: float
    ece_before: float
    ece_after: float
    ece_crossed: float
    wrong: int
    count: int

    def as_json(self) -> dict[str, float | int]:
        """All figures as what ``json`` can write."""
        return dataclasses.asdict(self)


def fit_temperature(logits: Logits, labels: Labels) -> Temperature:
    """Fits a temperature, and decides whether it pays.

    It pays if, cross-validated, the labels are likelier with it than without, and the calibration error is either no larger
    or not above 0.2 %, which is as small as chance lets it be. A likelihood that has no maximum, as when every answer is
    right, gives no temperature.

    Args:
        logits: float32 ``[n, 10]`` of digits that the network has not learned from, n at least 1.
        labels: ``[n]``, 0 to 9.

    Returns:
        The temperature, 1 if none pays.
    """
    fitted = likeliest_temperature(logits, labels)
    crossed, bounded = _crossed(logits, labels)
    nll_before, ece_before = losses(logits, labels)
    nll_crossed, ece_crossed = losses(crossed, labels)
    pays = bounded and nll_crossed < nll_before and ece_crossed <= max(ece_before, ECE_OF_CHANCE)
    value = round(fitted, 4) if pays else 1.0
    nll_after, ece_after = losses(logits, labels, value)
    return Temperature(
        value=value,
        fitted=fitted,
        nll_before=nll_before,
        nll_after=nll_after,
        nll_crossed=nll_crossed,
        ece_before=ece_before,
        ece_after=ece_after,
        ece_crossed=ece_crossed,
        wrong=int((logits.argmax(axis=1) != labels).sum()),
        count=len(labels),
    )


def likeliest_temperature(logits: Logits, labels: Labels) -> float:
    """The temperature of the highest likelihood between 0.1 and 10.

    In its inverse the negative log-likelihood is convex, so its slope has one root at most, and halving finds it.

    Args:
        logits: float32 ``[n, 10]``, n at least 1.
        labels: ``[n]``, 0 to 9.

    Returns:
        A limit if the likelihood rises up to it.
    """
    exact = logits.astype(np.float64)
    of_labels = float(exact[np.arange(len(labels)), labels].mean())
    low, high = 1 / LIMITS[1], 1 / LIMITS[0]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        slope = float((softmax(exact * middle) * exact).sum(axis=1).mean()) - of_labels
        low, high = (low, middle) if slope > 0 else (middle, high)
    return 2 / (low + high)


def losses(logits: NDArray[Any], labels: Labels, temperature: float = 1.0) -> tuple[float, float]:
    """Negative log-likelihood of the labels, mean, in nats, and expected calibration error of the answers, 0 to 1.

    Args:
        logits: float ``[n, 10]``, n at least 1.
        labels: ``[n]``, 0 to 9.
        temperature: Divides the logits.
    """
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    logarithms = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    likelihood = max(0.0, -float(logarithms[np.arange(len(labels)), labels].mean()))  # and not -0.0
    return likelihood, calibration_error(np.exp(logarithms.max(axis=1)), logits.argmax(axis=1) == labels)


def calibration_error(confidences: NDArray[Any], right: NDArray[np.bool_]) -> float:
    """Expected calibration error: the bins' distances between accuracy and mean confidence, weighted by their answers.

    Args:
        confidences: float ``[n]``, 0 to 1, n at least 1.
        right: bool ``[n]``, which answers are right.
    """
    gaps = np.bincount(reliability_bins(confidences), weights=right - confidences.astype(np.float64))
    return float(np.abs(gaps).sum()) / len(confidences)


def reliability_bins(confidences: NDArray[Any]) -> NDArray[np.intp]:
    """Which of 15 equal parts of 0 to 1 each confidence lies in, 0 to 14; a border belongs below it.

    Args:
        confidences: float ``[n]``, 0 to 1.
    """
    return np.asarray(np.digitize(confidences, np.linspace(0, 1, RELIABILITY_BINS + 1)[1:-1], right=True), np.intp)


def softmax(logits: NDArray[Any]) -> NDArray[Any]:
    """Softmax over the last axis, in the precision of the logits, safe for large ones."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]


def _crossed(logits: Logits, labels: Labels) -> tuple[NDArray[np.float64], bool]:
    """Every logit divided by a temperature fitted on the other folds, and whether none of these was at a limit."""
    folds = min(FOLDS, len(labels))
    if folds < 2:
        return logits.astype(np.float64), False
    place = np.random.default_rng(0).permutation(len(labels)) % folds
    found = [likeliest_temperature(logits[place != fold], labels[place != fold]) for fold in range(folds)]
    bounded = all(LIMITS[0] * (1 + _AT_A_LIMIT) < each < LIMITS[1] * (1 - _AT_A_LIMIT) for each in found)
    return logits.astype(np.float64) / np.array(found)[place][:, None], bounded
