"""Decoding: every kind of pixel, upright, and one clear sentence for everything that is not a picture."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from mnist_edge.errors import ImageDecodeError, ImageError, ImageSizeError
from mnist_edge.runtime.decode import MAX_PIXELS, check_size, decode_image
from mnist_edge.runtime.image_header import ImageHeader

GRAY = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10
RGB = np.dstack([GRAY, GRAY // 2, 255 - GRAY])


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(side: int) -> bytes:
    """A tiny file that claims to be ``side`` x ``side``."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(bytes(1000))) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_gray_and_colour_keep_their_values(kind: str) -> None:
    np.testing.assert_array_equal(decode_image(saved(Image.fromarray(GRAY), kind)), GRAY)
    np.testing.assert_array_equal(decode_image(saved(Image.fromarray(RGB), kind)), RGB[:, :, ::-1])


def test_alpha_becomes_bgra() -> None:
    alpha = np.dstack([RGB, GRAY])
    np.testing.assert_array_equal(decode_image(saved(Image.fromarray(alpha))), alpha[:, :, [2, 1, 0, 3]])


def test_palette_is_resolved_also_with_a_transparent_entry() -> None:
    palette = Image.fromarray(RGB).quantize(256)
    assert decode_image(saved(palette)).shape == (4, 6, 3)
    decoded = decode_image(saved(palette, transparency=palette.getpixel((0, 0))))
    assert decoded.shape == (4, 6, 4)
    assert decoded[0, 0, 3] == 0
    assert decoded[3, 5, 3] == 255


def test_sixteen_bits_stay_sixteen_and_one_bit_becomes_eight() -> None:
    deep = GRAY.astype(np.uint16) * 257
    np.testing.assert_array_equal(decode_image(saved(Image.fromarray(deep))), deep)
    one_bit = decode_image(saved(Image.fromarray(GRAY > 100)))
    assert one_bit.dtype == np.uint8
    np.testing.assert_array_equal(one_bit, np.where(GRAY > 100, 255, 0))


def stored_as(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """What a camera held that way would have stored."""
    return {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_orientations_come_out_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = np.kron(GRAY, np.ones((8, 8), np.uint8))
    stored = Image.fromarray(np.ascontiguousarray(stored_as(upright, orientation))).convert("RGB")
    options = {"lossless": True} if kind == "WEBP" else {}
    decoded = decode_image(saved(stored, kind, exif=exif, **options))
    assert decoded.flags.c_contiguous
    np.testing.assert_array_equal(decoded[:, :, 0], upright)


def test_jpeg_orientation_is_applied_once() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode_image(saved(Image.new("RGB", (40, 16)), "JPEG", exif=exif))
    assert decoded.shape == (40, 16, 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"hello, I am a text", "not a picture"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "HEIC"),
        (saved(Image.fromarray(RGB))[:-14], "truncated"),
        (saved(Image.fromarray(RGB), "JPEG")[:-40], "truncated"),
        (saved(Image.fromarray(RGB), "WEBP")[:-10], "truncated"),
        (saved(Image.fromarray(RGB), "BMP")[:-30], "cannot be decoded"),
    ],
    ids=["empty", "text", "heic", "png", "jpeg", "webp", "bmp"],
)
def test_each_fault_has_its_sentence_and_native_code_is_silent(
    data: bytes, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ImageDecodeError, match=words):
        decode_image(data)
    assert capfd.readouterr() == ("", "")


def test_a_flipped_bit_in_a_png_is_reported_as_damage(capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(saved(Image.fromarray(RGB)))
    data[data.index(b"IDAT") + 8] ^= 0x10
    with pytest.raises(ImageDecodeError, match="damaged"):
        decode_image(bytes(data))
    assert capfd.readouterr().err == ""


def test_a_broken_colour_profile_is_ignored_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    data = saved(Image.fromarray(RGB), icc_profile=b"nonsense")
    np.testing.assert_array_equal(decode_image(data), RGB[:, :, ::-1])
    assert capfd.readouterr().err == ""


def test_a_png_bomb_is_refused_by_its_header() -> None:
    tracemalloc.start()
    with pytest.raises(ImageSizeError, match="20,000 x 20,000"):
        decode_image(png_bomb(20_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


MEASURE = """
import sys
from mnist_edge.errors import ImageSizeError
from mnist_edge.runtime.decode import decode_image
from mnist_edge.runtime.machine import peak_resident_bytes
data, before = sys.stdin.buffer.read(), peak_resident_bytes()
try:
    print("decoded", decode_image(data).nbytes >> 20)
except ImageSizeError as error:
    print("refused", error)
print((peak_resident_bytes() or 0) - (before or 0) >> 20)
"""


def flat_png(width: int, height: int, depth: int, colour_type: int) -> bytes:
    channels = {0: 1, 2: 3, 6: 4}[colour_type]
    packer = zlib.compressobj(1)
    row = bytes(1 + width * channels * depth // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("shape", "words", "peak_mib"),
    [((5_000, 5_000, 16, 6), "decoded 190", 500), ((8_192, 8_192, 16, 6), "refused .* = 537 MB", 20)],
)
def test_memory_is_bounded_also_for_deep_pictures(shape: tuple[int, int, int, int], words: str, peak_mib: int) -> None:
    data = flat_png(*shape)
    assert len(data) < 3_000_000
    done = subprocess.run([sys.executable, "-c", MEASURE], input=data, capture_output=True, check=True, timeout=100)
    what, peak = done.stdout.decode().splitlines()
    assert re.match(words, what)
    assert int(peak) < peak_mib


@pytest.mark.parametrize("size", [(6_000, 4_000), (8_064, 6_048), (9_248, 6_936)])
def test_photos_of_phones_pass(size: tuple[int, int]) -> None:
    check_size(ImageHeader("jpeg", *size), MAX_PIXELS)


def test_max_pixels_is_an_inclusive_limit() -> None:
    data = saved(Image.fromarray(GRAY))
    assert decode_image(data, max_pixels=24).shape == (4, 6)
    with pytest.raises(ImageSizeError, match="too large"):
        decode_image(data, max_pixels=23)


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(ImageSizeError, match="no pixels"):
        decode_image(png_bomb(0))


def test_the_log_level_of_opencv_is_put_back() -> None:
    log = cv2 if hasattr(cv2, "getLogLevel") else cv2.utils.logging
    before = log.getLogLevel()
    with pytest.raises(ImageDecodeError):
        decode_image(saved(Image.fromarray(RGB), "BMP")[:-30])
    assert log.getLogLevel() == before


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "TIFF", "PPM"])
@settings(derandomize=True, deadline=None, max_examples=60)
@given(data=st.data())
def test_damage_gives_a_picture_or_an_image_error(kind: str, data: st.DataObject) -> None:
    good = saved(Image.fromarray(RGB), kind)
    place = data.draw(st.integers(0, len(good) - 1))
    patch = data.draw(st.binary(min_size=1, max_size=4))
    damaged = (good[:place] + patch + good[place + len(patch) :])[: data.draw(st.integers(1, len(good)))]
    try:
        image = decode_image(damaged, max_pixels=100_000)
    except ImageError:
        return
    assert image.size <= 400_000
