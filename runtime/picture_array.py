"""What counts as a picture: shapes, dtypes and ranges of arrays that callers hand in."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import ImageArrayError, ImageSizeError

_SHAPES: Final = "[H, W] or [H, W, 1] gray, [H, W, 3] BGR, [H, W, 4] BGRA"
_OPAQUE: Final = 255
_ONE_COLOUR: Final = 40.0  # grey levels of spread; anti-aliasing and compression stay below
_LUMA: Final = (0.114, 0.587, 0.299)  # BGR weights of ITU-R BT.601
_COLOUR_SIDE: Final = 32  # px; colour needs no detail

_DTYPES: Final = "uint8, uint16, bool, or float between 0 and 1"
_ROUNDING: Final = 1e-3  # what resizing and arithmetic in float32 may add to the range 0 to 1


def as_picture(image: Any) -> NDArray[Any]:
    """Checks an array and brings it into one of the forms that the picture path works with.

    Args:
        image: ``[H, W]``, ``[H, W, 1]``, ``[H, W, 3]`` BGR or ``[H, W, 4]`` BGRA; uint8, uint16, bool, or float 0 to 1.

    Returns:
        uint8 (0 to 255), uint16 (0 to 65535) or float32 (0 to 1), ``[H, W]``, ``[H, W, 3]`` or ``[H, W, 4]``, contiguous.
        The same array where nothing has to change.

    Raises:
        ImageArrayError: Another shape, dtype or range; NaN or infinity.
        ImageSizeError: No pixels.
    """
    if not isinstance(image, np.ndarray):
        raise ImageArrayError("A picture must be a numpy array", expected=_SHAPES, received=type(image).__name__)
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        raise ImageArrayError("The array has not the shape of a picture", expected=_SHAPES, received=str(image.shape))
    if image.shape[0] == 0 or image.shape[1] == 0:
        raise ImageSizeError("The picture has no pixels", received=f"shape {image.shape}")
    plane: NDArray[Any] = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    if plane.dtype.kind == "u" and plane.dtype.itemsize <= 2:  # in either byte order
        return np.asarray(np.ascontiguousarray(plane, dtype=plane.dtype.newbyteorder("=")))
    if plane.dtype == np.bool_:
        return np.asarray(np.multiply(plane, 255, dtype=np.uint8))
    if plane.dtype.kind != "f":
        raise ImageArrayError("The array has not the dtype of a picture", expected=_DTYPES, received=str(plane.dtype))
    return _checked_float(plane)


def _checked_float(plane: NDArray[np.generic]) -> NDArray[np.float32]:
    low, high = float(plane.min()), float(plane.max())
    if not np.isfinite(low) or not np.isfinite(high):  # min and max pass NaN on
        raise ImageArrayError("The float array holds NaN or infinity", expected="numbers between 0 and 1")
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise ImageArrayError(
            "The float array is out of range",
            expected="numbers between 0 and 1",
            received=f"{low:g} to {high:g}",
            fix="Divide by 255, or pass uint8",
        )
    return np.ascontiguousarray(np.clip(plane, 0, 1) if low < 0 or high > 1 else plane, dtype=np.float32)


def reduce_picture(picture: NDArray[Any], side: int) -> NDArray[Any]:
    """Averages a picture down until its long side is at most ``side`` pixels; a smaller one is returned as it is.

    Args:
        picture: ``[H, W]`` or ``[H, W, C]`` of a dtype that :func:`as_picture` returns.
        side: Longest side in pixels.
    """
    while max(picture.shape[:2]) >= 2 * side:
        picture = _halve(picture)
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)  # INTER_AREA takes ten times as long for the rest


def _halve(picture: NDArray[Any]) -> NDArray[Any]:
    """Averages two by two pixels, which OpenCV does very fast; an odd last row or column is left out."""
    height, width = picture.shape[:2]
    rows, columns = max(1, height // 2), max(1, width // 2)
    return cv2.resize(picture[: 2 * rows, : 2 * columns], (columns, rows), interpolation=cv2.INTER_AREA)


def flatten_alpha(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """Brings a picture to 8 bits and lays transparent pixels on a ground that leaves the ink visible.

    Drawn with one colour, the opacity itself is the ink, whatever that colour is. Otherwise the ground is the picture's own
    usual colour if most of it is opaque, and else black or white, whichever differs more.

    Args:
        picture: ``[H, W]``, ``[H, W, 3]`` BGR or ``[H, W, 4]`` BGRA of a dtype that :func:`as_picture` returns.

    Returns:
        uint8 ``[H, W]`` or ``[H, W, 3]``.
    """
    picture = to_8_bits(picture)
    if picture.ndim == 2 or picture.shape[2] == 3:
        return picture
    alpha = np.ascontiguousarray(picture[:, :, 3])
    colours = np.ascontiguousarray(picture[:, :, :3])
    if alpha.min() == _OPAQUE:
        return colours
    visible = alpha > _OPAQUE // 2
    if not visible.any():
        return alpha
    seen = colours[visible].astype(np.float32)
    if seen.std(axis=0).max() < _ONE_COLOUR:
        return alpha
    contrasting = np.full(3, 255.0 if seen.mean() < 128 else 0.0)
    ground = np.median(seen, axis=0) if visible.mean() > 0.5 else contrasting
    opacity = alpha[:, :, None].astype(np.float32) / _OPAQUE
    return np.asarray(np.round(colours * opacity + ground * (1 - opacity)), np.uint8)


def to_8_bits(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """Brings a picture of a dtype that :func:`as_picture` returns to 0 to 255; uint8 is returned as it is."""
    if picture.dtype == np.uint16:
        return np.asarray(cv2.convertScaleAbs(picture, alpha=255 / 65535), np.uint8)
    if picture.dtype == np.float32:
        return np.asarray(np.round(picture * 255), np.uint8)
    return np.asarray(picture, np.uint8)


def colour_direction(thumbnail: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The mixture of channels in which ink differs most from its surroundings: red pen hardly shows in the red channel.

    It is the first principal component of what differs from the local median.

    Args:
        thumbnail: uint8 ``[h, w, 3]`` BGR.

    Returns:
        float64 ``[3]``, absolute values summing to 1.
    """
    small = reduce_picture(thumbnail, _COLOUR_SIDE)
    window = (min(small.shape[:2]) // 3 + 2) | 1
    difference = (small.astype(np.float32) - cv2.medianBlur(small, window)).reshape(-1, 3)
    scatter = difference.T @ difference
    if scatter.trace() <= 0:
        return np.array(_LUMA)
    weights = cv2.eigen(scatter)[2][0].astype(np.float64)
    weights /= np.abs(weights).sum()
    return np.asarray(weights if weights.sum() >= 0 else -weights, np.float64)


def project_colour(picture: NDArray[np.uint8], colour: NDArray[np.float64] | None) -> NDArray[np.uint8]:
    """One plane out of three.

    Args:
        picture: uint8 ``[H, W]`` (returned as it is) or ``[H, W, 3]`` BGR.
        colour: Weights as of :func:`colour_direction`; may be ``None`` for gray.

    Returns:
        uint8 ``[H, W]``, contiguous.
    """
    if picture.ndim == 2 or colour is None:
        return np.ascontiguousarray(picture)
    offset = -255 * colour[colour < 0].sum()  # brings the mixture back to 0 to 255
    return np.asarray(cv2.transform(picture, np.append(colour, offset)[None].astype(np.float32)), np.uint8)
