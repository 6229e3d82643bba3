"""Digits as they are cut out of writing: with a neighbour's stub, without a bit of a side, with dirt beside them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import BOX_SIZE, IMAGE_SIZE

Ink = NDArray[np.uint8]

_GAP: Final = (-0.12, 0.06)  # between neighbours, as a share of the box; below 0 they overlap
_STUB: Final = (0.03, 0.16)  # how much of a neighbour's side is left, as a share of the box
_MOST_STUB: Final = 0.2  # of the digit's ink; more might be read
_BITE: Final = (0.02, 0.12)  # how much of the digit's own side is gone
_LEAST_LEFT: Final = 0.88  # of its ink
_LEAN: Final = 0.25  # standard deviation of the slope of a cut
_SPECKS: Final = 3
_AROUND: Final = 0.12  # of the box: farther off, it is told from the digit
_SPECK: Final = (0.01, 0.05)  # radius of dirt, as a share of the box
_VISIBLE: Final = 64
_FIXED_POINT: Final = 4  # bits


def with_stub(ink: Ink, neighbour: Ink, rng: np.random.Generator) -> Ink:
    """A digit with the nearest sliver of its neighbour, cut straight.

    Args:
        ink: uint8 ``[s, s]``, the digit.
        neighbour: uint8 ``[s, s]``, the digit to its left or right.
        rng: Source of all random numbers.

    Returns:
        uint8 ``[s, w]``, wider than the digit's picture; the digit as it was if too much of the neighbour would be left.
    """
    if rng.random() < 0.5:
        return np.ascontiguousarray(_with_stub_right(ink[:, ::-1], neighbour[:, ::-1], rng)[:, ::-1])
    return _with_stub_right(ink, neighbour, rng)


def _with_stub_right(ink: Ink, neighbour: Ink, rng: np.random.Generator) -> Ink:
    x, _, width, _ = _box(ink)
    other, _, _, _ = _box(neighbour)
    unit = _unit(ink)
    shift = x + width + round(rng.uniform(*_GAP) * unit) - other
    if shift <= 0:
        return ink
    side = ink.shape[0]
    rows = np.roll(neighbour, int(rng.normal(0, 0.08) * unit), axis=0)
    stub = np.zeros((side, side + shift), np.uint8)
    stub[:, shift:] = rows
    stub[_beyond(stub.shape, shift + other + rng.uniform(*_STUB) * unit, rng)] = 0
    if int(stub.sum()) > _MOST_STUB * int(ink.sum()):
        return ink
    stub[:, :side] = np.maximum(stub[:, :side], ink)
    return np.ascontiguousarray(stub[:, : x + width + unit // 2])


def bitten(ink: Ink, rng: np.random.Generator) -> Ink:
    """A digit without a bit of its left or right side, cut straight; as it was if that is too much.

    Args:
        ink: uint8 ``[s, s]``.
        rng: Source of all random numbers.
    """
    x, _, width, _ = _box(ink)
    place = rng.uniform(*_BITE) * _unit(ink)
    gone = _beyond(ink.shape, x + width - place, rng)
    if rng.random() < 0.5:
        gone = _beyond(ink.shape, ink.shape[1] - x - place, rng)[:, ::-1]
    left = np.where(gone, np.uint8(0), ink)
    return left if int(left.sum()) >= _LEAST_LEFT * int(ink.sum()) else ink


def with_dirt(ink: Ink, rng: np.random.Generator) -> Ink:
    """A digit with a few specks in its box and close around, uint8 ``[s, s]``."""
    dirty, unit = ink.copy(), _unit(ink)
    x, y, width, height = _box(ink)
    low, high = np.array((x, y)) - _AROUND * unit, np.array((x + width, y + height)) + _AROUND * unit
    for _ in range(int(rng.integers(1, _SPECKS + 1))):
        place = (rng.uniform(low, high) * (1 << _FIXED_POINT)).astype(int).tolist()
        radius = round(rng.uniform(*_SPECK) * unit * (1 << _FIXED_POINT))
        cv2.circle(dirty, place, radius, int(rng.integers(120, 256)), -1, cv2.LINE_AA, _FIXED_POINT)
    return dirty


def _beyond(shape: tuple[int, ...], place: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """What lies to the right of a leaning line through a column at half the height, bool ``[h, w]``."""
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])
    return np.asarray(columns > place + rng.normal(0, _LEAN) * (rows - shape[0] / 2), np.bool_)


def _box(ink: Ink) -> tuple[int, int, int, int]:
    x, y, width, height = cv2.boundingRect(cv2.threshold(ink, _VISIBLE, 1, cv2.THRESH_BINARY)[1])
    return x, y, width, height


def _unit(ink: Ink) -> int:
    """Side of a digit's box in pixels of its picture."""
    return int(ink.shape[0]) * BOX_SIZE // IMAGE_SIZE
