"""Turning whatever a caller has — path, bytes, file, array, PIL image — into an upright array."""

from __future__ import annotations

import io
import os
import struct
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import ImageArrayError, ImageDecodeError, ImageError, ImageSizeError
from mnist_edge.runtime.decode import MAX_PIXELS, check_size, decode_image, turn_upright
from mnist_edge.runtime.image_header import ImageHeader

MAX_FILE_BYTES: Final = 256 * 2**20  # more than any picture below the pixel limit needs
_EXIF_ORIENTATION: Final = 0x0112


@runtime_checkable
class BinaryFile(Protocol):
    """Anything with a ``read`` that gives bytes."""

    def read(self, size: int = -1, /) -> bytes: ...  # noqa: D102


ImageLike = str | os.PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[Any] | BinaryFile
"""A path, an encoded picture, a binary file, an array (gray, BGR or BGRA), or a PIL image."""


def load_image(image: Any, *, max_pixels: int = MAX_PIXELS) -> npt.NDArray[Any]:
    """Reads one picture.

    Args:
        image: A path; encoded bytes; a binary file object; an array (``[H, W]`` gray, ``[H, W, 3]`` BGR, ``[H, W, 4]``
            BGRA); or a PIL image. Orientation tags are applied, except to arrays, which have none.
        max_pixels: Larger pictures are refused before they are decoded.

    Returns:
        An upright array ``[H, W]``, ``[H, W, 3]`` BGR or ``[H, W, 4]`` BGRA.

    Raises:
        ImageError: If it is no picture, cannot be read, or is too large.
    """
    if type(image) is bytes:  # first, as it costs next to nothing: looking for paths takes longer
        return decode_image(image, max_pixels=max_pixels)
    if isinstance(image, np.ndarray):
        return image if type(image) is np.ndarray else np.asarray(image)  # a matrix stays 2-D whatever is done with it
    if isinstance(image, str | os.PathLike):
        data = _read_file(image)
        try:
            return decode_image(data, max_pixels=max_pixels)
        except ImageError as error:
            raise type(error)(f"{image}: {error}") from error
    if isinstance(image, (bytes, bytearray, memoryview)):
        return decode_image(bytes(image), max_pixels=max_pixels)
    if hasattr(image, "getexif") and hasattr(image, "convert"):
        return _from_pil(image, max_pixels)
    if isinstance(image, BinaryFile):
        return decode_image(_read_object(image), max_pixels=max_pixels)
    hint = "cv2.imread and cap.read give None when they fail: check their result first" if image is None else ""
    raise ImageArrayError(
        "This is no picture",
        expected="a path, bytes, a binary file, a numpy array or a PIL image",
        received=type(image).__name__,
        fix=hint,
    )


def source_name(image: Any) -> str:
    """The path of a picture, or the empty text if it has none."""
    return os.fspath(image) if type(image) is not bytes and isinstance(image, (str, os.PathLike)) else ""


def _read_file(path: str | os.PathLike[str]) -> bytes:
    try:
        return _limited(_content(path), path)
    except FileNotFoundError as error:
        raise ImageDecodeError(f"There is no file {path}", fix="Check the path") from error
    except OSError as error:
        if os.path.isdir(path):
            fix = "Name a picture; mnist-edge classify takes folders, too"
            raise ImageDecodeError(f"{path} is a folder", fix=fix) from error
        raise ImageDecodeError(f"{path} cannot be read: {error.strerror or error}", fix="Check the file") from error
    except ValueError as error:
        if isinstance(error, ImageDecodeError | ImageSizeError):
            raise
        raise ImageDecodeError("This path cannot be opened", received=str(error)) from error  # a NUL in the name


def _content(path: str | os.PathLike[str]) -> bytes:
    """At most a byte more than allowed, because a path may be an endless device.

    Asking a file for as many as allowed would first take memory for all of them, eight times the time of the rest.
    """
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(min(size, MAX_FILE_BYTES) + 1) or b""
        if len(data) == size:
            return data
        with io.BufferedReader(file) as rest:  # a device, a pipe, or a file that grows
            return data + rest.read(MAX_FILE_BYTES + 1 - len(data))


def _read_object(file: BinaryFile) -> bytes:
    try:
        data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # on a closed file ValueError, on one opened for writing UnsupportedOperation
        raise ImageDecodeError(
            "The file cannot be read", received=str(error), fix="Open it in binary mode, 'rb'"
        ) from error
    if not isinstance(data, bytes):
        raise ImageDecodeError("A file opened as text is no picture", fix="Open it in binary mode, 'rb'")
    return _limited(data, "The file")


def _limited(data: bytes, where: str | os.PathLike[str]) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise ImageSizeError(f"{where} is too large for a picture", expected=f"at most {MAX_FILE_BYTES >> 20} MB")
    return data


def _from_pil(image: Any, max_pixels: int) -> npt.NDArray[Any]:
    depth = 2 if image.mode.startswith("I;16") else 4 if image.mode in ("I", "F") else 1
    width, height = image.size
    check_size(ImageHeader("pil", width, height, pixel_bytes=depth * len(image.getbands())), max_pixels)
    try:
        pixels = _pil_pixels(image)
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:  # PIL decodes, and finds damage, only now
        raise ImageDecodeError(
            "The PIL image cannot be decoded", received=str(error), fix="Copy or save it again"
        ) from error
    return turn_upright(pixels, orientation)


def _pil_pixels(image: Any) -> npt.NDArray[Any]:
    if image.mode.startswith("I;16") or image.mode in ("L", "F"):
        return np.asarray(image)
    if image.mode == "I":
        return np.asarray(image).clip(0, 0xFFFF).astype(np.uint16)
    if image.mode == "1":
        return np.asarray(image.convert("L"))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return np.asarray(image.convert("RGBA"))[..., [2, 1, 0, 3]]
    return np.asarray(image.convert("RGB"))[..., ::-1]
