"""``DigitClassifier``: pictures in, digits out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import ModelCard
from mnist_edge.errors import ImageError, ModelFormatError
from mnist_edge.runtime.decode import MAX_PIXELS
from mnist_edge.runtime.images import ImageLike, load_image, source_name
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.runtime.session import Engine

CHUNK: Final = 256  # pictures a run of the network; bounds the memory of a batch of any length

_Waiting = tuple[int, str, npt.NDArray[np.uint8]]  # place of the answer, name of the source, prepared picture


class DigitClassifier:
    """Reads the handwritten digit in a picture.

    One classifier may be used by several threads at once, be pickled, and be used after ``fork``.

    Args:
        model: Path of an exported model, the name of a packaged one, its bytes, or ``None`` for the default model.
        threads: Threads inside the network; one is fastest for one picture at a time.
        max_pixels: Larger pictures are refused before they are decoded.

    Raises:
        ModelNotFoundError: If there is no such model.
        ModelFormatError: If it does not fulfil the contract.
        OptionError: If ``threads`` is below 1.

    Example:
        >>> from mnist_edge import DigitClassifier
        >>> DigitClassifier().classify("seven.jpg").digit  # doctest: +SKIP
        7
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | bytes | None = None,
        *,
        threads: int = 1,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self.engine = Engine(model, threads=threads)
        self.max_pixels = max_pixels

    @property
    def card(self) -> ModelCard:
        """The card of the loaded model."""
        return self.engine.card

    def classify(self, image: ImageLike) -> Prediction:
        """Reads the digit in one picture.

        Args:
            image: A path; encoded bytes; a binary file; an array (``[H, W]`` gray, ``[H, W, 3]`` BGR, ``[H, W, 4]``
                BGRA; uint8, uint16, bool, or float 0 to 1); or a PIL image. Dark on light or light on dark.

        Returns:
            The digit, or a status that says why there is none: no ink, unreadable, or less likely than the threshold in
            the model's card (``card.rejection.min_confidence``). A bad picture is never an exception.
        """
        return self.classify_batch((image,))[0]

    def classify_batch(self, images: Iterable[ImageLike]) -> list[Prediction]:
        """Reads the digit in each picture; a bad picture gets a status, the others their digits.

        Args:
            images: Pictures as in :meth:`classify`, or one array ``[n, H, W]`` or ``[n, H, W, C]``.

        Returns:
            One prediction a picture, in the same order.

        Raises:
            TypeError: If ``images`` is one picture instead of several.
        """
        _check_several(images)
        answers: list[Prediction | None] = []
        waiting: list[_Waiting] = []
        for image in images:
            answers.append(None)
            name = source_name(image)
            try:
                digit = self.prepare(image)
            except ImageError as error:
                answers[-1] = Prediction(None, 0.0, Status.ERROR, str(error), name)
                continue
            if digit is None:
                answers[-1] = Prediction(None, 0.0, Status.EMPTY, "There is no ink in the picture.", name)
                continue
            # A copy, because a framed picture comes back as the caller's own buffer, which a camera fills again.
            waiting.append((len(answers) - 1, name, digit.copy()))
            if len(waiting) == CHUNK:
                self._answer(waiting, answers)
                waiting.clear()
        if waiting:
            self._answer(waiting, answers)
        return answers  # type: ignore[return-value]  # every None has been replaced

    def prepare(self, image: ImageLike) -> npt.NDArray[np.uint8] | None:
        """The picture as the network sees it.

        Returns:
            uint8 ``[28, 28]``, white ink on black, in a 20x20 box centred by mass; ``None`` if there is no ink.

        Raises:
            ImageError: If ``image`` is no picture.
        """
        return prepare_digit(load_image(image, max_pixels=self.max_pixels))

    def _answer(self, waiting: list[_Waiting], answers: list[Prediction | None]) -> None:
        """Runs the network on the waiting pictures and puts the predictions in their places."""
        engine = self.engine
        logits, probabilities = engine.infer(engine.encode(np.array([seen for _, _, seen in waiting])))
        if not np.isfinite(logits).all():
            raise ModelFormatError(
                f"The weights of {engine.name} are damaged: not all its answers are numbers", fix="Export it again"
            )
        if engine.card.temperature != 1.0:
            probabilities = softmax(logits / np.float32(engine.card.temperature))
        least = engine.card.rejection.min_confidence or 0.0
        best = probabilities.argmax(axis=1).tolist()
        for row, (place, name, seen) in enumerate(waiting):
            digit, confidence = best[row], float(probabilities[row, best[row]])
            scores = (name, probabilities[row], logits[row], seen)
            if confidence >= least:
                answers[place] = Prediction(digit, confidence, Status.OK, "", *scores)
            else:
                message = f"No digit is likely enough: {confidence:.1%}, the model asks for {least:.1%}."
                answers[place] = Prediction(None, confidence, Status.REJECTED, message, *scores)

    def __repr__(self) -> str:
        return f"DigitClassifier({self.engine.name!r}, threads={self.engine.threads})"


def _check_several(images: Any) -> None:
    one_array = isinstance(images, np.ndarray) and images.ndim < 3
    if one_array or isinstance(images, str | bytes | bytearray | memoryview | os.PathLike) or hasattr(images, "read"):
        what = f"an array of shape {images.shape}" if one_array else type(images).__name__
        raise TypeError(f"classify_batch takes several pictures, not {what}: pass a list, or call classify.")


def softmax(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Softmax over the last axis, safe for large logits."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]
