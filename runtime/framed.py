"""Whether pictures of 28x28 have MNIST's form already: black ground, ink in a 20-pixel box, mass in the middle."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE, IMAGE_SIZE

_MIDDLE: Final = IMAGE_SIZE / 2
# What to multiply with for the mass and its first moments; all sums are whole numbers below 2**24, so float32 is exact.
# cv2.moments computes twenty more and takes twice as long.
_MOMENTS: Final = np.stack(
    [np.ones(IMAGE_SIZE**2), np.tile(np.arange(IMAGE_SIZE), IMAGE_SIZE), np.repeat(np.arange(IMAGE_SIZE), IMAGE_SIZE)]
).astype(np.float32)
# In all 70,000 MNIST pictures the centre of mass lies within half a pixel of 14; the rest is for rounding.
_CENTRE_TOLERANCE: Final = 0.6


def is_framed(image: NDArray[np.uint8]) -> bool:
    """Whether a picture has MNIST's form.

    Args:
        image: uint8 ``[28, 28]``.
    """
    x, y, width, height = cv2.boundingRect(image)
    if not BOX_SIZE - 1 <= (width if width > height else height) <= BOX_SIZE:
        return False
    mass, columns, rows = _MOMENTS.dot(image.ravel().astype("f")).tolist()
    column, row = columns / mass, rows / mass
    if abs(column - _MIDDLE) <= _CENTRE_TOLERANCE and abs(row - _MIDDLE) <= _CENTRE_TOLERANCE:
        return True
    return _is_centred(column, x, width) and _is_centred(row, y, height)


def _is_centred(centre: float, start: int, extent: int) -> bool:
    if abs(centre - _MIDDLE) <= _CENTRE_TOLERANCE:
        return True
    # As close as the frame allows.
    return start == 0 if centre > _MIDDLE else start + extent == IMAGE_SIZE


def are_framed(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The same for many at once, in a quarter of the time.

    Args:
        images: uint8 ``[n, 28, 28]``.

    Returns:
        bool ``[n]``.
    """
    whole = np.ascontiguousarray(images)
    words = whole.view(np.uint32)  # four columns each
    in_rows = words[..., 0].copy()
    for column in range(1, words.shape[2]):
        in_rows |= words[..., column]
    in_columns = words[:, 0].copy()
    for row in range(1, words.shape[1]):
        in_columns |= words[:, row]
    left, right = _ends(in_columns.view(np.uint8) != 0)
    top, bottom = _ends(in_rows != 0)
    longer = np.maximum(right - left, bottom - top)
    mass, columns, rows = (whole.reshape(len(whole), IMAGE_SIZE**2).astype(np.float32) @ _MOMENTS.T).T.astype(np.float64)
    mass = np.maximum(mass, 1)  # no division by 0 without ink; then the box is none of MNIST's
    sized = (longer >= BOX_SIZE - 1) & (longer <= BOX_SIZE)
    return np.asarray(sized & _are_centred(columns / mass, left, right) & _are_centred(rows / mass, top, bottom))


def _ends(inked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First inked row or column, and the one behind the last, of bool ``[n, 28]``."""
    return inked.argmax(axis=1), IMAGE_SIZE - inked[:, ::-1].argmax(axis=1)


def _are_centred(centre: NDArray[np.float64], start: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.bool_]:
    at_the_edge = np.where(centre > _MIDDLE, start == 0, end == IMAGE_SIZE)
    return np.asarray((np.abs(centre - _MIDDLE) <= _CENTRE_TOLERANCE) | at_the_edge)
