"""The short way for sound PNGs without extras answers exactly as the long one, also on damage."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mnist_edge.errors import ImageError
from mnist_edge.runtime import decode
from mnist_edge.runtime.decode import decode_image

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
fixed = settings(derandomize=True, deadline=None, max_examples=250)


def png(mode: str = "L", size: tuple[int, int] = (28, 28), **options: object) -> bytes:
    pixels = np.arange(size[0] * size[1], dtype=np.uint8).reshape(size[1], size[0])
    deep = Image.fromarray(pixels.astype(np.uint16) * 257)
    buffer = io.BytesIO()
    (deep if mode == "I;16" else Image.fromarray(pixels).convert(mode)).save(buffer, "PNG", **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def outcome(data: bytes, max_pixels: int) -> object:
    try:
        image = decode_image(data, max_pixels=max_pixels)
    except ImageError as error:
        return type(error), str(error)
    return image.dtype, image.shape, image.tobytes(), image.flags.c_contiguous


def outcome_of_the_long_way(data: bytes, max_pixels: int) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "_is_plain_png", lambda data, max_pixels: False)
        return outcome(data, max_pixels)


@fixed
@given(st.data())
def test_both_ways_agree_on_any_png(data: st.DataObject) -> None:
    mode, size = data.draw(st.sampled_from(MODES)), data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    extras = {"exif": Image.Exif()}
    extras["exif"][0x0112] = data.draw(st.integers(1, 8))
    options = [{}, extras, {"optimize": True}, *([{"transparency": 0}] if mode in ("1", "L", "P") else [])]
    content = png(mode, size, **data.draw(st.sampled_from(options)))
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(content) - 1))
        patch = data.draw(st.binary(max_size=4))
        content = content[:place] + patch + content[place + data.draw(st.integers(0, 4)) :]
        content = content[: data.draw(st.integers(1, len(content)))] + data.draw(st.binary(max_size=3))
    max_pixels = data.draw(st.sampled_from([1 << 26, 1600, 300, 20]))
    assert outcome(content, max_pixels) == outcome_of_the_long_way(content, max_pixels)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "I;16"])
def test_usual_pictures_go_the_short_way(mode: str) -> None:
    assert decode._is_plain_png(png(mode), 1 << 26)


def test_several_chunks_of_pixels_go_the_short_way() -> None:
    content = png("L")
    start, end = content.index(b"IDAT") - 4, content.index(b"IEND") - 4
    body = content[start + 8 : end - 4]
    split = content[:start] + chunk(b"IDAT", body[:9]) + chunk(b"IDAT", b"") + chunk(b"IDAT", body[9:]) + content[end:]
    assert decode._is_plain_png(split, 1 << 26)
    np.testing.assert_array_equal(decode_image(split), decode_image(content))
    assert not decode._is_plain_png(split.replace(body[9:], body[9:-1] + b"\0"), 1 << 26)


@pytest.mark.parametrize("what", ["palette", "text", "orientation", "rest", "size", "head", "nothing", "end"])
def test_everything_else_goes_the_long_way(what: str) -> None:
    text = PngInfo()
    text.add_text("Title", "three")
    turned = Image.Exif()
    turned[0x0112] = 6
    plain = png("L")
    contents = {
        "palette": png("P"),
        "text": png("L", pnginfo=text),
        "orientation": png("L", exif=turned),
        "rest": plain + b"\0",
        "size": png("L", (300, 300)),
        "head": plain[:19] + b"\x1d" + plain[20:],
        "nothing": b"",
        "end": plain[:-12],
    }
    assert not decode._is_plain_png(contents[what], 40_000)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    assert not decode._is_plain_png(bomb, decode.MAX_PIXELS)
    with pytest.raises(ImageError, match="too large"):
        decode_image(bomb)
