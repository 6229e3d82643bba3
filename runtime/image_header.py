"""Format, size and orientation of an encoded picture, read from its header without decoding a pixel.

This is what stands between a 100 kB "decompression bomb" and 1.6 GB of memory, and it keeps EXIF handling in our own hands,
equal for every OpenCV version. Formats: PNG, JPEG, BMP, GIF, WebP, TIFF, PNM.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

_UPRIGHT: Final = 1
_ORIENTATION_TAG: Final = 0x0112
_WIDTH_TAG: Final = 0x0100
_HEIGHT_TAG: Final = 0x0101
_BITS_TAG: Final = 0x0102  # one number a channel; only the first is read, as libtiff wants them equal
_PHOTOMETRIC_TAG: Final = 0x0106
_CHANNELS_TAG: Final = 0x0115
_TILE_WIDTH_TAG: Final = 0x0142
_TILE_HEIGHT_TAG: Final = 0x0143
_GRAY_PHOTOMETRICS: Final = (0, 1)
_MAX_IFD_ENTRIES: Final = 4096  # a real directory has some dozens; a forged count must not cost time

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers; C4 (Huffman tables), C8 (reserved) and CC (arithmetic conditioning) lie between them.
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_START_OF_SCAN: Final = 0xDA
_JPEG_EXIF: Final = 0xE1


class ImageHeader(NamedTuple):
    """What the first bytes say about a picture.

    Attributes:
        format: ``"png"``, ``"jpeg"``, ``"bmp"``, ``"gif"``, ``"webp"``, ``"tiff"`` or ``"pnm"``.
        width: Stored columns, before orientation is applied.
        height: Stored rows, before orientation is applied.
        orientation: EXIF orientation 1 to 8; 1 (upright) if absent or not valid.
        data_offset: For JPEG, where the first scan begins; else 0.
        pixel_bytes: Bytes that a decoded pixel takes at most: channels times bytes a channel.
        buffer_pixels: For tiled TIFF, pixels of one tile, which is decoded as a whole; else 0.
    """

    format: str
    width: int
    height: int
    orientation: int = _UPRIGHT
    data_offset: int = 0
    pixel_bytes: int = 3
    buffer_pixels: int = 0

    @property
    def pixels(self) -> int:
        """Number of pixels that decoding would make."""
        return self.width * self.height

    @property
    def decoded_bytes(self) -> int:
        """Bytes that decoding would make, at most."""
        return max(self.pixels, self.buffer_pixels) * self.pixel_bytes


def read_image_header(data: bytes) -> ImageHeader | None:
    """Reads format, size and orientation from encoded bytes.

    Args:
        data: The whole file. (Some formats put EXIF behind the pixels.)

    Returns:
        The header, or ``None`` if the bytes are not of a known format or end before the size. Never raises on any bytes.
    """
    for signatures, reader in _READERS:
        if data.startswith(signatures):
            try:
                return reader(data)
            except (struct.error, IndexError):
                return None  # ends inside the header
    return None


def _read_png(data: bytes) -> ImageHeader | None:
    width, height, depth, colour_type = struct.unpack_from(">IIBB", data, 16)
    if data[12:16] != b"IHDR":
        return None
    bodies = {kind: data[start + 8 : end - 4] for kind, start, end in png_chunks(data) if kind in (b"eXIf", b"tRNS")}
    gray = colour_type == 0 and b"tRNS" not in bodies
    channels = 1 if gray else 3 if colour_type in (2, 3) and b"tRNS" not in bodies else 4  # alpha makes BGRA, also of gray
    orientation = _exif_orientation(bodies.get(b"eXIf", b""))
    return ImageHeader("png", width, height, orientation, pixel_bytes=channels * (2 if depth > 8 else 1))


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a PNG file as (type, start, end) with length and checksum, up to IEND or to the last complete one."""
    place = len(PNG_SIGNATURE)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            return
        yield kind, place, end
        if kind == b"IEND":
            return
        place = end


def _read_jpeg(data: bytes) -> ImageHeader | None:
    width = height = -1
    orientation, place = 0, 2
    while True:
        place = data.find(b"\xff", place)  # decoders skip garbage between segments, so do we
        if place < 0:
            return None
        while data[place] == 0xFF:
            place += 1
        marker = data[place]
        place += 1
        if marker in (0x00, 0x01, 0xD8) or 0xD0 <= marker <= 0xD7:  # these stand alone
            continue
        if marker == 0xD9:
            return None
        (length,) = struct.unpack_from(">H", data, place)
        if marker == _JPEG_START_OF_SCAN:
            return ImageHeader("jpeg", width, height, orientation or _UPRIGHT, place) if width >= 0 else None
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">xHH", data, place + 2)
        elif marker == _JPEG_EXIF and data[place + 2 : place + 8] == b"Exif\0\0" and not orientation:
            orientation = _exif_orientation(data[place + 8 : place + length])
        place += max(length, 2)


def _read_bmp(data: bytes) -> ImageHeader | None:
    (info_size,) = struct.unpack_from("<I", data, 14)
    width, height, _, bits = struct.unpack_from("<HHHH" if info_size == 12 else "<iiHH", data, 18)
    return ImageHeader("bmp", abs(width), abs(height), pixel_bytes=4 if bits > 24 else 3)  # negative: top row first


def _read_gif(data: bytes) -> ImageHeader | None:
    width, height = struct.unpack_from("<HH", data, 6)
    return ImageHeader("gif", width, height, pixel_bytes=4)


def _read_webp(data: bytes) -> ImageHeader | None:
    kind = data[12:16] if data[8:12] == b"WEBP" else b""
    if kind == b"VP8X":
        size = struct.unpack_from("<HBHB", data, 24)
        width, height = size[0] + (size[1] << 16) + 1, size[2] + (size[3] << 16) + 1
        return ImageHeader("webp", width, height, _exif_orientation(_riff_chunk(data, b"EXIF")), pixel_bytes=4)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return ImageHeader("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, pixel_bytes=4)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return ImageHeader("webp", width & 0x3FFF, height & 0x3FFF)
    return None


def _riff_chunk(data: bytes, wanted: bytes) -> bytes:
    place = 12
    while place + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        if kind == wanted:
            body = data[place + 8 : place + 8 + length]
            return body.removeprefix(b"Exif\0\0")
        place += 8 + length + length % 2
    return b""


def _read_tiff(data: bytes) -> ImageHeader | None:
    tags = _first_directory(data)
    if _WIDTH_TAG not in tags or _HEIGHT_TAG not in tags:
        return None
    channels = tags.get(_CHANNELS_TAG, 1)
    if channels > 1 or tags.get(_PHOTOMETRIC_TAG) not in _GRAY_PHOTOMETRICS:
        channels = max(channels, 3)  # a palette or a packed colour space becomes BGR
    return ImageHeader(
        "tiff",
        tags[_WIDTH_TAG],
        tags[_HEIGHT_TAG],
        _valid_orientation(tags.get(_ORIENTATION_TAG, 0)),
        pixel_bytes=channels * -(-tags.get(_BITS_TAG, 1) // 8),
        buffer_pixels=tags.get(_TILE_WIDTH_TAG, 0) * tags.get(_TILE_HEIGHT_TAG, 0),
    )


def _read_pnm(data: bytes) -> ImageHeader | None:
    gap = rb"(?:\s|#[^\n]*\n)+"
    match = re.match(
        rb"P([1-6])" + gap + rb"(\d{1,9})" + gap + rb"(\d{1,9})(?=[\s#])(?:" + gap + rb"(\d{1,9}))?", data[:4096]
    )
    if match is None:
        return None
    channels, deep = 3 if match[1] in b"36" else 1, match[1] not in b"14" and int(match[4] or 65535) > 255
    return ImageHeader("pnm", int(match[2]), int(match[3]), pixel_bytes=channels * (2 if deep else 1))


def _exif_orientation(exif: bytes) -> int:
    """The orientation in an EXIF block, which is a TIFF file without pixels; 1 if there is none."""
    try:
        return _valid_orientation(_first_directory(exif).get(_ORIENTATION_TAG, 0))
    except struct.error:
        return _UPRIGHT


def _first_directory(tiff: bytes) -> dict[int, int]:
    """The one-number entries (16 or 32 bits) of the first directory of a TIFF structure, and the first of its depths.

    Of a tag that comes twice the larger value counts, because decoders differ in which one they take.
    """
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return {}
    version, place = struct.unpack_from(order + "HI", tiff, 2)
    if version != 42:
        return {}
    (count,) = struct.unpack_from(order + "H", tiff, place)
    tags: dict[int, int] = {}
    for entry in range(place + 2, place + 2 + 12 * min(count, _MAX_IFD_ENTRIES), 12):
        if entry + 12 > len(tiff):
            break
        tag, kind, number = struct.unpack_from(order + "HHI", tiff, entry)
        if kind not in (3, 4) or (number != 1 and tag != _BITS_TAG):
            continue
        inline = number <= (2 if kind == 3 else 1)
        start = entry + 8 if inline else struct.unpack_from(order + "I", tiff, entry + 8)[0]
        if start + 4 <= len(tiff):
            (value,) = struct.unpack_from(order + ("H" if kind == 3 else "I"), tiff, start)
            tags[tag] = max(value, tags.get(tag, 0))
    return tags


def _valid_orientation(value: int) -> int:
    return value if 1 <= value <= 8 else _UPRIGHT  # some cameras write 0


_READERS: Final[tuple[tuple[tuple[bytes, ...], Callable[[bytes], ImageHeader | None]], ...]] = (
    ((PNG_SIGNATURE,), _read_png),
    ((b"\xff\xd8\xff",), _read_jpeg),
    ((b"BM",), _read_bmp),
    ((b"GIF87a", b"GIF89a"), _read_gif),
    ((b"RIFF",), _read_webp),
    ((b"II*\0", b"MM\0*"), _read_tiff),
    ((b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"), _read_pnm),
)
