"""Turned, moved, scaled, slanted and bent images, each pixel interpolated once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import IMAGE_SIZE

_CENTRE: Final = (IMAGE_SIZE - 1) / 2
_FRAME: Final = 4  # black pixels about an image; 2 are in reach of bicubic interpolation, but OpenCV is slow at borders
_TILE: Final = IMAGE_SIZE + 2 * _FRAME
_TILES: Final = 900  # in one picture; OpenCV's remap takes no side of 32,768 pixels or more


def affine_matrices(
    rotation: NDArray[np.float64],
    shift: NDArray[np.float64],
    scale: NDArray[np.float64],
    shear: NDArray[np.float64],
) -> NDArray[np.float32]:
    """The matrices that :func:`warp` takes, for digits that are scaled, slanted, turned and moved, in this order.

    Args:
        rotation: ``[n]``, degrees, counter-clockwise as seen.
        shift: ``[n, 2]``, pixels to the right and down.
        scale: ``[n]``, factor above 0.
        shear: ``[n]``, degrees by which an upright stroke leans to the right.

    Returns:
        float32 ``[n, 2, 3]``: from a point of the new image, ``(x, y, 1)``, to its origin in the old one; x to the right
        and y down, in pixels from the image centre.
    """
    turn, slant = np.deg2rad(rotation), np.tan(np.deg2rad(shear))
    sin, cos = np.sin(turn), np.cos(turn)
    rows = [[cos + slant * sin, slant * cos - sin], [sin, cos]]
    inverse = np.moveaxis(np.array(rows), -1, 0) / scale[:, None, None]
    origin = -inverse @ shift[..., None]
    return np.concatenate([inverse, origin], axis=2).astype(np.float32)


def warp(
    images: NDArray[np.uint8], matrices: NDArray[np.float32], displacement: NDArray[np.float32] | None = None
) -> NDArray[np.uint8]:
    """Samples every image where its matrix and its displacement say; what lies outside the image is black.

    Args:
        images: uint8 ``[n, 28, 28]``.
        matrices: float32 ``[n, 2, 3]``, from new to old points about the centre, see :func:`affine_matrices`.
        displacement: float32 ``[n, 2, 28, 28]``, added to the old x and y in pixels.

    Returns:
        uint8 ``[n, 28, 28]``, bicubically interpolated: bilinear weights would dim thin strokes.
    """
    warped = np.empty_like(images)
    for start in range(0, len(images), _TILES):
        part = slice(start, start + _TILES)
        x, y = _origins(matrices[part], None if displacement is None else displacement[part])
        warped[part] = _sample(images[part], x, y)
    return warped


def _origins(
    matrices: NDArray[np.float32], displacement: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel of ``[n, 28, 28]`` comes from, x and y, counted from the first pixel of its image."""
    along = np.arange(IMAGE_SIZE, dtype=np.float32) - np.float32(_CENTRE)
    by_x, by_y, fixed = (matrices[:, :, column, None, None] for column in range(3))
    points = by_x * along + by_y * along[:, None] + (fixed + np.float32(_CENTRE))
    if displacement is not None:
        points += displacement
    return points[:, 0], points[:, 1]


def _sample(images: NDArray[np.uint8], x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.uint8]:
    """One call for all images, stacked as the framed tiles of one tall picture.

    Points above and below an image move to its black frame, out of the neighbours' reach.
    """
    import cv2

    tiles = np.zeros((len(images), _TILE, _TILE), np.uint8)
    tiles[:, _FRAME:-_FRAME, _FRAME:-_FRAME] = images
    first = np.arange(_FRAME, len(images) * _TILE, _TILE, dtype=np.float32)  # row of each image in the tall picture
    columns = x + np.float32(_FRAME)
    rows = np.clip(y, -_FRAME, IMAGE_SIZE - 1 + _FRAME) + first[:, None, None]
    flat = (-1, IMAGE_SIZE)
    sampled = cv2.remap(tiles.reshape(-1, _TILE), columns.reshape(flat), rows.reshape(flat), cv2.INTER_CUBIC)
    return np.asarray(sampled, np.uint8).reshape(images.shape)
