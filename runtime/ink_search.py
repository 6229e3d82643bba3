"""Finds one digit's ink on a thumbnail: polarity, scale of the strokes, and which pieces belong to it.

Neither the pen's width nor the polarity is known, so both polarities and several widths of the background square of
:mod:`ink` are tried, and the hypothesis that explains the most edge wins. No hypothesis can explain more than all the edge
along its mask: that bound is cheap, and most hypotheses are left after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.components import REAL_STEP, Components, find_components, touching
from mnist_edge.runtime.ink import InkLevels, drop_to_neighbours, height_above_surroundings, ink_levels, ink_strength

THUMBNAIL_SIDE: Final = 128  # px; a digit of a tenth of the frame still has strokes of about a pixel here

#: Widths tried for the square, as shares of the thumbnail's short side, with the weight of each in the choice. A narrow
#: square leaves less room for shadows to pass as ink, so a wider one has to explain more.
_WIDTHS: Final = ((0.05, 1.0), (0.1, 0.95), (0.18, 0.88), (0.3, 0.8), (0.5, 0.7))

_FILLING: Final = 1.08  # a wider square that adds so much area inside the same box was needed
_SAME_BOX: Final = 0.6  # of its size, how much the box may grow then: fragments of a thick stroke grow as much
_LEAST_SIDE: Final = 3  # thumbnail pixels; a smaller thing is a dot
_LEAST_DENSITY: Final = 0.5  # trusted edge per pixel; faint digits have 6 and more, patches of uneven light 0.1
_SIGNIFICANCE: Final = 60.0  # summed strength over the background's spread; chance specks of noise reach some 30
# Of a piece at the picture's frame. Measured on MNIST training digits, tightly cropped or cut off, and on empty pages with
# the edge of a shadow: the digits' outlines are backed to 0.89 and more, those of what shadows leave mostly to 0.6 to 0.8.
_BACKED: Final = 0.85
_SLIVER: Final = 0.012  # of the picture's area; what shadows leave may be a few pixels wide
_WEDGE: Final = 0.35  # of the picture's area; what shadows leave is no larger, as the widest square is half the picture

_NEIGHBOURS: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class InkSearch:
    """What the thumbnail says.

    Attributes:
        mask: bool ``[h, w]``, the ink of the digit on the thumbnail.
        is_bright: Whether ink is brighter than ground.
        width: Side of the square that removes the ink, in thumbnail pixels.
        strength: uint8 ``[h, w]``, ink strength in which the mask was found.
    """

    mask: NDArray[np.bool_]
    is_bright: bool
    width: int
    strength: NDArray[np.uint8]


class _Polarity:
    """The thumbnail with ink bright, and what is worked out from it once for all hypotheses."""

    def __init__(self, plane: NDArray[np.uint8], *, is_bright: bool) -> None:
        self.is_bright = is_bright
        self.bright = plane if is_bright else np.asarray(cv2.bitwise_not(plane), np.uint8)
        self.drop = drop_to_neighbours(self.bright)

    @cached_property
    def fall(self) -> NDArray[np.uint8]:
        return height_above_surroundings(self.bright)


@dataclass(eq=False)
class _Hypothesis:
    """One polarity, one width of the square, one cut.

    Attributes:
        mask: uint8 ``[h, w]`` of 0 and 1, strength above the cut.
        bound: The score if every piece were trusted.
    """

    polarity: _Polarity
    width: int
    weight: float
    cut: float
    levels: InkLevels
    strength: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    bound: float

    @cached_property
    def components(self) -> Components:
        return find_components(self.strength, self.polarity.drop, self.polarity.fall, self.mask)

    @cached_property
    def score(self) -> float:
        return self.weight * self.components.score


def search_ink(plane: NDArray[np.uint8]) -> InkSearch | None:
    """Finds polarity, stroke scale and place of the digit on a thumbnail.

    Args:
        plane: uint8 ``[h, w]``, at most :data:`THUMBNAIL_SIDE` long.

    Returns:
        The best hypothesis, or ``None`` if no ink stands out.
    """
    tried = _hypotheses(plane)
    best = _best(tried)
    if best is None or best.score <= 0:
        return None
    mask, width = best.components.digit_mask(), best.width
    if not _is_significant(mask, best) or _is_shadow(best):
        return None
    seen = {width}
    for wider in tried:
        if wider.polarity is best.polarity and wider.width > width and wider.width not in seen:
            seen.add(wider.width)
            filled = _filled(mask, wider)
            if filled is not None:
                mask, width = filled, wider.width
    return InkSearch(mask, best.polarity.is_bright, width, best.strength)


def _hypotheses(plane: NDArray[np.uint8]) -> list[_Hypothesis]:
    """All of them, narrow squares first."""
    polarities = [_Polarity(plane, is_bright=is_bright) for is_bright in (False, True)]
    squares = [(polarity, *square) for square in _square_widths(min(plane.shape)) for polarity in polarities]
    strengths = [ink_strength(polarity.bright, width, is_bright=True) for polarity, width, _ in squares]
    tried = []
    for (polarity, width, weight), strength, levels in zip(squares, strengths, ink_levels(strengths), strict=True):
        for cut in levels.cuts:
            mask = np.asarray(cv2.threshold(strength, cut, 1, cv2.THRESH_BINARY)[1], np.uint8)
            bound = weight * cv2.norm(polarity.drop, cv2.NORM_L1, mask)  # the sum, in a fourth of the time of cv2.mean
            tried.append(_Hypothesis(polarity, width, weight, cut, levels, strength, mask, bound))
    return tried


def _best(tried: list[_Hypothesis]) -> _Hypothesis | None:
    """The hypothesis with the highest score."""
    best = None
    for hypothesis in sorted(tried, key=lambda tried: -tried.bound):
        if best is not None and hypothesis.bound < best.score:
            break
        if best is None or hypothesis.score > best.score:
            best = hypothesis
    return best


def _is_significant(mask: NDArray[np.bool_], found: _Hypothesis) -> bool:
    """Whether this is more than a dot, a patch of light, or what noise brings about by chance."""
    if found.components.main_density < _LEAST_DENSITY:
        return False
    _, _, width, height = cv2.boundingRect(mask.view(np.uint8))
    if max(width, height) < min(_LEAST_SIDE, min(mask.shape)):
        return False
    ink = found.strength[mask]
    excess = float(ink.sum()) - ink.size * found.levels.median
    return excess / max(1, found.levels.spread) >= _SIGNIFICANCE


def _is_shadow(found: _Hypothesis) -> bool:
    """Whether the main piece is what a shadow leaves in an acute corner between its edge and the picture's frame.

    The background square does not fit in there. But only one side of such a wedge is a step in the picture; the other is
    where the square begins to fit. A pen stroke that the frame cuts off has steps on both sides.
    """
    components = found.components
    main = int(components.edge.argmax())
    rows, columns = found.mask.shape
    left, top, right, bottom = components.boxes[main].tolist()
    if left > 0 and top > 0 and right < columns and bottom < rows:
        return False
    share = (right - left) * (bottom - top) / (rows * columns)
    if share < _SLIVER or share > _WEDGE:
        return bool(share < _SLIVER)
    piece = np.asarray(components.labels == main).view(np.uint8)
    rim = cv2.bitwise_xor(piece, cv2.erode(piece, _NEIGHBOURS))[1:-1, 1:-1]
    steps = found.polarity.fall[1:-1, 1:-1][rim > 0]
    return bool(np.count_nonzero(steps > REAL_STEP * cv2.mean(found.strength, piece)[0]) < _BACKED * steps.size)


def _filled(mask: NDArray[np.bool_], wider: _Hypothesis) -> NDArray[np.bool_] | None:
    """What a wider square finds, if that completes the strokes of ``mask`` instead of adding things around them."""
    needed = _FILLING * np.count_nonzero(mask)
    if cv2.countNonZero(wider.mask) < needed:
        return None
    filled = touching(wider.mask, mask)
    if np.count_nonzero(filled) < needed:
        return None
    if _is_on_frame(filled) and not _is_on_frame(mask):
        return None  # a shadow that comes in from outside and touches the digit
    _, _, *old = cv2.boundingRect(mask.view(np.uint8))
    _, _, *new = cv2.boundingRect(filled.view(np.uint8))
    return filled if max(new[0] - old[0], new[1] - old[1]) <= max(2, _SAME_BOX * max(old)) else None


def _is_on_frame(mask: NDArray[np.bool_]) -> bool:
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def _square_widths(side: int) -> list[tuple[int, float]]:
    widths: dict[int, float] = {}
    for share, weight in _WIDTHS:
        widths.setdefault(max(3, round(share * side)) | 1, weight)
    return list(widths.items())
