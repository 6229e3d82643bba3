"""Where the ink of a picture is: either polarity, uneven light, coloured pens, shadows, ruled lines.

The idea: ink is what a square wider than the pen stroke cannot enter. A grey-scale opening (closing for dark ink) with
such a square is therefore the background *without* the ink, and it follows shadow edges exactly, which blurred or fitted
backgrounds do not (top-hat transform, Meyer 1979; Serra 1982). Neither the pen's width nor the polarity is known, so both
polarities and several widths are tried on a thumbnail, and the hypothesis that explains the most edge wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.components import Components, find_components

THUMBNAIL_SIDE: Final = 128  # px; a digit of a tenth of the frame still has strokes of about a pixel here

#: Widths tried for the square, as shares of the thumbnail's short side, with the weight of each in the choice. A narrow
#: square leaves less room for shadows to pass as ink, so a wider one has to explain more.
_WIDTHS: Final = ((0.05, 1.0), (0.1, 0.95), (0.18, 0.88), (0.3, 0.8), (0.5, 0.7))

_EDGE_REACH: Final = 0.04  # of the long side: how far a blurred edge may stretch
_FLOOR: Final = 6  # grey levels of 255; less is quantization, not ink
_NOISE_FACTOR: Final = 4.0  # ink must exceed the median by so many times the spread of the background
_INK_SHARE: Final = 0.4  # of the typical ink strength: still ink
_STRONG_SHARE: Final = 0.5  # of the strongest ink: the cut where strong ink stands among many weaker lines
_STRONG_QUANTILE: Final = 0.997
_FILLING: Final = 1.08  # a wider square that adds so much area inside the same box was needed
_SAME_BOX: Final = 0.12  # of its size, how much the box may grow then
_LEAST_SIDE: Final = 3  # thumbnail pixels; a smaller thing is a dot
_LEAST_DENSITY: Final = 0.5  # trusted edge per pixel; faint digits have 6 and more, patches of uneven light 0.1
_SIGNIFICANCE: Final = 60.0  # summed strength over the background's spread; chance specks of noise reach some 30


@dataclass(frozen=True, eq=False)
class InkSearch:
    """What the thumbnail says.

    Attributes:
        mask: bool ``[h, w]``, the ink of the digit on the thumbnail.
        is_bright: Whether ink is brighter than ground.
        width: Side of the square that removes the ink, in thumbnail pixels.
    """

    mask: NDArray[np.bool_]
    is_bright: bool
    width: int


def ink_strength(plane: NDArray[np.uint8], width: int, *, is_bright: bool) -> NDArray[np.uint8]:
    """How much each pixel stands out from the background.

    Args:
        plane: uint8 ``[H, W]``.
        width: Side of the square in pixels; wider than a stroke.
        is_bright: Whether ink is brighter than ground.

    Returns:
        uint8 ``[H, W]``, 0 for background.
    """
    bright = plane if is_bright else cv2.bitwise_not(plane)
    square = np.ones((width, width), np.uint8)
    # Zero outside: only squares that lie inside the picture count as background, so strokes on the very edge stay ink.
    opened = cv2.morphologyEx(bright, cv2.MORPH_OPEN, square, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(cv2.subtract(bright, opened), np.uint8)


@dataclass(frozen=True)
class InkLevels:
    """The background's statistics in an ink-strength plane, and where to cut.

    Attributes:
        median: Strength of the background, in grey levels.
        spread: Its spread: median minus 16th percentile, one standard deviation of Gaussian noise.
        cuts: Strengths above which a pixel may be ink: none, one or two hypotheses.
    """

    median: int
    spread: int
    cuts: tuple[float, ...]


def ink_levels(strength: NDArray[np.uint8]) -> InkLevels:
    """Tells ink from noise by the histogram of an ink-strength plane, uint8 ``[h, w]``."""
    histogram = cv2.calcHist([strength], [0], None, [256], [0, 256]).ravel()
    share = np.cumsum(histogram) / strength.size
    median, low, top = (int(np.searchsorted(share, quantile)) for quantile in (0.5, 0.16, _STRONG_QUANTILE))
    noise = median + max(_FLOOR, _NOISE_FACTOR * (median - low))
    first = int(noise) + 1
    if first > 255 or histogram[first:].sum() == 0:
        return InkLevels(median, median - low, ())
    cut = max(noise, _INK_SHARE * _upper_mean(histogram, first))
    strong = _STRONG_SHARE * top
    return InkLevels(median, median - low, (cut, strong) if strong > 1.4 * cut else (cut,))


def strong_level(values: NDArray[np.uint8]) -> float:
    """Typical strength of the ink among the pixels of a digit, uint8 ``[n]``; at least 1."""
    return max(1.0, _upper_mean(np.bincount(values, minlength=256).astype(np.float32), 0))


def _upper_mean(histogram: NDArray[Any], first: int) -> float:
    """Mean of the stronger of two classes (Otsu 1979) among the levels from ``first`` on."""
    levels = np.arange(first, 256)
    weights = histogram[first:].astype(np.float64)
    below, moment = np.cumsum(weights), np.cumsum(weights * levels)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (moment[-1] * below / below[-1] - moment) ** 2 / (below * above)
    split = int(np.argmax(np.nan_to_num(between, nan=0.0, posinf=0.0)))
    if above[split] <= 0:
        return float(moment[-1] / below[-1])
    return float((moment[-1] - moment[split]) / above[split])


def drop_to_neighbours(plane: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Sum of the steps down to the four neighbours: an edge counts the same from its bright as from its dark side.

    Args:
        plane: uint8 ``[h, w]``, ink bright.

    Returns:
        uint16 ``[h, w]``.
    """
    drop = np.zeros(plane.shape, np.uint16)
    # Not cv2.subtract: it does not take the empty slices of a picture one pixel wide.
    across, down = np.minimum(plane[:, :-1], plane[:, 1:]), np.minimum(plane[:-1], plane[1:])
    drop[:, :-1] += plane[:, :-1] - across
    drop[:, 1:] += plane[:, 1:] - across
    drop[:-1] += plane[:-1] - down
    drop[1:] += plane[1:] - down
    return drop


def height_above_surroundings(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How far each pixel lies above the lowest one near it; unlike a gradient this sees the edge of a blurred stroke.

    Args:
        plane: uint8 ``[h, w]``, ink bright.
    """
    window = max(3, round(_EDGE_REACH * max(plane.shape))) | 1
    lowest = cv2.erode(plane, np.ones((window, window), np.uint8))
    return np.asarray(cv2.subtract(plane, lowest), np.uint8)


@dataclass(frozen=True, eq=False)
class _Hypothesis:
    score: float
    is_bright: bool
    width: int
    components: Components
    levels: InkLevels
    strength: NDArray[np.uint8]


def search_ink(plane: NDArray[np.uint8]) -> InkSearch | None:
    """Finds polarity, stroke scale and place of the digit on a thumbnail.

    Args:
        plane: uint8 ``[h, w]``, at most :data:`THUMBNAIL_SIDE` long.

    Returns:
        The best hypothesis, or ``None`` if no ink stands out.
    """
    tried = list(_hypotheses(plane))
    best = max(tried, key=lambda hypothesis: hypothesis.score, default=None)
    if best is None or best.score <= 0:
        return None
    mask, width = best.components.digit_mask(), best.width
    if not _is_significant(mask, best):
        return None
    seen = {width}
    for wider in tried:
        if wider.is_bright == best.is_bright and wider.width > width and wider.width not in seen:
            seen.add(wider.width)
            filled = wider.components.touching(mask)
            if _fills(mask, filled):
                mask, width = filled, wider.width
    return InkSearch(mask, best.is_bright, width)


def _hypotheses(plane: NDArray[np.uint8]) -> Iterator[_Hypothesis]:
    planes = {True: plane, False: np.asarray(cv2.bitwise_not(plane), np.uint8)}
    drops = {is_bright: drop_to_neighbours(bright) for is_bright, bright in planes.items()}
    falls = {is_bright: height_above_surroundings(bright) for is_bright, bright in planes.items()}
    for width, weight in _square_widths(min(plane.shape)):
        for is_bright in (False, True):
            strength = ink_strength(plane, width, is_bright=is_bright)
            levels = ink_levels(strength)
            for cut in levels.cuts:
                components = find_components(strength, drops[is_bright], falls[is_bright], cut)
                yield _Hypothesis(weight * components.score, is_bright, width, components, levels, strength)


def _is_significant(mask: NDArray[np.bool_], found: _Hypothesis) -> bool:
    """Whether this is more than a dot, a patch of light, or what noise brings about by chance."""
    if found.components.main_density < _LEAST_DENSITY:
        return False
    _, _, width, height = cv2.boundingRect(mask.astype(np.uint8))
    if max(width, height) < min(_LEAST_SIDE, min(mask.shape)):
        return False
    excess = found.strength[mask].astype(np.float64) - found.levels.median
    return float(excess.sum()) / max(1, found.levels.spread) >= _SIGNIFICANCE


def _fills(mask: NDArray[np.bool_], wider: NDArray[np.bool_]) -> bool:
    """Whether a wider square completes the strokes of ``mask`` instead of adding things around them."""
    if wider.sum() < _FILLING * mask.sum():
        return False
    _, _, *old = cv2.boundingRect(mask.astype(np.uint8))
    _, _, *new = cv2.boundingRect(wider.astype(np.uint8))
    return max(new[0] - old[0], new[1] - old[1]) <= max(2, _SAME_BOX * max(old))


def _square_widths(side: int) -> list[tuple[int, float]]:
    widths: dict[int, float] = {}
    for share, weight in _WIDTHS:
        widths.setdefault(max(3, round(share * side)) | 1, weight)
    return list(widths.items())
