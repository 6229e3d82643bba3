"""The header reader: right sizes and orientations, and no exception on any bytes."""

from __future__ import annotations

import io

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
    assert read_image_header(b"P5 # made by hand\n# more\n12 34\n255\n") == ImageHeader("pnm", 12, 34)


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
