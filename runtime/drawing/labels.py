"""Where a label goes: beside its box, inside the picture, on nothing else if there is such a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.drawing.style import INK, Colour
from mnist_edge.runtime.scenes.scene import Box

_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_CAPITAL: Final = 21.0  # px, height of a capital of this font at scale 1
FREE: Final = 0.1  # badness up to which a place covers nothing
# Badness of being above and over the box, above and to one side, below, beside, inside.
_LESS_LIKED: Final = np.repeat([0.0, 0.01, 0.05, 0.06, 0.07], (3, 2, 3, 4, 2))
_ROUNDING: Final = 1e-6  # 0.29 * 100 is 28.999...
_OF_OWN_BOX: Final = 0.5  # covering the digit itself is half as bad as covering another one


@dataclass(frozen=True)
class Label:
    """A text with its size.

    Attributes:
        text: ASCII.
        capital: Height of a capital, in pixels.
    """

    text: str
    capital: float

    @property
    def scale(self) -> float:
        """OpenCV's font scale."""
        return self.capital / _CAPITAL

    @property
    def weight(self) -> int:
        """Thickness of the strokes, in pixels."""
        return max(1, round(self.capital / 11))

    @property
    def pad(self) -> int:
        """Space between the text and the edge of the label, in pixels."""
        return max(2, round(self.capital * 0.3))

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the label, in pixels."""
        (width, _), _ = cv2.getTextSize(self.text, _FONT, self.scale, self.weight)
        return width + 2 * self.pad, round(self.capital) + 2 * self.pad


class Layout:
    """The picture as an area in which things are in each other's way.

    Args:
        width: Of the picture, in pixels.
        height: The same.
        boxes: What must not be covered.
        more: How many places will be taken at most.
    """

    def __init__(self, width: int, height: int, boxes: Sequence[Box], more: int) -> None:
        self._width, self._height = width, height
        self._edges = np.zeros((4, len(boxes) + more), np.int32)  # left, top, right, bottom
        self._count = 0
        for box in boxes:
            self.take(box)

    def place(self, label: Label, reach: int, box: Box) -> tuple[Box, float]:
        """Finds the best place for a label.

        Args:
            label: What is to be placed.
            reach: How far it keeps from the box, in pixels.
            box: What it belongs to.

        Returns:
            The place, and how bad it is: 0 is a free place above the box, below :data:`FREE` it is a free place elsewhere,
            1 and more is one that lies on other digits altogether.
        """
        width, height = label.size
        left, top = _candidates(width, height, reach, box)
        left = left.clip(0, max(self._width - width, 0))[:, None]
        top = top.clip(0, max(self._height - height, 0))[:, None]
        taken = self._edges[:, : self._count]
        covered = _overlap(left, top, width, height, taken).sum(axis=1)
        own = np.array([[box.left], [box.top], [box.right], [box.bottom]])
        covered = covered + _OF_OWN_BOX * _overlap(left, top, width, height, own)[:, 0]
        badness = covered / (width * height) + FREE * (covered > 0) + _LESS_LIKED
        best = int(badness.argmin())  # the first of equals
        return Box(int(left[best, 0]), int(top[best, 0]), width, height), float(badness[best])

    def take(self, place: Box) -> None:
        """Marks a place as covered."""
        self._edges[:, self._count] = (place.left, place.top, place.right, place.bottom)
        self._count += 1


def _candidates(width: int, height: int, reach: int, box: Box) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Left and top of a label above, below, beside and at last in a box, as :data:`_LESS_LIKED` has them; int64 ``[n]``."""
    left, middle, right = box.left - reach, box.left + (box.width - width) // 2, box.right + reach - width
    centre = box.left + box.width // 2
    above, below = box.top - reach - height, box.bottom + reach
    before, after = box.left - reach - width, box.right + reach
    top, bottom = box.top - reach, box.bottom + reach - height
    corners = np.array(
        [
            *[(middle, above), (left, above), (right, above), (centre, above), (centre - width, above)],
            *[(middle, below), (left, below), (right, below)],
            *[(after, top), (before, top), (after, bottom), (before, bottom)],
            *[(box.left, box.top), (box.right - width, box.top)],
        ]
    )
    return corners[:, 0], corners[:, 1]


def _overlap(
    left: NDArray[np.int64], top: NDArray[np.int64], width: int, height: int, edges: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Common area in pixels of rectangles of one size at ``[n, 1]`` corners with ``[4, m]`` others; int64 ``[n, m]``."""
    across = np.minimum(left + width, edges[2]) - np.maximum(left, edges[0])
    down = np.minimum(top + height, edges[3]) - np.maximum(top, edges[1])
    return np.asarray(np.maximum(across, 0) * np.maximum(down, 0), np.int64)


def digit_text(digit: int, confidence: float | None) -> str:
    """What a label says: ``"7 98%"``. Percents are rounded down and end at 99, for a reader takes 100 % for a promise."""
    return str(digit) if confidence is None else f"{digit} {int(min(confidence, 0.99) * 100 + _ROUNDING)}%"


def fit_width(label: Label, width: int) -> Label:
    """The label, with smaller text if it is wider than ``width`` pixels."""
    while label.size[0] > width and label.capital > 1:
        label = Label(label.text, label.capital * 0.85)
    return label


def draw_label(picture: NDArray[np.uint8], label: Label, place: Box, fill: Colour, ink: Colour = INK) -> None:
    """Draws a filled label with a thin dark border.

    Args:
        picture: uint8 ``[H, W, 3]`` BGR; changed.
        label: What to write.
        place: Where.
        fill: Colour of the ground.
        ink: Colour of the text.
    """
    corner, end = (place.left, place.top), (place.right - 1, place.bottom - 1)
    cv2.rectangle(picture, corner, end, fill, cv2.FILLED)
    cv2.rectangle(picture, corner, end, INK, max(1, round(label.capital / 20)))
    foot = (place.left + label.pad, place.bottom - 1 - label.pad)
    cv2.putText(picture, label.text, foot, _FONT, label.scale, ink, label.weight, cv2.LINE_AA)
