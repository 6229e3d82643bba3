"""From a picture to the digits in it, in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.runtime.picture_array import as_picture, flatten_alpha
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.company import judge
from mnist_edge.runtime.scenes.doubts import Read, resolve_doubts
from mnist_edge.runtime.scenes.gates import reason_by_shape
from mnist_edge.runtime.scenes.glyphs import Glyph, frame_glyphs, glyph_of
from mnist_edge.runtime.scenes.grouping import group_pieces, typical_height
from mnist_edge.runtime.scenes.ink_map import InkMap, map_ink
from mnist_edge.runtime.scenes.lone import join_lone_digit
from mnist_edge.runtime.scenes.looks import picture_of_boxes, picture_of_pieces, sheet_of_glyphs
from mnist_edge.runtime.scenes.outlines import Piece, trace_pieces
from mnist_edge.runtime.scenes.reading_order import order_lines
from mnist_edge.runtime.scenes.scene import Box, Digit, Reason, RejectedRegion, Scene, Score, Trace

_MOST_PIECES: Final = 1000  # of a page of digits; more is a texture, and the rest of it is not looked at

_Region = tuple[Box, Reason, Prediction | None]

_EMPTY: Final = "There is no ink in the picture."
_NO_PLACE: Final = "It looks like a digit, but not like one of this scene."
_NONE: Final = "None of the ink in the picture looks like a digit."


def read_scene(image: npt.NDArray[Any], score: Score, *, trace: Trace | None = None) -> Scene:
    """Finds and reads every digit.

    Args:
        image: Any array that :func:`mnist_edge.runtime.picture_array.as_picture` takes.
        score: The network.
        trace: Is given every stage, to be looked at.

    Returns:
        The scene; its digits all have the status ``OK``.

    Raises:
        ImageArrayError: An array that is not a picture.
        ImageSizeError: An array without pixels.
    """
    picture = flatten_alpha(as_picture(image))
    height, width = picture.shape[:2]
    ink = map_ink(picture, trace=trace)
    if ink is None:
        return Scene(width=width, height=height, status=Status.EMPTY, message=_EMPTY)
    return read_ink(ink, score, (width, height), trace=trace)


def read_ink(ink: InkMap, score: Score, size: tuple[int, int], *, trace: Trace | None = None) -> Scene:
    """Finds and reads every digit in the ink of a picture.

    Args:
        ink: The ink at working size.
        score: The network.
        size: Width and height of the picture in pixels.
        trace: Is given every stage, to be looked at.
    """
    pieces = trace_pieces(ink.mask)
    if not pieces:
        return Scene(width=size[0], height=size[1], status=Status.EMPTY, message=_EMPTY)
    glyphs, refused = _glyphs(pieces, ink.mask)
    reads = _read_glyphs(glyphs, ink, score)
    rows, columns = ink.mask.shape
    others = [piece.box for piece, reason in refused if reason is not Reason.LINE]
    judged = list(zip(reads, judge(reads, others, columns, rows), strict=True))
    accepted = [read for read, reason in judged if reason is None]
    lines = [[accepted[index] for index in line] for line in order_lines([read.glyph.box for read in accepted])]
    regions: list[_Region] = [(box, Reason.LINE, None) for box in ink.rulings]
    regions += [(piece.box, reason, None) for piece, reason in refused]
    regions += [(read.glyph.box, reason, _refused(read.prediction)) for read, reason in judged if reason is not None]
    if trace is not None:
        trace("pieces", picture_of_pieces(ink.mask, pieces))
        if reads:
            trace("glyphs", sheet_of_glyphs(frame_glyphs([read.glyph for read in reads], ink.strength)))
        boxes = [[read.glyph.box for read in line] for line in lines]
        trace("lines", picture_of_boxes(ink.mask, boxes, [box for box, _, _ in regions]))
    return _scene(lines, regions, (columns, rows), size)


def _scene(
    lines: Sequence[Sequence[Read]], regions: Sequence[_Region], working: tuple[int, int], size: tuple[int, int]
) -> Scene:
    digits = tuple(
        Digit(read.prediction, _in_picture(read.glyph.box, working, size), number)
        for number, line in enumerate(lines)
        for read in line
    )
    rejected = [RejectedRegion(_in_picture(box, working, size), reason, said) for box, reason, said in regions]
    rejected.sort(key=lambda region: (region.box.top, region.box.left))
    if digits:
        return Scene(digits, tuple(rejected), *size)
    return Scene((), tuple(rejected), *size, Status.REJECTED, _NONE)


def _glyphs(pieces: Sequence[Piece], mask: npt.NDArray[np.uint8]) -> tuple[list[Glyph], list[tuple[Piece, Reason]]]:
    height = typical_height(pieces)
    kept, refused = [], []
    for piece in pieces:
        reason = reason_by_shape(piece, height)
        if reason is None:
            kept.append(piece)
        else:
            refused.append((piece, reason))
    kept.sort(key=lambda piece: -piece.outline)
    groups, dots = group_pieces(kept[:_MOST_PIECES], height)
    refused += [(piece, Reason.SMALL) for piece in (*dots, *kept[_MOST_PIECES:])]
    return [glyph_of(group, mask) for group in groups], refused


def _read_glyphs(glyphs: Sequence[Glyph], ink: InkMap, score: Score) -> list[Read]:
    if not glyphs:
        return []
    predictions = score(frame_glyphs(glyphs, ink.strength))
    reads = [Read(glyph, prediction) for glyph, prediction in zip(glyphs, predictions, strict=True)]
    return join_lone_digit(resolve_doubts(reads, ink.strength, score), ink.strength, score)


def _refused(prediction: Prediction) -> Prediction:
    """What the network said of ink that is no digit of the scene."""
    if prediction.status is Status.REJECTED:
        return prediction
    return replace(prediction, digit=None, status=Status.REJECTED, message=_NO_PLACE)


def _in_picture(box: Box, working: tuple[int, int], size: tuple[int, int]) -> Box:
    """A box of the working picture in pixels of the picture as given; each ``(width, height)``.

    Each side has its own scale: of a narrow strip, rounding to whole working pixels changes the proportions.
    """
    (columns, rows), (width, height) = working, size
    left, top = box.left * width // columns, box.top * height // rows
    right, bottom = -(-box.right * width // columns), -(-box.bottom * height // rows)
    return Box(left, top, min(width, right) - left, min(height, bottom) - top)
