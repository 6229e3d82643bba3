"""What a training run measures so that confidence means something: the temperature, and what a threshold refuses."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scoring import digit_share
from mnist_edge.temperature import calibration_error, fit_temperature, losses, softmax
from mnist_edge.train.batches import Split
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.predictor import keras_probabilities
from mnist_edge.train.none_class import keras_logits
from mnist_edge.train.operating_points import measure_rejection, real_digits

#: One picture in two hundred is no digit: what the confidence takes for granted. Training shows far more of them.
EXPECTED_OTHERS: Final = 0.005
_SMALLEST: Final = float(np.finfo(np.float32).tiny)


def measure_confidence(model: Any, validation: Split, config: TrainConfig) -> dict[str, Any]:
    """The ``calibration`` of ``metrics.json``, and the ``rejection`` of a model that learned "none".

    The temperature is that of the validation digits. What it does to the same digits written anew and photographed is
    measured, too, where these are needed anyway.

    Args:
        model: A Keras model that ends in a softmax.
        validation: Digits that it has not seen.
        config: Of the run.
    """
    if not config.outlier_share:
        found = fit_temperature(_logarithms(model, validation.images), validation.labels)
        return {"calibration": {"temperature": found.value, "validation": found.as_json()}}
    logits, labels = keras_logits(model, validation.images), validation.labels
    found, shift = fit_temperature(logits, labels), none_shift(config)
    digits = real_digits(validation, config.seed)
    harder = keras_logits(model, digits.images)
    (nll_before, ece_before), (nll_after, ece_after) = (losses(harder, labels, each) for each in (1.0, found.value))
    photographed = {
        "nll_before": nll_before,
        "nll_after": nll_after,
        "ece_before": ece_before,
        "ece_after": ece_after,
        "ece_answers": _error_of_answers(harder, labels, found.value, shift),
    }
    answers = _error_of_answers(logits, labels, found.value, shift)
    return {
        "calibration": {
            "temperature": found.value,
            "validation": {**found.as_json(), "ece_answers": answers},
            "photographed": photographed,
        },
        "rejection": measure_rejection(harder, labels, shift),
    }


def _error_of_answers(logits: NDArray[np.float32], labels: NDArray[np.uint8], temperature: float, shift: float) -> float:
    """Expected calibration error of the confidence that the runner gives, which counts with what is no digit."""
    confidences = softmax(logits / temperature).max(axis=1) * digit_share(logits, shift)
    return calibration_error(confidences, logits.argmax(axis=1) == labels)


def none_shift(config: TrainConfig) -> float:
    """By how much a digit is likelier, against what is none, where the model is used than where it was trained.

    A network learns the shares of its training with all else. Where they are others, the logarithm of the odds moves by
    that of the ratio (M. Saerens, P. Latinne and C. Decaestecker, Neural Computation 14, 2002).

    Args:
        config: Of a run with outliers.

    Returns:
        Nats.
    """
    trained = config.outlier_share / (1 + config.drawn_share + config.photographed_share)
    return round(math.log(trained) - math.log(EXPECTED_OTHERS / (1 - EXPECTED_OTHERS)), 4)


def _logarithms(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits up to a number that is the same for all ten, of any model with probabilities; float32 ``[n, 10]``."""
    return np.asarray(np.log(np.maximum(keras_probabilities(model, images), _SMALLEST)), np.float32)
