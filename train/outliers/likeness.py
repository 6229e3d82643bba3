"""Which drawings are too much like a digit to be called none."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE: Final = 14
_BLUR: Final = 1.0  # px of 28: strokes that run beside each other count as near
_REFERENCES: Final = 12_000  # digits compared with; more find no more
_CHUNK: Final = 1024
_LEAST_SAMPLE: Final = 50  # digits of a class that set its border, if there are so many
_LEAST_BORDER: Final = 0.06  # 1 - cosine; forms that are rare among the references are digits too
_LARGEST_BORDER: Final = 0.15  # twice that of MNIST; among a few digits even the nearest is far, and all would be like it
_SLIM: Final = 0.3  # width to height of what is taken for a 1, whatever it was
_INK: Final = 128


class DigitLikeness:
    """Measures how near a picture lies to the nearest of many digits, in blurred pixels.

    Args:
        digits: uint8 ``[n, 28, 28]``, framed.
        labels: Their classes, uint8 ``[n]``.
        quantile: The share of digits that lie nearer to another digit than the border: what is as near as these is taken
            for a digit. The border is one for each class, for a 1 is always near to another 1.
    """

    def __init__(self, digits: NDArray[np.uint8], labels: NDArray[np.uint8], quantile: float) -> None:
        step = max(1, len(digits) // _REFERENCES)
        self._references = _features(digits[::step])
        self._labels = labels[::step]
        self._borders = np.zeros(256, np.float32)
        first = np.arange(min(_CHUNK, len(self._labels)))
        distances = self._nearest(digits[::step][first], skip=first)[0]
        for label in np.unique(self._labels):
            places = np.flatnonzero(self._labels == label)
            own = distances[places[places < _CHUNK]]
            if len(own) < min(len(places), _LEAST_SAMPLE):  # they are sorted by class
                own = self._nearest(digits[::step][places[:_LEAST_SAMPLE]], skip=places[:_LEAST_SAMPLE])[0]
            self._borders[label] = np.clip(np.quantile(own, quantile), _LEAST_BORDER, _LARGEST_BORDER)

    def is_like(self, images: NDArray[np.uint8], slack: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which images are as near to a digit as digits are to each other, or as slim as a 1.

        Args:
            images: uint8 ``[n, 28, 28]``.
            slack: float32 ``[n]``, factors of the border: 2 calls an image like a digit at twice the distance.

        Returns:
            bool ``[n]``.
        """
        like = np.zeros(len(images), np.bool_)
        for start in range(0, len(images), _CHUNK):
            part = slice(start, start + _CHUNK)
            distances, labels = self._nearest(images[part])
            like[part] = (distances < slack[part] * self._borders[labels]) | [_is_slim(image) for image in images[part]]
        return like

    def _nearest(
        self, images: NDArray[np.uint8], *, skip: NDArray[np.intp] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Distances of the nearest references and their classes; ``skip`` holds one for each image that does not count."""
        similarity = _features(images) @ self._references.T
        if skip is not None:
            similarity[np.arange(len(images)), skip] = -1
        nearest = similarity.argmax(axis=1)
        return 1 - similarity[np.arange(len(images)), nearest], self._labels[nearest]


def _features(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 ``[n, 196]`` of length 1."""
    rows = np.empty((len(images), _SIDE * _SIDE), np.float32)
    for row, image in zip(rows, images, strict=True):
        blurred = cv2.GaussianBlur(image, (0, 0), _BLUR)
        row[:] = cv2.resize(blurred, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).ravel()
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return rows


def _is_slim(image: NDArray[np.uint8]) -> bool:
    _, _, width, height = cv2.boundingRect(np.asarray(image > _INK, np.uint8))
    return width < _SLIM * height
