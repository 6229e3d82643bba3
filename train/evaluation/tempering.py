"""What a model's temperature does on a split, and whether the confidence of its answers can be believed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import RunError
from mnist_edge.keras_model import MODEL_FILE
from mnist_edge.temperature import calibration_error, losses
from mnist_edge.train.evaluation.predictor import OnnxPredictor, Predictor
from mnist_edge.train.evaluation.scores import Evaluation
from mnist_edge.train.run import METRICS_FILE, read_object

_SMALLEST: Final = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Tempering:
    """Calibration without and with the temperature that a model's card or run states.

    Attributes:
        temperature: What the logits are divided by; 1 changes nothing.
        applied: Whether the probabilities that were evaluated have it: those of an ONNX file do, as
            :class:`~mnist_edge.runtime.classifier.DigitClassifier` applies it; those of a Keras model do not.
        ece_before: Expected calibration error without it, 0 to 1.
        ece_after: With it.
        nll_before: Mean negative log-likelihood of the labels without it, in nats.
        nll_after: With it.
        ece_answers: Expected calibration error of the confidence that ``classify`` gives, which counts with pictures of no
            digit; ``None`` for a model that does not know them.
    """

    temperature: float
    applied: bool
    ece_before: float
    ece_after: float
    nll_before: float
    nll_after: float
    ece_answers: float | None = None

    def as_json(self) -> dict[str, Any]:
        """All figures as what ``json`` can write."""
        return dict(vars(self))


def tempering(
    model: str | os.PathLike[str], predict: Predictor, evaluation: Evaluation, images: NDArray[np.uint8]
) -> Tempering:
    """Holds the evaluated probabilities against those with and without the temperature.

    Args:
        model: As the user named it.
        predict: It, loaded.
        evaluation: What it reached.
        images: uint8 ``[n, 28, 28]``, those of the evaluation.

    Raises:
        RunError: If the ``metrics.json`` of its run is damaged.
    """
    answers = None
    if applied := isinstance(predict, OnnxPredictor):
        temperature = predict.temperature
        if (shares := predict.digit_shares(images)) is not None:
            answers = calibration_error(evaluation.confidences * shares, evaluation.answers == evaluation.labels)
    else:
        temperature = _of_run(Path(model))
    # Logits up to a number that is the same for all ten; that makes no difference to a softmax.
    logits = np.log(np.maximum(evaluation.probabilities, _SMALLEST).astype(np.float64))
    before, after = (
        losses(logits, evaluation.labels, factor) for factor in ((1 / temperature, 1.0) if applied else (1.0, temperature))
    )
    return Tempering(temperature, applied, before[1], after[1], before[0], after[0], answers)


def _of_run(model: Path) -> float:
    """The temperature that a finished run found for its ``model.keras``; 1 for any other model."""
    folder = model if model.is_dir() else model.parent if model.name == MODEL_FILE else None
    if folder is None or not (folder / METRICS_FILE).is_file():
        return 1.0
    calibration = read_object(folder / METRICS_FILE).get("calibration", {"temperature": 1.0})
    temperature = calibration.get("temperature") if isinstance(calibration, dict) else None
    if not isinstance(temperature, int | float) or not 0 < temperature < np.inf:
        raise RunError(
            f"{folder / METRICS_FILE} is damaged",
            expected="a temperature above 0",
            received=str(temperature),
            fix="Train again into another folder",
        )
    return float(temperature)
