"""What share of real digits a threshold refuses: measured by the training run, for the model card."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.rejection import OperatingPoint, Rejection
from mnist_edge.runtime.scoring import log_odds
from mnist_edge.train.batches import Split

#: Shares of real digits refused, for which thresholds are measured.
SHARES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
DEFAULT_SHARE: Final = 0.002  # of MNIST's validation digits as they are one in a thousand, and still most letters
DIGITS: Final = "validation digits, written anew, photographed, and read right"
_STREAM: Final = (0, 0, 4)  # random numbers of their own, see drawn


def measure_rejection(logits: NDArray[np.float32], labels: NDArray[np.uint8], none_shift: float) -> dict[str, Any]:
    """The ``rejection`` of ``metrics.json``, for a model that learned "none".

    The shares are those of right answers that a threshold takes away. A digit that is read wrongly anyway is no loss.

    Args:
        logits: float32 ``[n, 10]``, of :func:`real_digits`; as the network gives them, for so does the runner compare them.
        labels: uint8 ``[n]``.
        none_shift: For the card, see :class:`~mnist_edge.rejection.Rejection`.

    Returns:
        The fields of :class:`~mnist_edge.rejection.Rejection`.
    """
    right = logits.argmax(axis=1) == labels
    scores = log_odds(logits if not right.any() else logits[right], none_logit=True)
    points = tuple(OperatingPoint(share, round(float(np.quantile(scores, share)), 4)) for share in SHARES)
    return dataclasses.asdict(
        Rejection(
            none_logit=True,
            none_shift=none_shift,
            points=points,
            default=DEFAULT_SHARE,
            digits=f"{int(right.sum()):,} {DIGITS}",
        )
    )


def real_digits(validation: Split, seed: int) -> Split:
    """The validation digits as other people would write and photograph them.

    Not the drawn ones: the network has learned from digits of the same drawer, and refuses half as many of them.
    """
    from mnist_edge.train.outliers.photographs import photographed

    return Split(photographed(validation.images, np.random.default_rng([seed, *_STREAM])), validation.labels)
