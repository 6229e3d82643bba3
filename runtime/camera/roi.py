"""The part of the frame that is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mnist_edge.errors import OptionError
from mnist_edge.runtime.camera.frames import Picture
from mnist_edge.runtime.scenes.scene import Box, Scene

_FORM: Final = "left,top,width,height, each in pixels (320) or percent of the frame (25%)"
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(%?)")


@dataclass(frozen=True)
class Roi:
    """A region of interest.

    Attributes:
        values: Left, top, width, height.
        percent: Which of them are percent of the frame's width (left, width) or height (top, height).
    """

    values: tuple[float, float, float, float]
    percent: tuple[bool, bool, bool, bool]

    def place(self, width: int, height: int) -> Box:
        """Where it lies in a frame of this size; what reaches beyond is cut off.

        Raises:
            OptionError: If nothing is left.
        """
        sizes = (width, height, width, height)
        left, top, wide, high = (
            round(value * size / 100 if is_percent else value)
            for value, size, is_percent in zip(self.values, sizes, self.percent, strict=True)
        )
        right, bottom = min(left + wide, width), min(top + high, height)
        if left >= right or top >= bottom:
            received = f"{left},{top},{wide},{high} in a frame of {width}x{height}"
            raise OptionError("The region to read lies outside the frame", received=received)
        return Box(left, top, right - left, bottom - top)


def parse_roi(roi: str | Sequence[float] | Roi | None) -> Roi | None:
    """Reads ``"10%,20%,50%,300"``, or four numbers of pixels.

    Raises:
        OptionError: If it is no such thing, or empty.
    """
    if roi is None or isinstance(roi, Roi):
        return roi
    parts = roi.split(",") if isinstance(roi, str) else [f"{float(value):f}" for value in roi]
    matches = [_PART.fullmatch(part.strip()) for part in parts]
    found = [(float(match[1]), bool(match[2])) for match in matches if match]
    if len(parts) != 4 or len(found) != 4:
        raise OptionError("The region to read is not understood", expected=_FORM, received=str(roi))
    values, percent = zip(*found, strict=True)
    if any(value > 100 for value, is_percent in found if is_percent) or values[2] == 0 or values[3] == 0:
        raise OptionError("The region to read is empty or beyond 100%", expected=_FORM, received=str(roi))
    return Roi(values, percent)


def crop(image: Picture, box: Box) -> Picture:
    """The part of a frame, uint8 ``[h, w, 3]``, as a view."""
    return image[box.top : box.bottom, box.left : box.right]


def shift_scene(scene: Scene, box: Box, width: int, height: int) -> Scene:
    """What was read in a part, in the coordinates of the whole frame.

    Args:
        scene: With boxes that count from the corner of the part.
        box: The part.
        width: Of the whole frame, in pixels.
        height: The same.
    """

    def moved(inner: Box) -> Box:
        return Box(inner.left + box.left, inner.top + box.top, inner.width, inner.height)

    digits = tuple(replace(digit, box=moved(digit.box)) for digit in scene.digits)
    rejected = tuple(replace(region, box=moved(region.box)) for region in scene.rejected)
    return replace(scene, digits=digits, rejected=rejected, width=width, height=height)
