"""A composed picture and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.scene import Box


class TrueDigit(NamedTuple):
    """One digit that was written into a picture.

    Attributes:
        label: 0 to 9.
        box: Where its ink is, in pixels of the picture.
        line: Index of its line, from the top, 0 first.
    """

    label: int
    box: Box
    line: int


@dataclass(frozen=True)
class Truth:
    """All digits of a picture in reading order: lines from the top, in a line from the left."""

    digits: tuple[TrueDigit, ...] = ()

    @property
    def text(self) -> str:
        """The digits, a line of text for each line of the picture."""
        count = max((digit.line for digit in self.digits), default=-1) + 1
        return "\n".join("".join(str(digit.label) for digit in self.digits if digit.line == line) for line in range(count))


@dataclass(frozen=True, eq=False)
class ComposedScene:
    """A picture with its truth.

    Attributes:
        image: uint8 BGR ``[H, W, 3]``.
        truth: The digits in it.
        kind: One of :data:`~mnist_edge.train.composing.kinds.SCENE_KINDS`.
        level: 0 plain, 1 to 3 harder.
    """

    image: NDArray[np.uint8]
    truth: Truth
    kind: str
    level: int
