"""Encoded pictures to arrays: OpenCV does the pixels, everything around it is decided here.

What differs between OpenCV versions or is left to chance there: orientation, half-decoded files, decompression bombs, and
complaints that native code prints to stderr.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import ImageDecodeError, ImageSizeError
from mnist_edge.runtime.image_header import PNG_SIGNATURE, ImageHeader, read_image_header

#: Default limit, 2**26 (67 million) pixels: passes the 48 to 64 MP of large phone sensors and needs at most 201 MB for BGR,
#: which a board with 512 MB can bear; a 20,000 x 20,000 picture (400 million) is refused.
MAX_PIXELS: Final = 1 << 26

FORMATS: Final = "PNG, JPEG, BMP, GIF, WebP, TIFF or PNM"

_PNG_NEEDED: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_JPEG_END: Final = b"\xff\xd9"
_SILENT: Final = 0
# Brands in the "ftyp" box of the ISO media format, in which phones store photos.
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif", b"avis"})


def decode_image(data: bytes, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Decodes a picture, upright.

    Args:
        data: The encoded file: PNG, JPEG, BMP, GIF (first frame), WebP, TIFF (first page) or PNM.
        max_pixels: Refuse more than these, by the header, before any memory is taken.

    Returns:
        uint8 or uint16 array, ``[H, W]`` gray, ``[H, W, 3]`` BGR or ``[H, W, 4]`` BGRA. Palettes are resolved, one bit per
        pixel becomes 0 and 255, EXIF orientation is applied (all eight).

    Raises:
        ImageDecodeError: Empty, truncated, damaged, or not a picture of these formats.
        ImageSizeError: No pixels, or more than ``max_pixels``.
    """
    data = bytes(data)
    if not data:
        raise ImageDecodeError("The picture is empty (0 bytes)", fix="Check that it was saved or copied completely")
    header = read_image_header(data)
    if header is None:
        raise _unknown_format(data)
    _check_size(header, max_pixels)
    if header.format == "png":
        data = _essential_png(data)
    elif _is_cut_off(data, header):
        raise _truncated(header)
    image = _decode_silently(data)
    if image is None:
        raise _undecodable(header)
    if image.dtype not in (np.uint8, np.uint16):
        raise ImageDecodeError(
            "The picture has an unusual number format", expected="8 or 16 bits per channel", received=str(image.dtype)
        )
    # OpenCV turns TIFF by itself, in all versions and under all flags; for the other formats IMREAD_UNCHANGED never does.
    upright = image if header.format == "tiff" else turn_upright(image, header.orientation)
    return np.ascontiguousarray(upright)  # type: ignore[return-value]  # checked above


def _check_size(header: ImageHeader, max_pixels: int) -> None:
    size = f"{header.width:,} x {header.height:,}"
    if header.pixels == 0:
        raise ImageSizeError("The picture has no pixels", received=size)
    if header.pixels > max_pixels:
        raise ImageSizeError(
            "The picture is too large to decode safely",
            expected=f"at most {max_pixels:,} pixels",
            received=f"{size} = {header.pixels:,} pixels",
            fix="Scale it down first",
        )


def _is_cut_off(data: bytes, header: ImageHeader) -> bool:
    """Whether the end is missing; OpenCV 4 fills the rest of such a JPEG with gray and says nothing."""
    if header.format == "jpeg":
        # Inside a scan FF is always followed by 00 or a restart marker, so FF D9 is the end and nothing else.
        return data.find(_JPEG_END, header.data_offset) < 0
    if header.format == "webp":
        return len(data) < 8 + int(struct.unpack_from("<I", data, 4)[0])
    return False


def _essential_png(data: bytes) -> bytes:
    """The same PNG with nothing but pixels, palette and transparency.

    libpng prints a complaint about every odd colour profile (and about damage) to stderr, past every log level.

    Raises:
        ImageDecodeError: A chunk is cut off or fails its checksum.
    """
    place, parts = len(PNG_SIGNATURE), [PNG_SIGNATURE]
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            break
        if kind in _PNG_NEEDED:
            if zlib.crc32(data[place + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                raise ImageDecodeError(
                    f"The PNG picture is damaged: its {kind.decode()} part fails its checksum", fix="Copy or save it again"
                )
            parts.append(data[place:end])
        if kind == b"IEND":
            return b"".join(parts)
        place = end
    raise ImageDecodeError("The PNG picture is truncated: its end is missing", fix="Copy or save it again")


def _decode_silently(data: bytes) -> NDArray[np.uint8] | NDArray[np.uint16] | None:
    with _silent_log():
        try:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:
            return None
    return None if image is None or image.size == 0 else image  # type: ignore[return-value]  # the caller checks the dtype


@contextlib.contextmanager
def _silent_log() -> Iterator[None]:
    # OpenCV 5 moved these two functions. The level is global; if two threads interleave here the worst outcome is that
    # OpenCV stays silent.
    log = cv2 if hasattr(cv2, "setLogLevel") else cv2.utils.logging
    level = log.getLogLevel()
    log.setLogLevel(_SILENT)
    try:
        yield
    finally:
        log.setLogLevel(level)


def turn_upright(image: NDArray[np.uint8] | NDArray[np.uint16], orientation: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Undoes an EXIF orientation (CIPA DC-008, tag 0x0112), as views; other numbers than 2 to 8 change nothing."""
    if orientation in (5, 6, 7, 8):  # 5 to 8 are stored with rows and columns exchanged
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return image


def _unknown_format(data: bytes) -> ImageDecodeError:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return ImageDecodeError("HEIC and AVIF pictures cannot be read", expected=FORMATS, fix="Save it as JPEG or PNG")
    head = f"{len(data):,} bytes that begin with {data[:8]!r}"
    return ImageDecodeError("This is not a picture, or its header is cut off", expected=FORMATS, received=head)


def _truncated(header: ImageHeader) -> ImageDecodeError:
    name = {"jpeg": "JPEG", "webp": "WebP"}[header.format]
    return ImageDecodeError(f"The {name} picture is truncated: its end is missing", fix="Copy or save it again")


def _undecodable(header: ImageHeader) -> ImageDecodeError:
    if header.format == "gif" and tuple(int(part) for part in cv2.__version__.split(".")[:2]) < (4, 11):
        return ImageDecodeError("GIF pictures need OpenCV 4.11 or newer", received=cv2.__version__, fix="Save it as PNG")
    return ImageDecodeError(
        f"The {header.format.upper()} picture cannot be decoded: it is damaged, truncated or of a rare kind",
        fix="Save it again as PNG or JPEG",
    )
