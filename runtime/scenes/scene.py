"""What reading a scene answers."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.prediction import Prediction, Status

Score = Callable[[NDArray[np.uint8]], list[Prediction]]
"""Predictions for uint8 ``[n, 28, 28]``, see :meth:`mnist_edge.runtime.scoring.Scorer.score`."""

Trace = Callable[[str, NDArray[np.uint8]], None]
"""Takes the name and the picture of a stage, uint8 ``[h, w]`` or ``[h, w, 3]`` BGR, to be looked at."""


class Box(NamedTuple):
    """A rectangle in the upright picture, in its pixels; right and bottom are exclusive."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column beyond."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row below."""
        return self.top + self.height


class Reason(enum.StrEnum):
    """Why a region of ink is no digit."""

    UNLIKELY = "unlikely"
    """The network does not take it for a digit; it may be a letter, a doodle, half a digit."""
    SMALL = "small"
    """Too small against the digits around it, or to be read at all: a dot, dirt."""
    LINE = "line"
    """Ruling, underline, margin, crossing-out."""
    SOLID = "solid"
    """A filled area, a thing, a patch of shadow: no pen stroke."""
    CUT = "cut"
    """It runs out of the picture."""


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit of a scene.

    Attributes:
        prediction: What the network says; its status is ``OK``.
        box: Where its ink is.
        line: Index of its line, from the top, 0 first.
    """

    prediction: Prediction
    box: Box
    line: int

    @property
    def digit(self) -> int:
        """0 to 9."""
        assert self.prediction.digit is not None  # noqa: S101  # a digit of a scene has been accepted
        return self.prediction.digit

    @property
    def confidence(self) -> float:
        """Calibrated probability, 0 to 1."""
        return self.prediction.confidence


@dataclass(frozen=True, slots=True)
class RejectedRegion:
    """Ink that is no digit.

    Attributes:
        box: Where it is.
        reason: Why it is none.
        prediction: What the network said, with the status ``REJECTED``; ``None`` if its shape was enough.
    """

    box: Box
    reason: Reason
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True)
class Scene(Sequence[Digit]):
    """All digits of a picture, in reading order: lines from the top, in a line from the left.

    Attributes:
        digits: The accepted ones.
        rejected: Ink that was looked at and is none, from the top.
        width: Of the upright picture, in pixels; 0 if it could not be read.
        height: The same.
        status: ``OK`` if there is a digit, ``REJECTED`` if there is only other ink, ``EMPTY`` if there is no ink, ``ERROR``
            if the picture could not be read.
        message: Why there is no digit; empty if there is one.
        source: Path or name of the picture; empty for arrays and bytes.
    """

    digits: tuple[Digit, ...] = ()
    rejected: tuple[RejectedRegion, ...] = ()
    width: int = 0
    height: int = 0
    status: Status = Status.OK
    message: str = ""
    source: str = ""

    @property
    def lines(self) -> tuple[tuple[Digit, ...], ...]:
        """The digits of each line."""
        count = max((digit.line for digit in self.digits), default=-1) + 1
        return tuple(tuple(digit for digit in self.digits if digit.line == index) for index in range(count))

    @property
    def text(self) -> str:
        """The digits, a line of text for each line of the picture."""
        return "\n".join("".join(str(digit.digit) for digit in line) for line in self.lines)

    def __len__(self) -> int:
        return len(self.digits)

    def __iter__(self) -> Iterator[Digit]:
        return iter(self.digits)

    @overload
    def __getitem__(self, index: int) -> Digit: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Digit, ...]: ...
    def __getitem__(self, index: int | slice) -> Digit | tuple[Digit, ...]:
        return self.digits[index]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; a box is ``[left, top, width, height]``."""
        return {
            "source": self.source,
            "status": self.status.value,
            "text": self.text,
            "width": self.width,
            "height": self.height,
            "digits": [
                {
                    "digit": digit.digit,
                    "confidence": round(digit.confidence, 6),
                    "box": list(digit.box),
                    "line": digit.line,
                }
                for digit in self.digits
            ],
            "rejected": [
                {
                    "box": list(region.box),
                    "reason": region.reason.value,
                    "confidence": None if region.prediction is None else round(region.prediction.confidence, 6),
                }
                for region in self.rejected
            ],
            "message": self.message,
        }
