"""How large and in which colours things are drawn: one place for every number of the drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mnist_edge.runtime.scenes.scene import Digit

Colour = tuple[int, int, int]
"""BGR, 0 to 255."""

# Sky blue, orange and black of the palette by Okabe and Ito, 2008, made to be told apart with any kind of colour vision.
SURE: Final[Colour] = (233, 180, 86)
UNSURE: Final[Colour] = (0, 159, 230)
REJECTED: Final[Colour] = (160, 160, 160)
INK: Final[Colour] = (0, 0, 0)
SURE_FROM: Final = 0.9  # confidence from which a digit is drawn as sure

_VIEW: Final = 1000.0  # px; a larger picture will be looked at shrunk to about this long side
LEAST_TEXT: Final = 9.0  # px, height of a capital; smaller ones cannot be read at all
_TEXT_SHARES: Final = (0.009, 0.035)  # height of a capital at least and at most, of the long side
_TEXT_OF_BOX: Final = 0.30  # height of a capital, of the digit's height
_LEAST_OF_BOX: Final = 0.25  # the same where there is little room
_LINE_OF_BOX: Final = 1 / 32  # weight of the frame, of the digit's height
_MOST_LINE: Final = 3.0  # px at the size of the view


@dataclass(frozen=True)
class Pen:
    """Sizes for one digit, in pixels.

    Attributes:
        text: Height of a capital letter, where there is room.
        least_text: To which height it may shrink where there is little.
        line: Weight of the frame.
        border: Weight of the dark border on either side of the frame.
    """

    text: float
    least_text: float
    line: int
    border: int

    @property
    def reach(self) -> int:
        """How far the frame with its border reaches out from the box."""
        return self.line + 2 * self.border


def choose_pen(height: float, width_px: int, height_px: int) -> Pen:
    """Sizes that fit a digit and can be seen in the picture, at full size and shrunk to a screen.

    Args:
        height: Of the digits of the line, in pixels.
        width_px: Of the picture.
        height_px: Of the picture.
    """
    side = max(width_px, height_px)
    shrink = max(1.0, side / _VIEW)
    low, high = (max(LEAST_TEXT, share * side) for share in _TEXT_SHARES)
    text = min(max(_TEXT_OF_BOX * height, low), high)
    line = min(max(_LINE_OF_BOX * height, shrink), _MOST_LINE * shrink)
    least = max(LEAST_TEXT, min(text, _LEAST_OF_BOX * height))
    return Pen(text, least, max(1, round(line)), max(1, round(line / 2)))


def quantile(share: float, values: Iterable[float]) -> float:
    """The value that ``share`` of the values lie below; infinite if there are none."""
    ordered = sorted(values)
    return ordered[int(len(ordered) * share)] if ordered else math.inf


def digit_colour(digit: Digit) -> Colour:
    """Colour of a digit's frame and label."""
    return SURE if digit.confidence >= SURE_FROM else UNSURE
