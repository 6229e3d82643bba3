"""Digits that are digits no more: halves and quarters, two in one box, turned over, mirrored."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.train.batches import Split
from mnist_edge.train.outliers.pen import frame_soft

Image = NDArray[np.uint8]
#: Which digits are none any more when they are turned or mirrored, in any hand.
TURNED: Final = {"mirrored": (3, 4, 7), "left": (2, 3, 4, 5, 7, 8), "right": (2, 3, 4, 5, 7, 8), "over": (3, 4, 7)}
_LEFT: Final = (0.2, 0.72)  # share of a digit's ink that is left in a piece of it
_OVERHANG: Final = (0.35, 0.8)  # share of the width of a neighbour that is left beside a digit
_LEAST_INK: Final = 5.0  # pixels of full ink


def piece(digits: Split, rng: np.random.Generator) -> Image | None:
    """One side of a digit that is cut by a straight line; now and then a quarter.

    ``None`` if hardly anything was cut away, or nearly all, or the digit is a 1, of which each half is one.
    """
    at = int(rng.integers(len(digits)))
    digit = digits.images[at].astype(np.float32) / 255
    whole = float(digit.sum())
    rows, columns = np.mgrid[:IMAGE_SIZE, :IMAGE_SIZE] - IMAGE_SIZE / 2
    for _ in range(2 if rng.random() < 0.25 else 1):
        # Level or upright mostly: that is what a wrong split leaves.
        angle = rng.choice([0, np.pi / 2, np.pi, 1.5 * np.pi]) + rng.normal(0, 0.25)
        beyond = columns * np.cos(angle) + rows * np.sin(angle) > rng.uniform(-2, 2)
        digit = np.where(beyond, 0, digit)
    left = float(digit.sum()) / max(whole, 1.0)
    if digits.labels[at] == 1 or not _LEFT[0] < left < _LEFT[1]:
        return None
    return framed_crop(digit)


def pair(digits: Split, rng: np.random.Generator) -> Image | None:
    """Two or three digits beside or above each other, touching or nearly."""
    count, across = (3 if rng.random() < 0.15 else 2), rng.random() < 0.8
    sheet = np.zeros((IMAGE_SIZE * 4, IMAGE_SIZE * 4), np.float32)
    at = 4
    for _ in range(count):
        digit = _crop(digits.images[int(rng.integers(len(digits)))])
        turned = digit if across else digit.T
        other = int(rng.integers(4, 10))
        place = (slice(other, other + turned.shape[0]), slice(at, at + turned.shape[1]))
        sheet[place] = np.maximum(sheet[place], turned.astype(np.float32) / 255)
        at += max(4, turned.shape[1] + int(rng.integers(-4, 5)))
    return framed_crop(sheet if across else sheet.T)


def overhang(digits: Split, rng: np.random.Generator) -> Image | None:
    """A digit with a good part of its neighbour: what a cut in the wrong place leaves.

    ``None`` if the neighbour is a 1, of which a part is all of it, or hardly a part or nearly all of it is left.
    """
    one, other = rng.integers(len(digits), size=2).tolist()
    whole, neighbour = _crop(digits.images[one]), _crop(digits.images[other])
    if digits.labels[other] == 1:
        return None
    width = round(rng.uniform(*_OVERHANG) * neighbour.shape[1])
    left = bool(rng.random() < 0.5)
    part = neighbour[:, -width:] if left else neighbour[:, :width]
    if not _LEFT[0] < float(part.sum()) / max(1.0, float(neighbour.sum())) < _LEFT[1]:
        return None
    first, second = (part, whole) if left else (whole, part)
    sheet = np.zeros((IMAGE_SIZE * 2, IMAGE_SIZE * 2), np.float32)
    gap = int(rng.integers(-3, 2))
    for digit, at in ((first, 4), (second, 4 + max(1, first.shape[1] + gap))):
        top = int(rng.integers(4, 8))
        place = (slice(top, top + digit.shape[0]), slice(at, at + digit.shape[1]))
        sheet[place] = np.maximum(sheet[place], digit.astype(np.float32) / 255)
    return framed_crop(sheet)


def turned(digits: Split, rng: np.random.Generator) -> Image | None:
    """A digit lying on a side, upside down, or in the mirror; ``None`` if it still could be one, as 6 and 9 are."""
    at, way = int(rng.integers(len(digits))), str(rng.choice(list(TURNED)))
    if int(digits.labels[at]) not in TURNED[way]:
        return None
    digit = digits.images[at].astype(np.float32) / 255
    return framed_crop(
        {"mirrored": digit[:, ::-1], "left": np.rot90(digit), "right": np.rot90(digit, 3)}.get(way, digit[::-1, ::-1])
    )


def _crop(image: Image) -> Image:
    rows, columns = np.nonzero(image.max(axis=1) > 32)[0], np.nonzero(image.max(axis=0) > 32)[0]
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) and len(columns) else image


def framed_crop(ink: NDArray[np.float32]) -> Image | None:
    """What the runner makes of ink, float32 ``[h, w]``; ``None`` if there is next to none."""
    return frame_soft(np.ascontiguousarray(ink)) if float(ink.sum()) >= _LEAST_INK else None
