"""Whether ink is darker or brighter than its ground, and how wide its strokes are: what a thumbnail can tell.

Polarity: ink is the minority, so the difference from a local mean is skewed to its side, while the two sides of a shadow's
edge cancel. Widths: a closing with a square removes what is narrower than the square, so what growing squares remove, each
divided by its width, is how long the strokes of that width are (pattern spectrum, Maragos 1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.background import above, difference_from_mean, halve, noise_level, stand_out

THUMBNAIL_SIDE: Final = 160  # px
_SKEW_SIDE: Final = 100  # px are enough to tell the polarity
_WINDOWS: Final = (0.06, 0.15, 0.35)  # of the thumbnail's long side
_SQUARES: Final = (3, 5, 9, 15, 23, 31)  # px of the thumbnail
_COARSE: Final = 7  # squares from here on are tried at half the size
_WIDEST_SQUARE: Final = 0.45  # of the short side: a wider one has no room beside the strokes
_CLEARED: Final = 1.5  # px by which a square is wider than the stroke that it removes
_QUARTER: Final = 0.25  # of the strokes are no wider than the thinnest width
_SOME: Final = 0.12  # of the strokes' length: a kind of stroke, not the ends and corners of another
_VALLEY: Final = 0.35  # of the peak: two kinds of stroke are set apart by less than this
_WIDE: Final = 15  # squares from here on are left out if the widest of all adds hardly anything
_TAIL: Final = 0.005  # of the strokes' length: hardly anything
_MOST_PIECES: Final = 200  # are enough to tell their usual height
_ACROSS: Final = 0.5  # of the thumbnail's width: ruling, border, no digit
_SPECK: Final = 6  # px, width and height: less is no digit
_WRITTEN: Final = 0.7  # of the sides of all pieces is not ruling
_FLAT: Final = 4  # times as wide as tall: piece of a ruling
_LEAST: Final = 0.02  # of the strokes' length: the tail of a kind


@dataclass(frozen=True)
class Strokes:
    """Polarity and scale of the ink; widths in pixels of the plane that was looked at.

    Attributes:
        is_bright: Whether ink is brighter than ground.
        typical: Usual stroke width.
        narrow: Side of a square that removes most strokes.
        wide: Side of a square that also removes the thick ones; ``narrow`` if there are none.
        thinnest: Stroke width of the thinner strokes of all.
        height: Of what is written, by the smaller of it; 0 if it cannot be told.
    """

    is_bright: bool
    typical: float
    narrow: float
    wide: float
    thinnest: float
    height: float = 0.0

    def scaled(self, scale: float) -> Strokes:
        """The same for a plane of another size."""
        sizes = (self.narrow * scale, self.wide * scale)
        thinnest = max(1.0, self.thinnest * scale)
        return Strokes(self.is_bright, max(1.0, self.typical * scale), *sizes, thinnest, self.height * scale)


def find_strokes(thumbnail: NDArray[np.uint8], reduction: float) -> Strokes | None:
    """Finds polarity and stroke widths.

    Args:
        thumbnail: uint8 ``[h, w]``, at most :data:`THUMBNAIL_SIDE` long.
        reduction: Pixels of the plane, in which widths are told, per pixel of the thumbnail.

    Returns:
        ``None`` if nothing stands out.
    """
    is_bright = ink_is_bright(thumbnail)
    squares = [square for square in _SQUARES if square <= max(3, _WIDEST_SQUARE * min(thumbnail.shape))]
    lengths = stroke_lengths(thumbnail, squares, is_bright=is_bright)
    total = float(lengths.sum())
    if total <= 0:
        return None
    typical, narrow, wide = kinds_of_stroke(lengths / total)
    thinnest = _reached(lengths.tolist(), _QUARTER * total)
    return Strokes(
        is_bright,
        max(1.0, (squares[typical] - _CLEARED) * reduction),
        squares[narrow] * reduction,
        squares[wide] * reduction,
        max(1.0, (squares[thinnest] - _CLEARED) * reduction),
        written_height(thumbnail, squares[narrow], is_bright=is_bright) * reduction,
    )


def written_height(thumbnail: NDArray[np.uint8], square: int, *, is_bright: bool) -> float:
    """Height that most of the ink has at least, by connected pieces.

    Args:
        thumbnail: uint8 ``[h, w]``.
        square: Side in pixels of a square that removes the strokes.
        is_bright: Whether ink is brighter than ground.

    Returns:
        In pixels; 0 if it cannot be told, because much of what is there looks like rulings.
    """
    dark = np.asarray(cv2.bitwise_not(thumbnail) if is_bright else thumbnail, np.uint8)
    difference = stand_out(dark, square)
    outlines = cv2.findContours(above(difference, noise_level(difference).cut), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[
        0
    ][:_MOST_PIECES]
    boxes = [(width, height) for _, _, width, height in map(cv2.boundingRect, outlines) if width + height >= _SPECK]
    widest = _ACROSS * thumbnail.shape[1]
    written = sorted((high, wide + high) for wide, high in boxes if wide < min(widest, _FLAT * high) and high > 1)
    # Strokes are lines: their ink grows with the sides of the box.
    ink = sum(sides for _, sides in written)
    if ink <= _WRITTEN * sum(map(sum, boxes)):
        return 0.0
    return float(written[_reached([sides for _, sides in written], _QUARTER * ink)][0])


def kinds_of_stroke(shares: NDArray[np.float64]) -> tuple[int, int, int]:
    """Groups a pattern spectrum into thin strokes and, beyond a valley, thick ones.

    Args:
        shares: float64 ``[n]``, share of the strokes for each square, from the narrowest.

    Returns:
        Indices of the usual stroke of the thin kind, of its widest, and of the widest of all.
    """
    share: list[float] = shares.tolist()
    first = _reached(share, _SOME)
    last = first
    while last + 1 < len(share) and share[last + 1] >= _LEAST:
        beyond = share[last + 2 :]
        is_valley = share[last + 1] < _VALLEY * max(share[first : last + 1]) and max(beyond, default=0.0) > share[last + 1]
        if is_valley and sum(beyond) >= _SOME / 2:
            break
        last += 1
    thin = share[first : last + 1]
    thick = [index for index in range(last + 1, len(share)) if share[index] >= _LEAST]
    has_thick = bool(thick) and sum(share[last + 1 :]) >= _SOME / 2
    return first + _reached(thin, 0.5 * sum(thin)), last, thick[-1] if has_thick else last


def _reached(shares: Sequence[float], least: float) -> int:
    """Index of the first number with which the sum reaches ``least``."""
    return next((index for index, summed in enumerate(accumulate(shares)) if summed >= least), len(shares) - 1)


def ink_is_bright(thumbnail: NDArray[np.uint8]) -> bool:
    """By the skewness of the difference from local means.

    Args:
        thumbnail: uint8 ``[h, w]``.
    """
    plane = halve(thumbnail) if max(thumbnail.shape) > _SKEW_SIDE else thumbnail
    skewness = 0.0
    for share in _WINDOWS:
        window = max(3, round(share * max(plane.shape))) | 1
        flat = difference_from_mean(plane, window).ravel()
        skewness += float((flat * flat) @ flat) / (1.0 + float(flat @ flat))
    return skewness > 0


def stroke_lengths(thumbnail: NDArray[np.uint8], squares: Sequence[int], *, is_bright: bool) -> NDArray[np.float64]:
    """How much stroke each square removes beyond the one before it, as length times contrast.

    Args:
        thumbnail: uint8 ``[h, w]``.
        squares: Growing widths in pixels.
        is_bright: Whether ink is brighter than ground.

    Returns:
        float64, one number for each square, none negative.
    """
    dark = np.asarray(cv2.bitwise_not(thumbnail) if is_bright else thumbnail, np.uint8)
    reach = max(square if square < _COARSE else square // 2 + 1 for square in squares) // 2
    fine, coarse = _repeat_frame(dark, reach), _repeat_frame(halve(dark), reach)

    def removed_by(square: int) -> float:
        # Wide squares are as good on half the size, and take a fraction of the time.
        plane, width = (coarse, (square // 2) | 1) if square >= _COARSE else (fine, square)
        return noise_level(stand_out(plane, width)[reach:-reach, reach:-reach]).beyond

    widest = removed_by(squares[-1])
    lengths, before = np.zeros(len(squares)), 0.0
    for index, square in enumerate(squares):
        # The widest square removes what the others remove, but for the noise: most pages hold only the strokes of a pen.
        if square >= _WIDE and max(0.0, widest - before) <= _TAIL * square * lengths.sum():
            break
        removed = removed_by(square) if index < len(squares) - 1 else widest
        lengths[index] = max(0.0, removed - before) / square
        before = max(before, removed)
    return lengths


def _repeat_frame(dark: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    """Keeps light that falls off towards the frame from passing as strokes."""
    return np.asarray(cv2.copyMakeBorder(dark, reach, reach, reach, reach, cv2.BORDER_REPLICATE), np.uint8)
