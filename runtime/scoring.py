"""From prepared 28x28 pictures to predictions: the network, calibration, rejection.

The score that decides is the log-odds of the likeliest digit against all other answers, taken from the logits: the softmax
saturates at 1 for letters and doodles as well. A network that was trained on what is no digit knows an eleventh answer,
"none", whose logit is constantly 0 (see :mod:`mnist_edge.train.none_class`); then "none" is one of the others.

The confidence is calibrated: the probability of the digit among the ten, of the logits divided by the card's temperature,
times the probability that there is a digit at all, for as many other things as the card counts with. Neither moves the
log-odds, so a threshold refuses the same pictures whatever the card says of calibration.
"""

from __future__ import annotations

import math
from dataclasses import replace
from math import exp
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import ModelFormatError
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.session import Engine

Float = TypeVar("Float", np.float32, np.float64)

CHUNK: Final = 256  # pictures a run of the network; bounds the memory of a batch of any length
_OK: Final = Status.OK  # the look-up of a member of an enum takes a hundredth of a run of the network
_FEW: Final = 8  # pictures for which plain numbers are faster than arrays
_FAR: Final = 600.0  # nats; so far from 0 the exponential of a logit is no number, or 0
_HIGHEST_EXPONENT: Final = 80.0  # ten of such powers are still float32, and the share is 1 anyway
_LEAST_SHOWN: Final = 0.001  # confidence that a message gives as a number


class Scorer:
    """Runs a network on prepared pictures and judges its answers.

    Args:
        engine: The network.
        reject: Share of real digits that may be refused so that other things are: 0 never refuses, 0.01 refuses about one
            real digit in a hundred; ``None`` takes what the model's card has as its default.

    Raises:
        OptionError: If the share is no number, or outside the card's operating points, or the card has none.
    """

    def __init__(self, engine: Engine, reject: float | None = None) -> None:
        rejection = engine.card.rejection
        self.engine = engine
        self._cool = 1 / engine.card.temperature
        self._none_logit, self._none_shift = rejection.none_logit, rejection.none_shift
        self._none_power = math.exp(-rejection.none_shift)
        self._least_odds = rejection.threshold(reject)
        self._least_confidence = (rejection.min_confidence or 0.0) if reject is None else 0.0

    def score(self, images: npt.NDArray[np.uint8]) -> list[Prediction]:
        """Predicts.

        Args:
            images: uint8 ``[n, 28, 28]``, white ink on black, framed as in MNIST.

        Returns:
            ``n`` predictions with the status ``OK`` or ``REJECTED``.

        Raises:
            ModelFormatError: If an answer of the network is no number.
        """
        answers: list[Prediction] = []
        for start in range(0, len(images), CHUNK):
            answers += self._score(images[start : start + CHUNK])
        return answers

    def score_one(self, image: npt.NDArray[np.uint8], source: str = "") -> Prediction:
        """:meth:`score` for one picture, uint8 ``[28, 28]``, which the answer keeps, as it keeps the name of its source."""
        return self._judge_one(self.engine.infer_one(image), image, source)

    def _score(self, images: npt.NDArray[np.uint8]) -> list[Prediction]:
        engine = self.engine
        logits, _ = engine.infer(engine.encode(images))
        if len(images) <= _FEW:
            return [self._judge_one(logits[row], images[row]) for row in range(len(images))]
        if not np.isfinite(logits).all():
            raise self._damaged()
        exact = logits.astype(np.float64)  # as plain numbers are, so that a picture fares the same alone and among others
        best = logits.argmax(axis=1)
        odds = log_odds(exact, none_logit=self._none_logit)
        shares = np.exp((exact - exact.max(axis=1, keepdims=True)) * self._cool)
        shares /= shares.sum(axis=1, keepdims=True)
        confidences, probabilities = shares[np.arange(len(best)), best], shares.astype(np.float32)
        if self._none_logit:
            confidences = confidences * digit_share(exact, self._none_shift)
        rows = zip(best.tolist(), confidences.tolist(), odds.tolist(), strict=True)
        return [
            self._judge(digit, confidence, score, (probabilities[row], logits[row], images[row]))
            for row, (digit, confidence, score) in enumerate(rows)
        ]

    def _judge_one(self, logits: npt.NDArray[np.float32], image: npt.NDArray[np.uint8], source: str = "") -> Prediction:
        """The same for one picture in plain numbers: a call of NumPy takes longer than ten exponentials."""
        values: list[float] = logits.tolist()
        highest = max(values)
        if not math.isfinite(sum(values)):
            raise self._damaged()
        digit, cool = values.index(highest), self._cool
        powers = [exp((value - highest) * cool) for value in values]
        confidence = 1 / sum(powers)
        probabilities = np.array([power * confidence for power in powers], np.float32)
        shares = [exp(value - highest) for value in values] if cool != 1 else powers
        shares[digit] = 0.0
        others = sum(shares)
        if self._none_logit:
            none = exp(-max(highest, -_FAR))
            confidence *= (1 + others) / (1 + others + self._none_power * none)
            others += none
        odds = -math.log(others) if others and highest > -_FAR else float(log_odds(logits, none_logit=self._none_logit))
        if odds >= self._least_odds and confidence >= self._least_confidence:
            return Prediction(digit, confidence, _OK, "", source, odds, probabilities, logits, image)
        answer = self._judge(digit, confidence, odds, (probabilities, logits, image))
        return replace(answer, source=source) if source else answer

    def _damaged(self) -> ModelFormatError:
        return ModelFormatError(
            f"The weights of {self.engine.name} are damaged: not all its answers are numbers", fix="Export it again"
        )

    def _judge(self, digit: int, confidence: float, odds: float, scores: tuple[Any, Any, Any]) -> Prediction:
        if odds >= self._least_odds and confidence >= self._least_confidence:
            return Prediction(digit, confidence, Status.OK, "", "", odds, *scores)
        likely = f"{confidence:.1%}" if confidence >= _LEAST_SHOWN else f"less than {_LEAST_SHOWN:.1%}"
        if confidence < self._least_confidence:
            message = f"No digit is likely enough: {likely}, the model asks for {self._least_confidence:.1%}."
        else:
            message = f"This does not look like a digit: the best guess is {digit}, with {likely}."
        return Prediction(None, confidence, Status.REJECTED, message, "", odds, *scores)


def log_odds(logits: npt.NDArray[Float], *, none_logit: bool = False) -> npt.NDArray[Float]:
    """Log-odds of the likeliest class against all others.

    Args:
        logits: float32 or float64 ``[..., 10]``.
        none_logit: Whether there is an eleventh answer, "none", whose logit is 0.

    Returns:
        ``[...]`` of the same dtype, natural logarithms.
    """
    ordered = np.sort(logits, axis=-1)
    best, others = ordered[..., -1], ordered[..., :-1]
    top = others[..., -1]
    if none_logit:
        top = np.maximum(top, 0)
    total = np.exp(others - top[..., None]).sum(axis=-1)
    if none_logit:
        total += np.exp(-top)
    return np.asarray(best - top - np.log(total), logits.dtype)


def digit_share(logits: npt.NDArray[Float], none_shift: float = 0.0) -> npt.NDArray[Float]:
    """The probability that there is a digit at all, of a network that knows "none".

    Args:
        logits: float32 or float64 ``[..., 10]``.
        none_shift: How much likelier a digit is than in the training, in nats.

    Returns:
        ``[...]`` of the same dtype, 0 to 1.
    """
    total = np.exp(np.minimum(logits, _HIGHEST_EXPONENT)).sum(axis=-1)
    return np.asarray(total / (total + math.exp(-none_shift)), logits.dtype)
