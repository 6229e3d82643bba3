"""Loading a model of either kind as one function from images to probabilities."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import KerasModelError, ModelFormatError, OptionError
from mnist_edge.keras_model import load_keras_model
from mnist_edge.runtime.packaged import did_you_mean, packaged_models
from mnist_edge.train.batches import scaled

BATCH_SIZE: Final = 1000  # enough to keep the cores busy, and small beside the data set

Advance = Callable[[int], object]  # is told how many images are done since the last time


class Predictor(Protocol):
    """A loaded model: images, uint8 ``[n, 28, 28]`` with n at least 1, to probabilities, float32 ``[n, 10]``."""

    def __call__(self, images: NDArray[np.uint8], advance: Advance | None = None) -> NDArray[np.float32]:
        """Runs the model in batches, and tells ``advance`` the images of each batch when it is done."""


class OnnxPredictor:
    """An ONNX file, run and calibrated as :class:`~mnist_edge.runtime.classifier.DigitClassifier` does.

    Args:
        path: The file, or the name of a packaged model.

    Raises:
        ModelError: If the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        from mnist_edge.runtime.session import Engine

        self._path, self._engine = path, Engine(path)
        self.temperature = self._engine.card.temperature

    def __call__(self, images: NDArray[np.uint8], advance: Advance | None = None) -> NDArray[np.float32]:
        """See :class:`Predictor`.

        Raises:
            ModelFormatError: If the outputs are no probabilities.
        """
        probabilities = _in_batches(self._answer, images, advance)
        if not are_probabilities(probabilities):
            raise ModelFormatError(
                f"The outputs of {self._path} are no probabilities",
                expected="ten numbers from 0 to 1 that sum to 1",
                received=f"{probabilities.min():.3g} to {probabilities.max():.3g}",
                fix="Export the model again with: mnist-edge export",
            )
        return probabilities

    def digit_shares(self, images: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """The probability of each picture that it shows a digit at all; ``None`` if the model knows nothing else.

        Args:
            images: uint8 ``[n, 28, 28]``, n at least 1.

        Returns:
            float32 ``[n]``, 0 to 1.
        """
        from mnist_edge.runtime.scoring import digit_share

        rejection = self._engine.card.rejection
        if not rejection.none_logit:
            return None
        logits = _in_batches(lambda chunk: self._engine.infer(self._engine.encode(chunk))[0], images, None)
        return digit_share(logits, rejection.none_shift)

    def _answer(self, chunk: NDArray[np.uint8]) -> NDArray[np.float32]:
        from mnist_edge.temperature import softmax

        logits, probabilities = self._engine.infer(self._engine.encode(chunk))
        if self.temperature == 1 or not are_probabilities(probabilities):  # what the graph gives has to be right, too
            return probabilities
        return softmax(logits / np.float32(self.temperature))


def keras_probabilities(model: Any, images: NDArray[np.uint8], advance: Advance | None = None) -> NDArray[np.float32]:
    """Runs a Keras model from :func:`~mnist_edge.keras_model.load_keras_model` in batches.

    Args:
        model: ``keras.Model``, float32 ``[batch, 28, 28, 1]`` in 0 to 1 -> probabilities ``[batch, 10]``.
        images: uint8 ``[n, 28, 28]``, n at least 1.
        advance: Is told the images of each batch when it is done.

    Returns:
        float32 ``[n, 10]``.

    Raises:
        KerasModelError: If the outputs are no probabilities, for instance logits without softmax.
    """
    # Called directly: at this batch size eager execution costs nothing, and predict() would first trace a graph.
    probabilities = _in_batches(lambda chunk: model(scaled(chunk), training=False).numpy(), images, advance)
    if not are_probabilities(probabilities):
        raise KerasModelError(
            f"The outputs of the model {model.name} are no probabilities",
            expected="ten numbers from 0 to 1 that sum to 1",
            received=f"{probabilities.min():.3g} to {probabilities.max():.3g}",
            fix="End the network with a softmax" if np.all(np.isfinite(probabilities)) else "Train it again, it diverged",
        )
    return probabilities


def load_predictor(path: str | os.PathLike[str]) -> Predictor:
    """Loads a run folder or ``.keras`` file with Keras, an ``.onnx`` file or packaged model with onnxruntime alone.

    The function that it returns raises KerasModelError or ModelFormatError if the outputs are no probabilities.

    Raises:
        KerasModelError: If a run folder or ``.keras`` file cannot be used.
        ModelError: If an ``.onnx`` file cannot be used.
        MissingExtraError: If Keras is needed and not installed.
        OptionError: If the path is none of these.
    """
    given = Path(path)
    if kind_of_model(given) == "onnx":
        return OnnxPredictor(given)
    model = load_keras_model(given, purpose="Evaluating a Keras model")
    return lambda images, advance=None: keras_probabilities(model, images, advance)


def kind_of_model(path: str | os.PathLike[str]) -> Literal["keras", "onnx"]:
    """Which kind of model a path names, by its suffix; a run folder holds a Keras model, a packaged model is ONNX.

    Raises:
        OptionError: If it is neither.
    """
    given = Path(path)
    is_folder, exists = os.path.isdir(given), os.path.lexists(given)
    if (str(given) in packaged_models() and not exists) or (given.suffix == ".onnx" and not is_folder):
        return "onnx"
    if given.suffix == ".keras" or is_folder:
        return "keras"
    raise OptionError(
        "Unknown kind of model" if exists else f"There is no model {given}{did_you_mean(str(given))}",
        expected=f"a run folder, *.keras, *.onnx or a packaged model ({', '.join(packaged_models())})",
        received=str(given),
    )


def are_probabilities(rows: NDArray[np.float32]) -> bool:
    """Whether all rows are numbers from 0 to 1 that sum to 1; NaN is no number."""
    return bool(np.all(rows >= 0) and np.allclose(rows.sum(axis=1), 1, atol=1e-3))


def _in_batches(
    answer: Callable[[NDArray[np.uint8]], NDArray[np.float32]], images: NDArray[np.uint8], advance: Advance | None
) -> NDArray[np.float32]:
    parts = []
    for start in range(0, len(images), BATCH_SIZE):
        chunk = images[start : start + BATCH_SIZE]
        parts.append(answer(chunk))
        if advance is not None:
            advance(len(chunk))
    return np.concatenate(parts)
