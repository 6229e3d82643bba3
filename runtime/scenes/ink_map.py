"""The ink of a whole picture: which pixels are pen strokes, whatever the paper, the light and the pen.

The steps, each a pure function: one plane at working size (:mod:`~mnist_edge.runtime.scenes.colour`), smoothed if there
is much noise (:mod:`~mnist_edge.runtime.scenes.noise`), polarity and stroke
widths on a thumbnail (:mod:`~mnist_edge.runtime.scenes.polarity`), what stands out from the background by more than noise
(:mod:`~mnist_edge.runtime.scenes.background`, :mod:`~mnist_edge.runtime.scenes.thick`), without rulings
(:mod:`~mnist_edge.runtime.scenes.rulings`), noise, shadows and the edge of the paper
(:mod:`~mnist_edge.runtime.scenes.pieces`).

The long side of the working picture is at most 1280 pixels; larger pictures are reduced by a whole number, to 640 to 1280.
A digit has to be some 12 working pixels high to be told from dirt: 12 pixels in pictures of up to 1280 pixels, 24 in those
of up to 2560, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.picture_array import project_colour
from mnist_edge.runtime.scenes.background import (
    NoiseLevel,
    above,
    halve,
    local_level,
    noise_level,
    odd,
    reduce_by,
    stand_out,
)
from mnist_edge.runtime.scenes.colour import mixture_of_ink
from mnist_edge.runtime.scenes.noise import quieten
from mnist_edge.runtime.scenes.pieces import keep_ink
from mnist_edge.runtime.scenes.polarity import THUMBNAIL_SIDE, Strokes, find_strokes
from mnist_edge.runtime.scenes.rulings import FAMILY, remove_remains, remove_rulings
from mnist_edge.runtime.scenes.scene import Box, Trace
from mnist_edge.runtime.scenes.thick import thick_ink

_WORKING_SIDE: Final = 1280  # px, the most a working picture is long
_TALL: Final = 40.0  # px; digits so tall are as good at half the size
_BROAD: Final = 12.0  # px; so are strokes so wide
_LEAST_SIDE: Final = 250  # px, the least a picture is reduced to for that
_ROOM: Final = 1.3  # the thumbnail's square only just clears the strokes
_STROKES: Final = (2.0, 6.0)  # px
_SHARES: Final = (0.28, 0.4)  # of the local ink strength: still ink, for such strokes
_SMOOTHED_CUT: Final = 2.4  # standard deviations: strokes in much noise break otherwise, and its specks are told by size
_SMOOTHED_SPECKS: Final = 1.5  # times as strong with so low a cut
_STRONGEST: Final = 255


@dataclass(frozen=True, eq=False)
class InkMap:
    """The ink of a picture at working size.

    Attributes:
        mask: uint8 ``[h, w]`` of 0 and 1: ink without rulings, specks of noise, shadows and the edge of the paper.
        strength: uint8 ``[h, w]``, soft ink: about 0 on the ground, 255 for typical ink of this place and more. What the
            mask leaves out is still in it.
        scale: Working pixels per pixel of the picture, at most 1.
        is_bright: Whether ink is brighter than ground.
        stroke: Typical stroke width in working pixels.
        rulings: Lines that were removed, in working pixels.
    """

    mask: NDArray[np.uint8]
    strength: NDArray[np.uint8]
    scale: float
    is_bright: bool
    stroke: float
    rulings: tuple[Box, ...] = ()


def map_ink(picture: NDArray[np.uint8], *, trace: Trace | None = None) -> InkMap | None:
    """Finds the ink of a picture.

    Args:
        picture: uint8 ``[H, W]`` gray or ``[H, W, 3]`` BGR; not modified.
        trace: Is given the name and the picture of each stage.

    Returns:
        ``None`` if there is no ink.
    """
    note = trace or _ignore
    plane, blur = quieten(working_plane(picture))
    sizes = halvings(plane)
    strokes = find_strokes(*shrink(sizes))
    if strokes is None:
        return None
    while max(plane.shape) >= 2 * _LEAST_SIDE and can_be_halved(strokes):
        sizes, strokes, blur = sizes[1:], strokes.scaled(0.5), blur / 2
        plane = sizes[0]
    note("plane", plane)
    dark = np.asarray(cv2.bitwise_not(plane), np.uint8) if strokes.is_bright else plane
    difference, noise = stroke_contrast(dark, strokes)
    note("contrast", difference)
    if blur > 0:
        noise = noise.with_cut(_SMOOTHED_CUT)
    share = ink_share(strokes.typical)
    strength = even_strength(difference, strokes.typical, noise, share)
    note("strength", strength)
    found = above(strength, _STRONGEST * share)
    mask, rulings = remove_rulings(found, above(difference, noise.cut), difference)
    if len(rulings) >= FAMILY:
        mask = remove_remains(mask, found, difference)
    note("without-rulings", mask)
    specks = noise.spread * (1 + blur) ** 2 * (_SMOOTHED_SPECKS if blur > 0 else 1)
    mask = keep_ink(mask, difference, dark, strokes.typical, specks)
    note("ink", mask)
    if cv2.countNonZero(mask) == 0:
        return None
    scale = min(1.0, max(plane.shape) / max(picture.shape[:2]))  # the short side of a strip rounds away
    return InkMap(above(mask, 0, 1), strength, scale, strokes.is_bright, strokes.typical, rulings)


def _ignore(_name: str, _picture: NDArray[np.uint8]) -> None:
    """Traces nothing."""


def working_plane(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One plane at working size, in which the ink shows.

    Args:
        picture: uint8 ``[H, W]`` or ``[H, W, 3]`` BGR.

    Returns:
        uint8 ``[h, w]``, contiguous; reduced by a whole number, which is several times faster than by any other.
    """
    plane = one_plane(picture) if picture.ndim == 3 else picture
    factor = -(-max(plane.shape) // _WORKING_SIDE)
    while factor > 1 and factor % 2 == 0:
        plane, factor = halve(plane), factor // 2
    return np.ascontiguousarray(reduce_by(plane, factor) if factor > 1 else plane)


def one_plane(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The gray, channel or mixture of uint8 ``[H, W, 3]`` BGR in which the ink shows."""
    # Nearly always gray it is; made first, it brings the picture into the cache for the look at some of its pixels.
    gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    mixture = mixture_of_ink(picture)
    if mixture is None:
        return gray
    if np.count_nonzero(mixture) == 1:
        return np.asarray(cv2.extractChannel(picture, int(mixture.argmax())), np.uint8)
    return project_colour(picture, mixture)


def halvings(plane: NDArray[np.uint8], side: int = THUMBNAIL_SIDE) -> list[NDArray[np.uint8]]:
    """uint8 ``[h, w]`` and, the fastest way down, its halves as long as they are no shorter than ``side``."""
    sizes = [plane]
    while max(sizes[-1].shape) >= 2 * side:
        sizes.append(halve(sizes[-1]))
    return sizes


def shrink(sizes: Sequence[NDArray[np.uint8]], side: int = THUMBNAIL_SIDE) -> tuple[NDArray[np.uint8], float]:
    """A thumbnail of the first picture of :func:`halvings`, and how many of its pixels make one of the thumbnail."""
    longest = max(sizes[0].shape)
    if longest <= side:
        return sizes[0], 1.0
    height, width = (max(1, round(length * side / longest)) for length in sizes[0].shape)
    if sizes[-1].shape == (height, width):
        return sizes[-1], longest / side
    return np.asarray(cv2.resize(sizes[-1], (width, height), interpolation=cv2.INTER_AREA), np.uint8), longest / side


def can_be_halved(strokes: Strokes) -> bool:
    """Whether what is written is read as well at half the size, in a fraction of the time and with half the noise."""
    return strokes.height >= _TALL or strokes.thinnest >= _BROAD


def stroke_contrast(dark: NDArray[np.uint8], strokes: Strokes) -> tuple[NDArray[np.uint8], NoiseLevel]:
    """How much each pixel stands out from its background, thin and thick strokes alike, and the noise in that.

    Args:
        dark: uint8 ``[h, w]``, ink dark.
        strokes: Widths in its pixels.

    Returns:
        uint8 ``[h, w]``, 0 for background.
    """
    difference = stand_out(dark, odd(strokes.narrow * _ROOM))
    noise = noise_level(difference)
    if strokes.wide > strokes.narrow:
        difference = np.asarray(cv2.max(difference, thick_ink(dark, strokes.wide * _ROOM)), np.uint8)
    return difference, noise


def ink_share(stroke: float) -> float:
    """Which share of the local strength still is ink: less for strokes of a pixel or two, which break otherwise."""
    return float(np.interp(stroke, _STROKES, _SHARES))


def even_strength(difference: NDArray[np.uint8], stroke: float, noise: NoiseLevel, share: float) -> NDArray[np.uint8]:
    """Soft ink, of one strength all over the picture.

    Args:
        difference: uint8 ``[h, w]``, see :func:`stroke_contrast`.
        stroke: Usual stroke width in pixels.
        noise: Of the difference.
        share: Of the typical strength that noise stays below.

    Returns:
        uint8 ``[h, w]``, 255 for ink of typical strength and more.
    """
    level = local_level(difference, stroke, noise.cut / share)
    return np.asarray(cv2.divide(difference, level, scale=_STRONGEST), np.uint8)
