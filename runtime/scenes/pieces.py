"""Which connected pieces of a mask are ink, and which are noise, shadow or the edge of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.background import above, halve, noise_level

_MOST_LABELS: Final = 65535  # of 16 bits, in which labelling takes half the time; at most every fourth pixel is a piece
_PIECES_SIDE: Final = 400  # px, the most for judging pieces
_EDGE_REACH: Final = 0.5  # stroke widths: how far a blurred edge stretches
_FARTHEST: Final = 0.02  # of the long side: no edge is more blurred, unless it is a shadow's
_SIGNIFICANCE: Final = 60.0  # summed strength over the background's spread; chance specks of noise reach some 30
_FAINTEST: Final = 0.15  # of the strongest usual ink
_REAL_STEP: Final = 0.4  # of a piece's mean strength: a step in the picture, not one that the square cut
_BACKED: Final = 0.7  # of a piece's outline has a real step, or it is a shadow
_ALONG_FRAME: Final = (0.15, 0.3)  # of a thick and of any piece's outline along the picture's frame: table top, dark border
_THICK: Final = 1.8  # usual stroke widths
_CUT_OFF: Final = 0.04  # of the outline of something stout lies on the frame: shadow of a hand, thing beside the paper
_STOUT: Final = (
    0.05,
    8.0,
)  # thicker than this share of the picture's long side, and at most so many times as long as thick


@dataclass(frozen=True, eq=False)
class Pieces:
    """Connected pieces; index 0 is the ground.

    Attributes:
        inside: int64 ``[m]``, flat indices of the ink.
        names: ``[m]``, the piece of each of them.
        area: float64 ``[n]`` in pixels.
        outline: float64 ``[n]``, pixels on the rim.
        strength: float64 ``[n]``, summed difference from the background in grey levels.
        backed: float64 ``[n]``, share of the rim beyond the picture's frame with a real step in the picture.
        framed: float64 ``[n]``, share of the rim on the picture's frame.
    """

    inside: NDArray[np.int64]
    names: NDArray[np.int64]
    area: NDArray[np.float64]
    outline: NDArray[np.float64]
    strength: NDArray[np.float64]
    backed: NDArray[np.float64]
    framed: NDArray[np.float64]


def find_pieces(mask: NDArray[np.uint8], difference: NDArray[np.uint8], dark: NDArray[np.uint8], reach: int) -> Pieces:
    """Splits a mask into connected pieces and measures them.

    Args:
        mask: uint8 ``[h, w]``, 0 for ground.
        difference: uint8 ``[h, w]``, how much the picture stands out from its background.
        dark: uint8 ``[h, w]``, the picture, ink dark.
        reach: How far a blurred edge stretches, pixels.
    """
    mask = above(mask, 0, 1)
    few = mask.size < 4 * _MOST_LABELS
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_16U if few else cv2.CV_32S)
    inside = np.flatnonzero(mask.view(np.bool_))
    names = labels.take(inside).astype(np.int64)  # take: a third of the time of an index in brackets
    area = np.bincount(names, minlength=count).astype(np.float64)
    strength = np.asarray(np.bincount(names, difference.take(inside), minlength=count), np.float64)
    core = cv2.erode(mask, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    on_rim = np.flatnonzero(core.take(inside) == 0)
    rim, rim_names = inside.take(on_rim), names.take(on_rim)
    window = 2 * reach + 1
    brightest = cv2.dilate(dark, np.ones((window, window), np.uint8))
    # The outermost pixels may hold more ground than ink: their neighbours' step counts.
    fall = np.asarray(cv2.dilate(cv2.subtract(brightest, dark), np.ones((3, 3), np.uint8)), np.uint8)
    mean = strength / np.maximum(area, 1)
    noise = noise_level(fall)
    real = fall.take(rim) > (_REAL_STEP * mean).take(rim_names) + noise.median - noise.spread  # noise alone falls so far
    outline = np.bincount(rim_names, minlength=count).astype(np.float64)
    stepped = np.bincount(rim_names, real, minlength=count)
    sides = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    along = np.bincount(sides, minlength=count)
    along[0] = 0
    return Pieces(
        inside,
        names,
        area,
        outline,
        strength,
        stepped / np.maximum(outline, 1),
        along / np.maximum(outline, 1),
    )


def are_ink(pieces: Pieces, side: int, stroke: float, spread: float) -> NDArray[np.bool_]:
    """Which pieces are ink.

    Args:
        pieces: What was found.
        side: Long side of the picture in pixels.
        stroke: Usual stroke width in pixels of the pieces.
        spread: Standard deviation of the background in grey levels.

    Returns:
        bool ``[n]``; false for the ground.
    """
    mean = pieces.strength / np.maximum(pieces.area, 1)
    thickness = 2 * pieces.area / np.maximum(pieces.outline, 1)
    backed = pieces.backed >= _BACKED
    significant = pieces.strength >= _SIGNIFICANCE * max(1.0, spread)
    some, much = _ALONG_FRAME
    border = (pieces.framed >= much) | ((pieces.framed >= some) & (thickness > _THICK * stroke))
    thick, long = _STOUT
    stout = (thickness > thick * side) & (pieces.area < long * thickness**2)
    border |= stout & (pieces.framed >= _CUT_OFF)
    good = backed & significant & ~border
    good[0] = False
    if good.any():
        usual = float((pieces.strength[good] ** 2 / pieces.area[good]).sum() / pieces.strength[good].sum())
        good &= mean >= _FAINTEST * usual
    return good


def keep_ink(
    mask: NDArray[np.uint8], difference: NDArray[np.uint8], dark: NDArray[np.uint8], stroke: float, spread: float
) -> NDArray[np.uint8]:
    """Removes the pieces of a mask that are no ink; they are judged at a smaller size.

    Args:
        mask: uint8 ``[h, w]`` of 0 and 255.
        difference: uint8 ``[h, w]``, how much the picture stands out from its background.
        dark: uint8 ``[h, w]``, the picture, ink dark.
        stroke: Usual stroke width in pixels.
        spread: Of the noise in the difference, in grey levels.

    Returns:
        uint8 ``[h, w]`` of 0 and 255.
    """
    full, times = mask, 1
    while max(mask.shape) > _PIECES_SIDE:
        mask, difference, dark, times = halve(mask), halve(difference), halve(dark), 2 * times
    reach = min(round(_EDGE_REACH * stroke / times) + 1, round(_FARTHEST * max(mask.shape)))
    pieces = find_pieces(mask, difference, dark, max(2, reach))
    good = are_ink(pieces, max(mask.shape), max(1.0, stroke / times), spread / times)
    if good[1:].all():
        return full
    return erase_pixels(full, pieces.inside[~good[pieces.names]], (mask.shape[0], mask.shape[1]))


def erase_pixels(mask: NDArray[np.uint8], pixels: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Sets to 0 what a reduced picture calls by its own pixels; much faster than enlarging a mask.

    Args:
        mask: uint8 ``[H, W]``; not modified.
        pixels: Flat indices into the reduced picture.
        shape: Of the reduced picture.
    """
    clean = mask.copy()
    rows, columns = np.divmod(pixels, shape[1])
    across, down = -(-mask.shape[1] // shape[1]), -(-mask.shape[0] // shape[0])
    top, left = rows * mask.shape[0] // shape[0], columns * mask.shape[1] // shape[1]
    for row in range(down):
        for column in range(across):
            clean[np.minimum(top + row, mask.shape[0] - 1), np.minimum(left + column, mask.shape[1] - 1)] = 0
    return clean
