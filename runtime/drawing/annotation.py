"""``annotate``: a picture with the digits that were read in it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.drawing.labels import FREE, Label, Layout, digit_text, draw_label, fit_width
from mnist_edge.runtime.drawing.style import INK, LEAST_TEXT, REJECTED, Colour, Pen, choose_pen, digit_colour, quantile
from mnist_edge.runtime.picture_array import as_picture, flatten_alpha
from mnist_edge.runtime.scenes.scene import Box, Digit, RejectedRegion, Scene

_REJECTED_TEXT: Final = 0.75  # of the text of a digit of that size
_STAGGER: Final = 1.05  # labels that are wider than the space between digits by this still find a place each
_SMALLER: Final = 0.008  # loss of each step to a smaller label: above the box it is preferred to a larger one below
_SHORT: Final = 0.03  # loss without the confidence; a label below may look like that of the digit in the next line

_Line = list[tuple[Digit, Box]]


def annotate(
    image: NDArray[Any],
    scene: Scene,
    *,
    show_rejected: bool = False,
    show_confidence: bool = True,
    min_side: int = 0,
) -> NDArray[np.uint8]:
    """Draws a frame around every digit of a scene, and beside it a label with the digit and its confidence.

    Weights and text grow with the picture and the digits. Sure digits are sky blue, those below 90 % orange, each frame
    with a dark border on either side, so that it shows on any ground. Where digits stand close, labels shrink, then leave
    out the confidence, rather than cover another digit.

    Args:
        image: ``[H, W]`` gray, ``[H, W, 3]`` BGR or ``[H, W, 4]`` BGRA; uint8, uint16, bool, or float 0 to 1; not changed.
        scene: What was read in it.
        show_rejected: Draw the rejected regions as well, thin and gray, with the reason where there is room for it.
        show_confidence: Write the confidence, rounded down to whole percents, beside the digit.
        min_side: Enlarge a picture whose long side has fewer pixels by a whole factor first, for labels need room.

    Returns:
        uint8 ``[H, W, 3]`` BGR, a copy.

    Raises:
        ImageArrayError: If ``image`` is no picture.
        ImageSizeError: If it has no pixels.
    """
    picture = _drawable(image)
    factor = max(1, -(-min_side // max(picture.shape[:2])))
    if factor > 1:
        picture = np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST), np.uint8)
    lines = [_enlarged_line(line, factor) for line in scene.lines if line]
    rejected = [(region, _enlarged(region.box, factor)) for region in scene.rejected] if show_rejected else []
    boxes = [box for line in lines for _, box in line]
    layout = Layout(picture.shape[1], picture.shape[0], boxes, len(boxes) + len(rejected))
    for _, box in rejected:
        _draw_frame(picture, box, _thin_pen(box, picture), REJECTED)
    pens = [_line_pen(line, picture) for line in lines]
    for line, pen in zip(lines, pens, strict=True):
        for digit, box in line:
            _draw_frame(picture, box, pen, digit_colour(digit))
    for line, pen in zip(lines, pens, strict=True):
        _draw_labels(picture, layout, line, pen, show_confidence)
    for region, box in rejected:
        _draw_reason(picture, layout, region, box)
    return picture


def _drawable(image: NDArray[Any]) -> NDArray[np.uint8]:
    """A copy as uint8 ``[H, W, 3]`` BGR."""
    picture = flatten_alpha(as_picture(image))
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    return picture.copy() if np.shares_memory(picture, image) else picture


def _enlarged(box: Box, factor: int) -> Box:
    return Box(*(value * factor for value in box))


def _enlarged_line(line: Sequence[Digit], factor: int) -> _Line:
    return [(digit, _enlarged(digit.box, factor)) for digit in line]


def _line_pen(line: _Line, picture: NDArray[np.uint8]) -> Pen:
    """One text size a line looks calmer than one a digit."""
    return choose_pen(quantile(0.5, (box.height for _, box in line)), picture.shape[1], picture.shape[0])


def _thin_pen(box: Box, picture: NDArray[np.uint8]) -> Pen:
    pen = choose_pen(min(box.width, box.height), picture.shape[1], picture.shape[0])  # a ruling is long, but no large thing
    line = max(1, pen.line // 2)
    return Pen(max(LEAST_TEXT, pen.text * _REJECTED_TEXT), LEAST_TEXT, line, max(1, line // 2))


def _draw_frame(picture: NDArray[np.uint8], box: Box, pen: Pen, colour: Colour) -> None:
    """A frame outside of the box, so that it hides none of the ink; at the picture's edge it stays inside."""
    height, width = picture.shape[:2]

    def band(start: int, end: int, paint: Colour) -> None:
        """Fills the band between two distances from the box."""
        left, right = (min(max(edge, 0), width) for edge in (box.left - end, box.right + end))
        top, bottom = (min(max(edge, 0), height) for edge in (box.top - end, box.bottom + end))
        weight = end - start
        picture[top : top + weight, left:right] = paint
        picture[max(bottom - weight, 0) : bottom, left:right] = paint
        picture[top:bottom, left : left + weight] = paint
        picture[top:bottom, max(right - weight, 0) : right] = paint

    band(0, pen.reach, INK)
    band(pen.border, pen.border + pen.line, colour)


def _draw_labels(picture: NDArray[np.uint8], layout: Layout, line: _Line, pen: Pen, show_confidence: bool) -> None:
    """Labels one line: all digits begin with the largest style that suits the space between them."""
    centres = [box.left + box.width / 2 for _, box in line]
    room = quantile(0.25, (abs(second - first) for first, second in itertools.pairwise(centres)))
    styles = _styles(pen, show_confidence)
    first = next((n for n, style in enumerate(styles) if style.label(8, 0.99).size[0] <= _STAGGER * room), len(styles) - 1)
    for digit, box in line:
        best: tuple[float, Label, Box] | None = None
        for style in styles[first:]:
            loss = style.loss - styles[first].loss
            if best is not None and best[0] <= loss:
                break
            label = fit_width(style.label(digit.digit, digit.confidence), picture.shape[1])
            place, badness = layout.place(label, pen.reach, box)
            badness += loss
            if best is None or badness < best[0]:
                best = (badness, label, place)
        assert best is not None  # noqa: S101  # there is always a style
        layout.take(best[2])
        draw_label(picture, best[1], best[2], digit_colour(digit))


@dataclass(frozen=True)
class _Style:
    """How much a label says, how large, and how bad that is against the place it gets, see :meth:`Layout.place`."""

    capital: float
    show_confidence: bool
    loss: float

    def label(self, digit: int, confidence: float) -> Label:
        return Label(digit_text(digit, confidence if self.show_confidence else None), self.capital)


def _styles(pen: Pen, show_confidence: bool) -> list[_Style]:
    """From the best to the smallest."""
    sizes = sorted({pen.text, max(LEAST_TEXT, pen.text * 0.8), max(LEAST_TEXT, pen.text * 0.65)}, reverse=True)
    short = sorted({*sizes, pen.least_text}, reverse=True)
    full = [_Style(size, True, step * _SMALLER) for step, size in enumerate(sizes)] if show_confidence else []
    return [*full, *[_Style(size, False, _SHORT + step * _SMALLER) for step, size in enumerate(short)]]


def _draw_reason(picture: NDArray[np.uint8], layout: Layout, region: RejectedRegion, box: Box) -> None:
    pen = _thin_pen(box, picture)
    label = fit_width(Label(region.reason.value, pen.text), picture.shape[1])
    place, badness = layout.place(label, pen.reach, box)
    if badness < FREE:
        layout.take(place)
        draw_label(picture, label, place, REJECTED)
