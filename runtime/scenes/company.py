"""What the scene as a whole says about each glyph that the network took for a digit.

Digits of one scene are written by one hand: alike in height, and among their like. Among things that are no digits (a page
of text, a gravel path) some always look like one; there a digit must stand among digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.prediction import Status
from mnist_edge.runtime.scenes.doubts import Read
from mnist_edge.runtime.scenes.gates import runs_through, touches_frame
from mnist_edge.runtime.scenes.grouping import neighbours
from mnist_edge.runtime.scenes.scene import Box, Reason

_SMALL: Final = 0.4  # of the usual height in the scene: too small, unless in company of its like
_LIKE: Final = 1.5  # times as high or as low: of the same kind
_CUT: Final = 0.7  # of the usual height, and on the frame: the rest is outside
_SLENDER: Final = 0.15  # of the picture's width: a 1 on the frame, where there are only 1s, is the edge of paper or shadow
_COUNTS: Final = 0.3  # of the usual height: what is as high is a thing of the scene, and no dirt
_PAIR: Final = 2  # things; one of them says nothing about the other
_CROWD: Final = 8  # things; fewer say nothing about the kind of picture
_FEW: Final = 0.5  # share of digits among the things: below, this is no scene of digits
_SUPPORT: Final = 0.5  # share of digits around each digit in a scene of other things
_HOPELESS: Final = 0.2  # share of digits in a picture of something else altogether
_ALONE: Final = 4  # other things at most around a digit that fills the picture
_LETTERS: Final = 12  # at most in a joined-up word
_MIXED: Final = 2 / 3  # share of digits among the things: below, only sure digits count
_SURE: Final = 2.5  # log-odds
_VERY_SURE: Final = 6.0
_DIRTY: Final = 8  # specks and other things to a digit: a texture or a night sky, where much looks like a digit
_SURE_ALONE: Final = 9.0  # log-odds of a digit there, without others near
_SURE_ONE: Final = 12.0
_TEXTURE: Final = 24  # things; fewer may be a few digits among drawings


def judge(reads: Sequence[Read], others: Sequence[Box], width: int, height: int) -> list[Reason | None]:
    """Why each glyph is no digit of this scene; ``None`` if it is one.

    Args:
        reads: All glyphs that were read, also the refused ones.
        others: Ink that was refused by its shape or size.
        width: Of the working picture.
        height: The same.
    """
    if _all_alike([read.glyph.box.height for read in reads], [box.height for box in others]) and all(
        read.prediction.status is Status.OK and not touches_frame(read.glyph.box, width, height) for read in reads
    ):
        return [None] * len(reads)  # the usual case, spared the rest
    taken = np.array([read.prediction.status is Status.OK for read in reads], bool)
    framed = [touches_frame(read.glyph.box, width, height) for read in reads]
    reasons: list[Reason | None] = [
        None if ok else Reason.CUT if cut else Reason.UNLIKELY for ok, cut in zip(taken, framed, strict=True)
    ]
    if not taken.any():
        return reasons
    boxes = np.array([read.glyph.box for read in reads], np.int32).reshape(-1, 4)
    around = np.array(others, np.int32).reshape(-1, 4)
    lonely = _lonely(reads, taken, boxes, around)
    small = _too_small(boxes, taken)
    whole = boxes[taken & ~np.array(framed), 3]
    usual = _median(whole) if len(whole) else 0.0
    are_strokes = all(reads[index].prediction.digit == 1 for index in np.flatnonzero(taken).tolist())
    for index in np.flatnonzero(taken).tolist():
        box = reads[index].glyph.box
        if lonely[index]:
            reasons[index] = Reason.UNLIKELY
        elif len(reads) + len(others) > 1 + _ALONE and runs_through(box, width, height):
            reasons[index] = Reason.LINE
        elif framed[index] and (box.height < _CUT * usual or (are_strokes and box.width < _SLENDER * width)):
            reasons[index] = Reason.CUT
        elif small[index]:
            reasons[index] = Reason.SMALL
    return reasons


def _all_alike(heights: Sequence[int], others: Sequence[int]) -> bool:
    """Whether no digit is small against the others, and other ink is too small to count."""
    least = min(heights, default=0)
    is_clean = len(others) <= (_DIRTY - 1) * len(heights)
    return is_clean and least >= _SMALL * max(heights, default=0) and max(others, default=0) < _COUNTS * least


def _median(values: NDArray[np.int32]) -> float:
    return float(np.sort(values)[len(values) // 2])


def _lonely(
    reads: Sequence[Read], taken: NDArray[np.bool_], boxes: NDArray[np.int32], others: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Digits without other digits to vouch for them; none of them, unless the picture holds many other things.

    A 1 is a stroke, and strokes are everywhere: it does not vouch for its neighbours.
    """
    things = np.concatenate([boxes, others])
    is_digit = np.append(taken, np.zeros(len(others), bool))
    # A joined-up word is several letters; what is lower than a digit is dirt or a line and says nothing.
    letters = np.clip(things[:, 2] // np.maximum(1, things[:, 3]), 1, _LETTERS)
    counts = things[:, 3] >= _COUNTS * _median(boxes[taken, 3])
    weights = np.where(is_digit, 1, letters * counts)
    share = taken.sum() / weights.sum()
    odds = np.array([read.prediction.log_odds for read in reads], np.float64)
    ones = np.array([read.prediction.digit == 1 for read in reads], bool)
    is_dirty = len(things) > _DIRTY * taken.sum()
    if (share >= _MIXED or weights.sum() <= _PAIR) and not is_dirty:
        return np.zeros(len(reads), bool)
    if (weights.sum() < _CROWD or share >= _FEW) and not is_dirty:
        return np.asarray(odds < _SURE, np.bool_)
    if (taken & (odds >= _SURE)).sum() < _HOPELESS * weights.sum() and weights.sum() >= _TEXTURE:
        return np.ones(len(reads), bool)
    near = neighbours(things)[: len(boxes)]
    vouching = (near[:, : len(boxes)] & taken & ~ones).sum(axis=1)
    if share >= _MIXED or weights.sum() <= _PAIR:
        return np.asarray((odds < _SURE) | ((vouching == 0) & (odds < np.where(ones, _SURE_ONE, _SURE_ALONE))), np.bool_)
    alone = (vouching == 0) | (vouching < _SUPPORT * (near * weights).sum(axis=1))
    return np.asarray(alone & (ones | (odds < _VERY_SURE)), np.bool_)


def _too_small(boxes: NDArray[np.int32], taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Digits much smaller than the others that have no company of their own size."""
    heights = boxes[:, 3].astype(np.float64)
    usual = _median(boxes[taken, 3])
    like = np.maximum(heights[:, None], heights) <= _LIKE * np.minimum(heights[:, None], heights)
    company = (neighbours(boxes) & like & taken).any(axis=1)
    return np.asarray((heights < _SMALL * usual) & ~company, np.bool_)
