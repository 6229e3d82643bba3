"""What share of real digits a threshold refuses: measured by the training run, for the model card."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np

from mnist_edge.rejection import OperatingPoint, Rejection
from mnist_edge.runtime.scoring import log_odds
from mnist_edge.train.batches import Split
from mnist_edge.train.none_class import keras_logits

#: Shares of real digits refused, for which thresholds are measured.
SHARES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
DEFAULT_SHARE: Final = 0.002  # of MNIST's validation digits as they are one in a thousand, and still most letters
DIGITS: Final = "validation digits, written anew, photographed, and read right"
_STREAM: Final = (0, 0, 4)  # random numbers of their own, see drawn


def measure_rejection(model: Any, validation: Split, seed: int) -> dict[str, Any]:
    """The ``rejection`` of ``metrics.json``, for a model that learned "none".

    The shares are those of right answers that a threshold takes away. A digit that is read wrongly anyway is no loss.

    Args:
        model: A Keras model that ends in a softmax.
        validation: Digits that it has not seen.
        seed: Of the run.

    Returns:
        The fields of :class:`~mnist_edge.rejection.Rejection`.
    """
    digits = real_digits(validation, seed)
    logits = keras_logits(model, digits.images)
    right = logits.argmax(axis=1) == digits.labels
    scores = log_odds(logits if not right.any() else logits[right], none_logit=True)
    points = tuple(OperatingPoint(share, round(float(np.quantile(scores, share)), 4)) for share in SHARES)
    measured_on = f"{int(right.sum()):,} {DIGITS}"
    return dataclasses.asdict(Rejection(none_logit=True, points=points, default=DEFAULT_SHARE, digits=measured_on))


def real_digits(validation: Split, seed: int) -> Split:
    """The validation digits as other people would write and photograph them.

    Not the drawn ones: the network has learned from digits of the same drawer, and refuses half as many of them.
    """
    from mnist_edge.train.outliers.photographs import photographed

    return Split(photographed(validation.images, np.random.default_rng([seed, *_STREAM])), validation.labels)
