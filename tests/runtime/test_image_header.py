"""The header reader: right sizes and orientations, and no exception on any bytes."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mnist_edge.runtime.image_header import ImageHeader, read_image_header

FORMATS = {"PNG": "png", "JPEG": "jpeg", "BMP": "bmp", "GIF": "gif", "WEBP": "webp", "TIFF": "tiff", "PPM": "pnm"}
fixed = settings(derandomize=True, deadline=None, max_examples=150)


def encoded(kind: str, size: tuple[int, int] = (31, 17), mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_format_and_size_are_read(kind: str) -> None:
    header = read_image_header(encoded(kind))
    assert header is not None
    assert (header.format, header.width, header.height, header.orientation) == (FORMATS[kind], 31, 17, 1)


@pytest.mark.parametrize(
    ("kind", "options"), [("WEBP", {"lossless": True}), ("JPEG", {"progressive": True}), ("WEBP", {"exif": b"Exif\0\0"})]
)
def test_variants_are_read(kind: str, options: dict[str, object]) -> None:
    header = read_image_header(encoded(kind, **options))
    assert header is not None
    assert (header.width, header.height) == (31, 17)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(10))
def test_orientation_is_read_and_invalid_ones_mean_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    header = read_image_header(encoded(kind, exif=exif))
    assert header is not None
    assert header.orientation == (orientation if 1 <= orientation <= 8 else 1)


def test_comments_in_pnm_are_skipped() -> None:
    assert read_image_header(b"P5 # made by hand\n# more\n12 34\n255\n") == ImageHeader("pnm", 12, 34, pixel_bytes=1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK", "F"])
@pytest.mark.parametrize("kind", FORMATS)
def test_decoding_makes_no_more_than_the_header_says(kind: str, mode: str) -> None:
    try:
        data = encoded(kind, mode=mode)
    except (OSError, ValueError):
        return  # the format has no such mode
    header = read_image_header(data)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if header is None:
        assert (kind, mode) == ("PPM", "F")  # a format of its own
    else:
        assert decoded is None or decoded.nbytes <= header.decoded_bytes <= 8 * header.pixels


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".ppm"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_size_of_a_decoded_pixel_is_exact(suffix: str, dtype: type, channels: int) -> None:
    image = np.zeros((17, 31, channels), dtype)
    if suffix == ".ppm" and channels == 4:
        return
    header = read_image_header(cv2.imencode(suffix if channels != 1 else suffix.replace("ppm", "pgm"), image)[1].tobytes())
    assert header is not None
    assert header.decoded_bytes == image.nbytes


def test_tags_that_come_twice_count_with_the_larger_value() -> None:
    entries = [(0x100, 9000), (0x100, 1), (0x101, 9000), (0x102, 16), (0x102, 8), (0x106, 2), (0x115, 4), (0x115, 1)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHIHH", tag, 3, 1, n, 0) for tag, n in entries)
    header = read_image_header(b"II*\0\x08\0\0\0" + directory)
    assert header is not None
    assert (header.pixels, header.decoded_bytes) == (9000 * 9000, 9000 * 9000 * 8)


def test_a_huge_tile_counts() -> None:
    entries = [(0x100, 1), (0x101, 1), (0x102, 8), (0x106, 1), (0x142, 60_000), (0x143, 60_000)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHIHH", tag, 3, 1, n, 0) for tag, n in entries)
    header = read_image_header(b"II*\0\x08\0\0\0" + directory)
    assert header is not None
    assert header.decoded_bytes == 60_000**2


def test_garbage_between_jpeg_segments_is_skipped() -> None:
    data = encoded("JPEG")
    place = 4 + int.from_bytes(data[4:6], "big")  # behind APP0
    header = read_image_header(data[:place] + bytes(1000) + data[place:])
    assert header is not None
    assert (header.width, header.height) == (31, 17)


@pytest.mark.parametrize("kind", FORMATS)
@fixed
@given(data=st.data())
def test_damaged_files_never_raise(kind: str, data: st.DataObject) -> None:
    good = encoded(kind)
    end = data.draw(st.integers(0, len(good)))
    place = data.draw(st.integers(0, len(good) - 1))
    patch = data.draw(st.binary(max_size=8))
    header = read_image_header((good[:place] + patch + good[place + len(patch) :])[:end])
    assert header is None or (header.width >= 0 and header.height >= 0 and 1 <= header.orientation <= 8)


@fixed
@given(
    tail=st.binary(max_size=200), head=st.sampled_from([b"", b"\xff\xd8\xff", b"BM", b"GIF89a", b"II*\0", b"MM\0*", b"P6 "])
)
def test_random_bytes_never_raise(head: bytes, tail: bytes) -> None:
    read_image_header(head + tail)
