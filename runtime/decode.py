"""Encoded pictures to arrays: OpenCV does the pixels, everything around it is decided here.

What differs between OpenCV versions or is left to chance there: orientation, half-decoded files, decompression bombs, and
complaints that native code prints to stderr.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import ImageDecodeError, ImageSizeError
from mnist_edge.runtime.image_header import PNG_SIGNATURE, ImageHeader, png_chunks, read_image_header
from mnist_edge.runtime.opencv_log import silent_opencv

#: Default limit, 2**26 (67 million) pixels, and with it 201 MB of decoded picture: passes the 48 to 64 MP of large phone
#: sensors; a 20,000 x 20,000 picture, or 8,192 x 8,192 with alpha and 16 bits per channel, is refused. OpenCV holds a
#: decoded picture twice while it hands it over. Measured peaks of a process that classifies the largest ones, libraries
#: included: 216 MiB for 8-bit gray, 473 MiB for BGR (PNG, JPEG, TIFF) and for 16-bit BGRA of 25 MP, 664 MiB for a
#: progressive JPEG with full colour resolution. Half of max_pixels takes half of that, without the libraries' 85 MiB.
MAX_PIXELS: Final = 1 << 26

_PIXEL_BYTES: Final = 3  # of the pictures that max_pixels is meant for, BGR with 8 bits

FORMATS: Final = "PNG, JPEG, BMP, GIF, WebP, TIFF or PNM"

_PNG_NEEDED: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_PNG_START: Final = PNG_SIGNATURE + b"\0\0\0\rIHDR"
_PNG_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
_PNG_HEAD: Final = struct.Struct(">II5xI")  # width, height, five bytes of kind, checksum
_PNG_BODY: Final = 33  # where the chunk after that begins
_PNG_CHUNK: Final = struct.Struct(">I4s")
_PNG_CHECKSUM: Final = struct.Struct(">I")
_DEEPEST: Final = 8  # bytes of a pixel: BGRA with 16 bits
_DTYPES: Final = (np.dtype(np.uint8), np.dtype(np.uint16))
_JPEG_END: Final = b"\xff\xd9"
# Brands in the "ftyp" box of the ISO media format, in which phones store photos.
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif", b"avis"})


def decode_image(data: bytes, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Decodes a picture, upright.

    Args:
        data: The encoded file: PNG, JPEG, BMP, GIF (first frame), WebP, TIFF (first page) or PNM.
        max_pixels: Refuse more than these, by the header, before any memory is taken. Also refuse what would take more than
            three bytes for each of these, so that a picture with alpha or 16 bits per channel may have fewer.

    Returns:
        uint8 or uint16 array, ``[H, W]`` gray, ``[H, W, 3]`` BGR or ``[H, W, 4]`` BGRA. Palettes are resolved, one bit per
        pixel becomes 0 and 255, EXIF orientation is applied (all eight).

    Raises:
        ImageDecodeError: Empty, truncated, damaged, or not a picture of these formats.
        ImageSizeError: No pixels, or more than ``max_pixels`` or their memory.
    """
    data = bytes(data)
    if not _is_plain_png(data, max_pixels):
        return _decode_any(data, max_pixels)
    image = _decode(data)
    if image is None:
        raise _undecodable("png")
    return image


def _decode_any(data: bytes, max_pixels: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """:func:`decode_image` for every format; says what is wrong."""
    if not data:
        raise ImageDecodeError("The picture is empty (0 bytes)", fix="Check that it was saved or copied completely")
    header = read_image_header(data)
    if header is None:
        raise _unknown_format(data)
    check_size(header, max_pixels)
    if header.format == "png":
        data = _essential_png(data)
    elif _is_cut_off(data, header):
        raise _truncated(header)
    with silent_opencv():
        image = _decode(data)
    if image is None:
        raise _undecodable(header.format)
    # OpenCV turns TIFF by itself, in all versions and under all flags; for the other formats IMREAD_UNCHANGED never does.
    upright = image if header.format == "tiff" else turn_upright(image, header.orientation)
    return np.ascontiguousarray(upright)  # type: ignore[return-value]  # as decoded


def _is_plain_png(data: bytes, max_pixels: int) -> bool:
    """Whether it is a sound PNG of an allowed size that holds its pixels and nothing else: no need to look further.

    Most small ones are, and looking further takes as long as decoding one of 28x28 pixels.
    """
    size = len(data)
    if size < _PNG_BODY or not data.startswith(_PNG_START) or not data.endswith(_PNG_END):
        return False
    width, height, checksum = _PNG_HEAD.unpack_from(data, 16)
    if not 0 < width * height * _DEEPEST <= _PIXEL_BYTES * max_pixels or zlib.crc32(data[12:29]) != checksum:
        return False
    view, place, end = memoryview(data), _PNG_BODY, size - len(_PNG_END)
    while place < end:
        length, kind = _PNG_CHUNK.unpack_from(data, place)
        last = place + 8 + length
        if (
            kind != b"IDAT"
            or last + 4 > end
            or zlib.crc32(view[place + 4 : last]) != _PNG_CHECKSUM.unpack_from(data, last)[0]
        ):
            return False
        place = last + 4
    return place == end > _PNG_BODY


def check_size(header: ImageHeader, max_pixels: int) -> None:
    """Refuses a picture that has more pixels, or would take more memory, than allowed.

    Args:
        header: Size and depth of the picture.
        max_pixels: The most pixels; the most memory is that of so many with three bytes each.

    Raises:
        ImageSizeError: No pixels, or too many, or too deep ones.
    """
    max_bytes = _PIXEL_BYTES * max_pixels
    if 0 < header.pixels <= max_pixels and header.decoded_bytes <= max_bytes:
        return
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
    raise ImageSizeError(
        "The picture is too large to decode safely",
        expected=f"at most {max_bytes / 1e6:,.0f} MB when decoded",
        received=f"{size} with up to {header.pixel_bytes} bytes a pixel = {header.decoded_bytes / 1e6:,.0f} MB",
        fix="Scale it down, or save it with 8 bits per channel and without alpha",
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
    view = memoryview(data)
    parts: list[bytes | memoryview] = [PNG_SIGNATURE]
    for kind, start, end in png_chunks(data):
        if kind in _PNG_NEEDED:
            if zlib.crc32(view[start + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
                raise ImageDecodeError(
                    f"The PNG picture is damaged: its {kind.decode()} part fails its checksum", fix="Copy or save it again"
                )
            parts.append(view[start:end])
        if kind == b"IEND":
            return b"".join(parts)
    raise ImageDecodeError("The PNG picture is truncated: its end is missing", fix="Copy or save it again")


def _decode(data: bytes) -> NDArray[np.uint8] | NDArray[np.uint16] | None:
    """The pixels as they are stored; ``None`` if that cannot be done.

    Raises:
        ImageDecodeError: They are neither uint8 nor uint16.
    """
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if image is None or image.size == 0:
        return None
    if image.dtype not in _DTYPES:
        raise ImageDecodeError(
            "The picture has an unusual number format", expected="8 or 16 bits per channel", received=str(image.dtype)
        )
    return image  # type: ignore[return-value]  # checked above


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


def _undecodable(kind: str) -> ImageDecodeError:
    if kind == "gif" and tuple(int(part) for part in cv2.__version__.split(".")[:2]) < (4, 11):
        return ImageDecodeError("GIF pictures need OpenCV 4.11 or newer", received=cv2.__version__, fix="Save it as PNG")
    return ImageDecodeError(
        f"The {kind.upper()} picture cannot be decoded: it is damaged, truncated or of a rare kind",
        fix="Save it again as PNG or JPEG",
    )
