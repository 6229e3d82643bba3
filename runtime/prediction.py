"""What the classifier answers."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import NUM_CLASSES


class Status(enum.StrEnum):
    """How a picture fared."""

    OK = "ok"
    """A digit was read."""
    REJECTED = "rejected"
    """There is ink, but no digit is likely enough: a letter, a doodle, half a digit, or a digit that nobody can read."""
    EMPTY = "empty"
    """The picture is fine, but there is no ink in it."""
    ERROR = "error"
    """The picture could not be read; the message says why."""


def _no_scores() -> npt.NDArray[np.float32]:
    return np.zeros(NUM_CLASSES, np.float32)


@dataclass(frozen=True, slots=True, init=False)
class Prediction:
    """The answer for one picture.

    Attributes:
        digit: 0 to 9, or ``None`` unless the status is ``OK``.
        confidence: Calibrated probability of the likeliest digit, 0 to 1; 0 if the network did not run. Models that know
            "none" as an answer (``card.rejection.none_logit``) count it in: a letter has a low confidence. How many such
            pictures it counts with, the card says (``card.rejection.none_shift``).
        status: Whether there is a digit, and if not, why.
        message: Why there is none; empty if there is one.
        source: Path or name of the picture; empty for arrays and bytes.
        log_odds: Natural log-odds that it is this digit and not another one or none: unlike the confidence it does not
            saturate, and no calibration moves it. ``-inf`` if the network did not run.
        probabilities: float32 ``[10]``, calibrated with the card's temperature, of the digits among each other: they sum to
            1 also if it may be none; all 0 if the network did not run.
        logits: float32 ``[10]``, as the network gave them; all 0 if it did not run.
        seen: uint8 ``[28, 28]``, the picture as the network saw it, a copy; ``None`` if the network did not run.

    The network runs unless the status is ``EMPTY`` or ``ERROR``: a rejected picture keeps its scores.
    """

    digit: int | None
    confidence: float
    status: Status
    message: str
    source: str
    log_odds: float
    probabilities: npt.NDArray[np.float32] = field(compare=False, repr=False)
    logits: npt.NDArray[np.float32] = field(compare=False, repr=False)
    seen: npt.NDArray[np.uint8] | None = field(compare=False, repr=False)

    def __init__(
        self,
        digit: int | None,
        confidence: float,
        status: Status = Status.OK,
        message: str = "",
        source: str = "",
        log_odds: float = -math.inf,
        probabilities: npt.NDArray[np.float32] | None = None,
        logits: npt.NDArray[np.float32] | None = None,
        seen: npt.NDArray[np.uint8] | None = None,
    ) -> None:
        # What dataclass would write goes the long way round the ban on setting attributes, and takes twice as long.
        _set_digit(self, digit)
        _set_confidence(self, confidence)
        _set_status(self, status)
        _set_message(self, message)
        _set_source(self, source)
        _set_log_odds(self, log_odds)
        _set_probabilities(self, _no_scores() if probabilities is None else probabilities)
        _set_logits(self, _no_scores() if logits is None else logits)
        _set_seen(self, seen)

    def top(self, k: int) -> list[tuple[int, float]]:
        """The ``k`` likeliest digits with their probabilities, best first; empty if the network did not run.

        The first has the ``confidence``: as there, "none" counts among the answers of a model that knows it, and then the
        ten do not sum to 1. ``probabilities`` are those of the digits among each other.
        """
        if self.status not in (Status.OK, Status.REJECTED):
            return []
        order = np.argsort(-self.probabilities, kind="stable")[:k]
        likeliest = float(self.probabilities[order[0]]) if len(order) else 1.0
        return [(int(digit), float(self.probabilities[digit]) / likeliest * self.confidence) for digit in order]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "source": self.source,
            "status": self.status.value,
            "digit": self.digit,
            "confidence": round(self.confidence, 6),
            "log_odds": round(self.log_odds, 4) if math.isfinite(self.log_odds) else None,
            "probabilities": [round(float(value), 6) for value in self.probabilities],
            "message": self.message,
        }


_SETTERS: Final[list[Callable[[Prediction, Any], None]]] = [
    getattr(Prediction, each.name).__set__ for each in fields(Prediction)
]
_set_digit, _set_confidence, _set_status, _set_message, _set_source, *_set_scores = _SETTERS
_set_log_odds, _set_probabilities, _set_logits, _set_seen = _set_scores
