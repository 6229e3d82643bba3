"""Many pictures at once: the network runs on up to 256 of them together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, TypeGuard

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.runtime.framed import are_framed
from mnist_edge.runtime.images import ImageLike, source_name
from mnist_edge.runtime.prediction import Prediction
from mnist_edge.runtime.scoring import CHUNK

UInt8Array = npt.NDArray[np.uint8]

#: A picture and its name to the forms in which the network is to see it, or to the answer if it is to see none.
Look = Callable[[ImageLike, str], list[UInt8Array] | Prediction]
Score = Callable[[UInt8Array], list[Prediction]]

_Waiting = tuple[int, str, UInt8Array]  # place of the answer, name of the source, prepared picture

_DIGIT_SHAPE: Final = (IMAGE_SIZE, IMAGE_SIZE)


def classify_several(images: Iterable[ImageLike], look: Look, score: Score) -> list[Prediction]:
    """Reads the digit in each picture.

    Pictures of MNIST's size and form are found and read together; each other one is prepared by itself.

    Args:
        images: As for :meth:`~mnist_edge.DigitClassifier.classify_batch`.
        look: Prepares one picture.
        score: Runs the network on prepared pictures.

    Returns:
        One prediction a picture, in the same order.

    Raises:
        TypeError: If ``images`` is one picture instead of several.
    """
    _check_several(images)
    if not _are_digits(images):
        return _classify_each(images, look, score)
    answers: list[Prediction] = []
    for start in range(0, len(images), CHUNK):
        answers += _classify_digits(np.array(images[start : start + CHUNK], np.uint8), look, score)
    return answers


def _classify_digits(digits: UInt8Array, look: Look, score: Score) -> list[Prediction]:
    """Reads uint8 ``[n, 28, 28]``: what is in MNIST's form already all at once."""
    ready = are_framed(digits)
    answers = score(digits[ready])
    if len(answers) == len(digits):
        return answers
    several = {True: iter(answers), False: iter(_classify_each(digits[~ready], look, score))}
    return [next(several[is_ready]) for is_ready in ready.tolist()]


def _check_several(images: Any) -> None:
    one_array = isinstance(images, np.ndarray) and images.ndim < 3
    if one_array or isinstance(images, str | bytes | bytearray | memoryview | os.PathLike) or hasattr(images, "read"):
        what = f"an array of shape {images.shape}" if one_array else type(images).__name__
        raise TypeError(f"classify_batch takes several pictures, not {what}: pass a list, or call classify.")


def _are_digits(images: Any) -> TypeGuard[UInt8Array | list[UInt8Array]]:
    """Whether all pictures are uint8 arrays ``[28, 28]``."""
    if isinstance(images, np.ndarray):
        return bool(images.shape[1:] == _DIGIT_SHAPE and images.dtype == np.uint8)
    return isinstance(images, list | tuple) and all(
        isinstance(image, np.ndarray) and image.shape == _DIGIT_SHAPE and image.dtype == np.uint8 for image in images
    )


def _classify_each(images: Iterable[ImageLike], look: Look, score: Score) -> list[Prediction]:
    answers: list[Prediction | None] = []
    waiting: list[_Waiting] = []
    for image in images:
        answers.append(None)
        name = source_name(image)
        looks = look(image, name)
        if isinstance(looks, Prediction):
            answers[-1] = looks
            continue
        waiting += [(len(answers) - 1, name, seen) for seen in looks]
        if len(waiting) >= CHUNK:
            _answer(waiting, answers, score)
            waiting.clear()
    if waiting:
        _answer(waiting, answers, score)
    return answers  # type: ignore[return-value]  # every None has been replaced


def _answer(waiting: list[_Waiting], answers: list[Prediction | None], score: Score) -> None:
    """Runs the network on the waiting pictures and puts the predictions, of two of one place the surer, there."""
    predictions = score(np.array([seen for _, _, seen in waiting]))
    for (place, name, _), prediction in zip(waiting, predictions, strict=True):
        other = answers[place]
        if other is None or prediction.log_odds > other.log_odds:
            answers[place] = replace(prediction, source=name) if name else prediction
