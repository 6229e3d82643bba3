from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.errors import CameraError
from mnist_edge.runtime.camera import picture_stream
from mnist_edge.runtime.camera.handover import LatestFrame
from mnist_edge.runtime.camera.picture_stream import PictureSplitter
from mnist_edge.runtime.camera.pipe import PipeSource


def encoded(suffix: str, value: int, **_: Any) -> bytes:
    noise = np.random.default_rng(value).integers(0, 256, (40, 50, 3), np.uint8)
    noise[:20] = value
    return bytes(cv2.imencode(suffix, noise)[1])


def with_thumbnail(jpeg: bytes) -> bytes:
    """A JPEG with a whole JPEG, end marker included, inside an APP1 part, as phones write them."""
    thumbnail = b"Exif\0\0" + encoded(".jpg", 9)
    return jpeg[:2] + b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail + jpeg[2:]


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = os.openpty()
    try:
        with os.fdopen(terminal) as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            with pytest.raises(CameraError, match=r"Standard input is a terminal\. Pipe the pictures in"):
                PipeSource()
    finally:
        os.close(controller)


PICTURES = [
    encoded(".jpg", 1),
    encoded(".png", 2),
    with_thumbnail(encoded(".jpg", 3)),
    bytes(cv2.imencode(".jpg", np.full((30, 30, 3), 4, np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1]),
    bytes(cv2.imencode(".jpg", np.full((64, 64, 3), 5, np.uint8), [cv2.IMWRITE_JPEG_RST_INTERVAL, 1])[1]),
    encoded(".png", 6),
]


@pytest.mark.parametrize("size", [1, 7, 1000, 10**9])
@pytest.mark.parametrize(
    "between", [b"", b"\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 17\r\n\r\n", b"\xff\x89PN"]
)
def test_pictures_are_cut_out_of_a_stream_in_pieces_of_any_size(size: int, between: bytes) -> None:
    data = between + between.join(PICTURES) + between
    splitter = PictureSplitter()
    found = [picture for start in range(0, len(data), size) for picture in splitter.feed(data[start : start + size])]
    splitter.finish()
    assert found == PICTURES
    assert splitter.broken == 0


@pytest.mark.parametrize("broken", [PICTURES[0][:-400], PICTURES[1][:200], PICTURES[2][:60]])
def test_a_picture_that_was_cut_off_costs_only_itself_or_what_it_swallowed(broken: bytes) -> None:
    splitter = PictureSplitter()
    found = splitter.feed(broken + b"".join(PICTURES[3:]) + b"".join(PICTURES[3:]))
    splitter.finish()
    assert splitter.broken >= 1
    assert found[-2:] == PICTURES[4:]


def test_the_last_picture_without_an_end_is_counted() -> None:
    splitter = PictureSplitter()
    assert splitter.feed(PICTURES[0] + PICTURES[1][:-5]) == PICTURES[:1]
    splitter.finish()
    assert splitter.broken == 1


def test_a_stream_without_pictures_is_told_soon() -> None:
    with pytest.raises(CameraError, match="holds no pictures"):
        PictureSplitter().feed(bytes(2**20 + 1))
    with pytest.raises(CameraError, match=r"holds no pictures.*Received: nothing"):
        PictureSplitter().finish()


def test_a_picture_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_stream, "MAX_PICTURE_BYTES", 10_000)
    splitter = PictureSplitter()
    splitter.feed(b"\x89PNG\r\n\x1a\n" + (10**6).to_bytes(4, "big") + b"IDAT")
    with pytest.raises(CameraError, match="too large"):
        splitter.feed(bytes(20_000))


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:  # by the test
            continue


def test_every_picture_of_a_pipe_is_read_and_bad_ones_are_reported(pipe: tuple[int, int]) -> None:
    broken = encoded(".png", 7)
    broken = broken[:60] + bytes([broken[60] ^ 255]) + broken[61:]  # fails its checksum

    def write() -> None:
        os.write(pipe[1], b"".join([*PICTURES[:2], broken, *PICTURES[2:]]))
        os.close(pipe[1])

    threading.Thread(target=write).start()
    reports: list[str] = []
    source = PipeSource(pipe[0], report=reports.append)
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    assert len(frames) == len(PICTURES)
    assert source.unreadable == len(reports) == 1
    assert "checksum" in reports[0]


def test_a_pipe_on_which_nothing_comes_can_be_left(pipe: tuple[int, int]) -> None:
    latest = LatestFrame(lambda: PipeSource(pipe[0]))
    assert latest.get(0.05) is None
    assert latest.stop()
