"""How well a model reads labelled digits: loss, accuracy, and which digits it takes for which."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import CLASS_NAMES, NUM_CLASSES
from mnist_edge.errors import DatasetFormatError, KerasModelError, OptionError
from mnist_edge.keras_model import load_keras_model
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.train.batches import Split, scaled

BATCH_SIZE: Final = 1000  # enough to keep the cores busy, and small beside the data set
_Z_95: Final = 1.959963984540054  # two-sided 95 % quantile of the normal distribution
_SMALLEST: Final = float(np.finfo(np.float32).tiny)  # keeps the logarithm finite where softmax underflowed to 0

Predictor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The result of a model on a split.

    Attributes:
        loss: Mean categorical cross-entropy in nats.
        confusion: int64 ``[10, 10]``; row = label, column = answer of the model.
    """

    loss: float
    confusion: NDArray[np.int64]

    @property
    def total(self) -> int:
        """Images."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        """Images whose most probable class is the label."""
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """Top-1 accuracy, 0 to 1."""
        return self.correct / self.total

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.correct, self.total)

    def summary(self) -> dict[str, float | int]:
        """The figures that ``metrics.json`` holds for each split."""
        return {"loss": self.loss, "accuracy": self.accuracy, "correct": self.correct, "total": self.total}

    def per_class(self) -> list[dict[str, Any]]:
        """Count, right answers and their share for each digit; the share is ``None`` for a digit that does not occur."""
        totals, right = self.confusion.sum(axis=1), np.diag(self.confusion)
        return [
            {"class": name, "total": int(n), "correct": int(k), "accuracy": int(k) / int(n) if n else None}
            for name, n, k in zip(CLASS_NAMES, totals, right, strict=True)
        ]

    def as_json(self) -> dict[str, Any]:
        """All figures as what ``json`` can write."""
        return {
            **self.summary(),
            "accuracy_interval_95": list(self.accuracy_interval),
            "classes": self.per_class(),
            "confusion": self.confusion.tolist(),
        }


def wilson_interval(correct: int, total: int, z: float = _Z_95) -> tuple[float, float]:
    """Score interval of a proportion (E. B. Wilson, JASA 22, 1927); unlike the normal one it stays inside 0 to 1.

    Args:
        correct: Successes.
        total: Trials, at least 1.
        z: Quantile of the normal distribution that belongs to the confidence.

    Returns:
        Lower and upper bound, 0 to 1.
    """
    share, weight = correct / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def score(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> Evaluation:
    """Compares answers with labels.

    Args:
        probabilities: float32 ``[n, 10]``, rows that sum to 1; n at least 1.
        labels: uint8 ``[n]``, 0 to 9.
    """
    truth = labels.astype(np.int64)
    answers = probabilities.argmax(axis=1)
    confusion = np.bincount(truth * NUM_CLASSES + answers, minlength=NUM_CLASSES**2).reshape(NUM_CLASSES, NUM_CLASSES)
    of_truth = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    return Evaluation(loss=float(-np.log(np.maximum(of_truth, _SMALLEST)).mean()), confusion=confusion.astype(np.int64))


def keras_probabilities(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Runs a Keras model from :func:`~mnist_edge.keras_model.load_keras_model` in batches.

    Args:
        model: ``keras.Model``, float32 ``[batch, 28, 28, 1]`` in 0 to 1 -> probabilities ``[batch, 10]``.
        images: uint8 ``[n, 28, 28]``.

    Returns:
        float32 ``[n, 10]``.

    Raises:
        KerasModelError: If the outputs are no probabilities, for instance logits without softmax.
    """
    # Called directly: at this batch size eager execution costs nothing, and predict() would first trace a graph.
    parts = [model(scaled(chunk), training=False).numpy() for chunk in _chunks(images)]
    probabilities = np.concatenate(parts)
    if not (np.all(probabilities >= 0) and np.allclose(probabilities.sum(axis=1), 1, atol=1e-3)):
        raise KerasModelError(
            f"The outputs of the model {model.name} are no probabilities",
            expected="ten numbers from 0 to 1 that sum to 1",
            received=f"{probabilities.min():.3g} to {probabilities.max():.3g}",
            fix="End the network with a softmax",
        )
    return probabilities


def evaluate_model(path: str | os.PathLike[str], split: Split) -> Evaluation:
    """Evaluates a model on a split, see :func:`load_predictor`.

    Raises:
        DatasetFormatError: If the split is empty.
        MnistEdgeError: What :func:`load_predictor` and :func:`keras_probabilities` raise.
    """
    if not len(split):
        raise DatasetFormatError("There are no images to evaluate on", fix="Name other data")
    return score(load_predictor(path)(split.images), split.labels)


def load_predictor(path: str | os.PathLike[str]) -> Predictor:
    """Loads a run folder or ``.keras`` file with Keras, an ``.onnx`` file or packaged model with onnxruntime alone.

    Returns:
        A function from images, uint8 ``[n, 28, 28]`` with n at least 1, to probabilities, float32 ``[n, 10]``.

    Raises:
        KerasModelError: If a run folder or ``.keras`` file cannot be used.
        ModelError: If an ``.onnx`` file cannot be used.
        MissingExtraError: If Keras is needed and not installed.
        OptionError: If the path is none of these.
    """
    given = Path(path)
    is_folder = os.path.isdir(given)
    if (str(given) in packaged_models() and not os.path.lexists(given)) or (given.suffix == ".onnx" and not is_folder):
        return _onnx_predictor(given)
    if given.suffix == ".keras" or is_folder:
        return partial(keras_probabilities, load_keras_model(given, purpose="Evaluating a Keras model"))
    raise OptionError(
        "Unknown kind of model",
        expected="a run folder, *.keras, *.onnx or the name of a packaged model",
        received=str(given),
    )


def _onnx_predictor(path: Path) -> Predictor:
    from mnist_edge.runtime.classifier import softmax
    from mnist_edge.runtime.session import Engine

    engine = Engine(path)
    temperature = np.float32(engine.card.temperature)

    def answer(chunk: NDArray[np.uint8]) -> NDArray[np.float32]:
        logits, probabilities = engine.infer(engine.encode(chunk))
        return probabilities if temperature == 1 else softmax(logits / temperature)  # as DigitClassifier does

    return lambda images: np.concatenate([answer(chunk) for chunk in _chunks(images)])


def _chunks(images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(images), BATCH_SIZE):
        yield images[start : start + BATCH_SIZE]
