"""Photographs of digits: written anew, taken, and brought into MNIST's form as the runner does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE, IMAGE_SIZE
from mnist_edge.runtime.framing import Rendering, frame_ink, place_in_frame
from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.train.photographed.camera import take_picture
from mnist_edge.train.photographed.cutting import bitten, with_dirt, with_stub
from mnist_edge.train.photographed.grain import Grain
from mnist_edge.train.photographed.reading import frame_glyph
from mnist_edge.train.photographed.writing import SIDE, write_anew

_AT_ONCE: Final = 2000  # large inks of all digits would take hundreds of megabytes
_HEIGHTS: Final = (13.0, 110.0)  # px of a digit that is alone in its picture
_SMALL: Final = (13.0, 64.0)  # px of one in a scene, where larger ones are reduced
_TINY: Final = (9.0, 14.0)  # px of one whose picture was enlarged afterwards
_ENLARGED: Final = 0.15  # share of these, of the digits that are alone in their picture
_ENLARGEMENT: Final = (3.0, 8.0)
_IN_SCENE: Final = 0.5  # share of digits that are cut out of a scene, not alone in their picture
_BRIGHT: Final = 0.25  # share of bright ink on dark ground
_CUTS: Final = {"stub": 0.06, "bite": 0.05, "dirt": 0.05}  # shares
_ROOM: Final = (0.0, 0.4)  # around a digit that is alone, as a share of its height
_AROUND: Final = 0.3  # the same in a scene: the background is known
_ALIKE: Final = 0.85  # cosine with the digit as it was written; below, the runner saw something else
_BLUR: Final = (5, 5)
_VISIBLE: Final = 64


def photograph_digits(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Writes digits anew, photographs them, and prepares the pictures as the runner does.

    Args:
        images: uint8 ``[n, 28, 28]``, framed digits.
        rng: Source of all random numbers.

    Returns:
        uint8 ``[n, 28, 28]``; a digit that cannot be read in its picture is framed without one.
    """
    parts = [images[start : start + _AT_ONCE] for start in range(0, len(images), _AT_ONCE)]
    return np.concatenate([images[:0], *(photograph_inks(write_anew(part, rng), rng) for part in parts)])


def photograph_inks(inks: Sequence[NDArray[np.uint8]], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Photographs digits.

    Args:
        inks: uint8 ``[84, 84]`` each, 0 to 255, a digit of about 60 pixels.
        rng: Source of all random numbers.

    Returns:
        uint8 ``[n, 28, 28]``; a digit that cannot be read in its picture is framed without one.
    """
    grain = Grain(rng)
    seen = np.zeros((len(inks), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for ink, frame in zip(inks, seen, strict=True):
        neighbour = inks[int(rng.integers(len(inks)))]
        found = _photograph(_cut(ink, neighbour, rng), grain, rng)
        if found is not None and _likeness(found, ink) >= _ALIKE:
            frame[:] = found
        elif ink.any():
            frame[:] = frame_ink(ink)
    return seen


def _cut(ink: NDArray[np.uint8], neighbour: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    chosen = rng.random()
    if chosen < _CUTS["stub"]:
        return with_stub(ink, neighbour, rng)
    if chosen < _CUTS["stub"] + _CUTS["bite"]:
        return bitten(ink, rng)
    return with_dirt(ink, rng) if chosen < sum(_CUTS.values()) else ink


def _photograph(ink: NDArray[np.uint8], grain: Grain, rng: np.random.Generator) -> NDArray[np.uint8] | None:
    """What the runner makes of a picture of ink, uint8 ``[28, 28]``; ``None`` if it finds no digit."""
    in_scene, is_bright = rng.random() < _IN_SCENE, bool(rng.random() < _BRIGHT)
    is_enlarged = not in_scene and rng.random() < _ENLARGED
    heights = _SMALL if in_scene else _TINY if is_enlarged else _HEIGHTS
    height = float(np.exp(rng.uniform(*np.log(heights))))
    scale = height / (SIDE * BOX_SIZE / IMAGE_SIZE)
    size = (max(8, round(ink.shape[1] * scale)), max(8, round(ink.shape[0] * scale)))
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    room = (np.full(4, _AROUND) if in_scene else rng.uniform(*_ROOM, 4)) * height
    top, bottom, left, right = room.astype(int).tolist()
    sheet = np.asarray(cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_CONSTANT), np.uint8)
    picture = take_picture(sheet, height, grain, rng, is_bright=is_bright)
    if in_scene:
        return frame_glyph(picture, sheet, height, is_bright=is_bright)
    if is_enlarged:
        factor = rng.uniform(*_ENLARGEMENT)
        picture = np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)
    return prepare_digit(picture)


def _likeness(found: NDArray[np.uint8], ink: NDArray[np.uint8]) -> float:
    """Cosine of a digit as it is seen, uint8 ``[28, 28]``, and as it was written, both blurred."""
    written = np.zeros_like(found)
    x, y, width, height = cv2.boundingRect(cv2.threshold(ink, _VISIBLE, 1, cv2.THRESH_BINARY)[1])
    place_in_frame(Rendering(ink, x, y, 2 * width, 2 * height), written)
    one, other = (cv2.blur(image, _BLUR).astype(np.float32).ravel() for image in (found, written))
    return float(one @ other / max(1.0, float(np.linalg.norm(one) * np.linalg.norm(other))))
