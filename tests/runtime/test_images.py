from __future__ import annotations

import io
import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from mnist_edge.errors import ImageArrayError, ImageDecodeError, ImageSizeError
from mnist_edge.runtime import images
from mnist_edge.runtime.images import load_image, source_name

COLOURS = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)  # BGR


def encoded(image: PIL.Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def pil(bgr: np.ndarray) -> PIL.Image.Image:
    return PIL.Image.fromarray(np.ascontiguousarray(bgr[..., ::-1]))


def test_every_kind_of_input_gives_the_same_pixels(tmp_path: Path) -> None:
    data = encoded(pil(COLOURS))
    path = tmp_path / "x.png"
    path.write_bytes(data)
    with path.open("rb") as file:
        variants = [str(path), path, data, bytearray(data), memoryview(data), io.BytesIO(data), file, pil(COLOURS), COLOURS]
        for variant in variants:
            np.testing.assert_array_equal(load_image(variant), COLOURS)


GRAY, COLOUR, ALPHA = (4, 6), (4, 6, 3), (4, 6, 4)


@pytest.mark.parametrize(
    ("mode", "shape", "dtype"),
    [
        ("1", GRAY, np.uint8),
        ("L", GRAY, np.uint8),
        ("I", GRAY, np.uint16),
        ("F", GRAY, np.float32),
        ("I;16", GRAY, np.uint16),
        ("P", COLOUR, np.uint8),
        ("CMYK", COLOUR, np.uint8),
        ("YCbCr", COLOUR, np.uint8),
        ("LA", ALPHA, np.uint8),
        ("RGBA", ALPHA, np.uint8),
    ],
)
def test_every_mode_of_pil(mode: str, shape: tuple[int, ...], dtype: type) -> None:
    image = pil(COLOURS).convert("L").convert(mode) if mode == "LA" else pil(COLOURS)
    image = image.convert("L").convert(mode) if mode == "I;16" else image.convert(mode)
    loaded = load_image(image)
    assert (loaded.shape, loaded.dtype) == (shape, dtype)


def test_a_pil_image_with_an_orientation_is_turned() -> None:
    image = pil(COLOURS)
    exif = image.getexif()
    exif[0x0112] = 6  # stored turned by 90 degrees counterclockwise
    np.testing.assert_array_equal(load_image(image), np.rot90(COLOURS, -1))


def test_names_are_known_for_paths_only(tmp_path: Path) -> None:
    assert source_name("a/b.png") == source_name(Path("a/b.png")) == "a/b.png"
    assert source_name(b"x") == source_name(COLOURS) == ""


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        ("missing.png", ImageDecodeError, "There is no file missing.png"),
        (".", ImageDecodeError, "is a folder"),
        ("nul\0.png", ImageDecodeError, "cannot be opened"),
        (io.StringIO("text"), ImageDecodeError, "opened as text"),
        (b"", ImageDecodeError, "empty"),
        (b"no picture", ImageDecodeError, "."),
        (None, ImageArrayError, "NoneType.*cv2.imread"),
        (7, ImageArrayError, "Received: int"),
        ([[1, 2]], ImageArrayError, "Received: list"),
    ],
)
def test_what_is_no_picture(image: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        load_image(image)


def truncated_pil() -> PIL.Image.Image:
    data = encoded(pil(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)), "JPEG")
    return PIL.Image.open(io.BytesIO(data[: len(data) // 2]))


def broken_pil() -> PIL.Image.Image:
    data = bytearray(encoded(pil(COLOURS)))
    data[data.index(b"IDAT") + 4] ^= 0xFF
    return PIL.Image.open(io.BytesIO(bytes(data)))


def closed_pil() -> PIL.Image.Image:
    image = PIL.Image.open(io.BytesIO(encoded(pil(COLOURS))))
    image.close()
    return image


def closed_file() -> io.BytesIO:
    file = io.BytesIO(b"x")
    file.close()
    return file


@pytest.mark.parametrize("make", [truncated_pil, broken_pil, closed_pil, closed_file])
def test_what_cannot_be_read_any_more(make: Callable[[], object]) -> None:
    with pytest.raises(ImageDecodeError, match="cannot be"):
        load_image(make())


def test_a_file_opened_for_writing(tmp_path: Path) -> None:
    with (tmp_path / "x.png").open("wb") as file, pytest.raises(ImageDecodeError, match="cannot be read"):
        load_image(file)


def test_an_endless_device_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_FILE_BYTES", 1000)
    with pytest.raises(ImageSizeError, match="/dev/zero is too large"):
        load_image("/dev/zero")


def test_the_pixel_limit_holds_for_pil_images_before_they_are_decoded() -> None:
    with pytest.raises(ImageSizeError, match="at most 10 pixels"):
        load_image(pil(COLOURS), max_pixels=10)
    with pytest.raises(ImageSizeError, match="4 bytes a pixel"):
        load_image(pil(COLOURS).convert("RGBA"), max_pixels=24)


def test_pipes_and_files_of_unknown_size_are_read_to_their_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    content = encoded(pil(COLOURS))
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    np.testing.assert_array_equal(load_image(pipe), COLOURS)
    writer.join()


def test_reading_a_small_file_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    path.write_bytes(encoded(pil(COLOURS)))
    tracemalloc.start()
    load_image(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_edge.runtime.images.MAX_FILE_BYTES", 1000)
    path = tmp_path / "large.png"
    path.write_bytes(bytes(100_000))
    with pytest.raises(ImageSizeError, match="too large for a picture"):
        load_image(path)
