"""Cameras at this machine and in the network: what they give, and how they refuse."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.errors import CameraError, SourceError
from mnist_edge.runtime.camera import device
from mnist_edge.runtime.camera.device import DeviceSource, explain_failure
from mnist_edge.runtime.camera.opening import find_source, open_source
from mnist_edge.runtime.camera.url import UrlSource, check_url, explain_refusal, public_name


class FakeCapture:
    """Stands for ``cv2.VideoCapture``: gives frames, then nothing."""

    def __init__(self, count: int = 3, is_opened: bool = True, **properties: float) -> None:
        self.left, self.opened, self.properties = count, is_opened, properties
        self.is_released = False

    def isOpened(self) -> bool:  # noqa: N802
        return self.opened

    def read(self) -> tuple[bool, np.ndarray | None]:
        self.left -= 1
        return (True, np.full((4, 6), 7, np.uint8)) if self.left >= 0 else (False, None)

    def get(self, number: int, /) -> float:
        return {cv2.CAP_PROP_FPS: self.properties.get("fps", 0.0)}.get(number, self.properties.get("other", 0.0))

    def set(self, number: int, value: float, /) -> bool:
        return True

    def release(self) -> None:
        self.is_released = True


def test_a_gray_camera_gives_bgr() -> None:
    source = DeviceSource(0, open_capture=lambda index: FakeCapture(fps=15.0))
    frame = source.read()
    assert frame is not None
    assert (frame.image.shape, frame.image.dtype, frame.time_s, source.fps) == ((4, 6, 3), np.uint8, None, 15.0)


def test_a_camera_that_is_unplugged_says_so_and_is_closed() -> None:
    capture = FakeCapture(2)
    source = DeviceSource(3, open_capture=lambda index: capture)
    source.read()
    source.read()
    with pytest.raises(CameraError, match=r"camera 3.* gives no more pictures: unplugged"):
        source.read()
    source.close()
    assert capture.is_released


def test_a_missing_camera_names_the_ones_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("video0", "video2", "video10", "videodev"):
        (tmp_path / name).touch()
    assert "Cameras here: 0, 2, 10." in str(explain_failure(7, devices=tmp_path, is_linux=True))
    assert "There is no camera at this machine" in str(explain_failure(7, devices=tmp_path / "none", is_linux=True))
    capture = FakeCapture(is_opened=False)
    monkeypatch.setattr(device, "DEVICES", tmp_path / "none")
    with pytest.raises(CameraError, match="camera 7"):
        DeviceSource(7, open_capture=lambda index: capture)
    assert capture.is_released


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("EACCES", "Permission denied for camera 0.*usermod -aG video"),
        ("EBUSY", "camera 0.* is busy"),
        ("ENODEV", "Cannot open camera 0.*Plug it in again"),
        ("", "camera 0.* is busy, or gives no pictures.*Close the other program"),
    ],
)
def test_a_camera_that_cannot_be_opened_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str, words: str
) -> None:
    (tmp_path / "video0").touch()
    real = os.open

    def refuse(path: Any, flags: int, *more: Any) -> int:
        if number and str(path).endswith("video0"):
            raise OSError(getattr(errno, number), "refused")
        return real(path, flags, *more)

    monkeypatch.setattr(os, "open", refuse)
    error = explain_failure(0, devices=tmp_path, is_linux=True)
    assert len(str(error).splitlines()) == 1
    with pytest.raises(CameraError, match=words):
        raise error


def test_elsewhere_than_on_linux_a_camera_is_no_file() -> None:
    assert "/dev" not in str(explain_failure(0, is_linux=False)).replace("(/dev/video0)", "")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:secret@10.0.0.5:554/live?token=secret", "rtsp://10.0.0.5:554/live?..."),
        ("http://user:p@ss@host/secretless", "http://host/secretless"),
        ("https://host", "https://host"),
    ],
)
def test_an_address_is_shown_without_what_opens_the_door(url: str, shown: str) -> None:
    assert public_name(url) == shown
    for error in (explain_refusal(url, is_slow=True), SourceError(find_source(url).name)):
        assert "secret@" not in str(error)
        assert "=secret" not in str(error)
        assert "p@ss" not in str(error)


@pytest.mark.parametrize("password", ["p@ss/secret", "se/secret", "12#secret", "12?secret"])
def test_a_password_that_ends_the_host_too_early_is_not_shown(password: str) -> None:
    assert public_name(f"rtsp://me:{password}@host/live") == "rtsp://..."


def test_a_password_that_breaks_the_address_is_told_how_to_write_it() -> None:
    with pytest.raises(SourceError, match=r"^rtsp://\.\.\. is no address of a stream.*Write / as %2F"):
        check_url("rtsp://me:se/secret@host/live")


@pytest.mark.parametrize("url", ["ftp://host/a", "http://", "rtsp://host:port/", "http://host:0/", "file:///etc/passwd"])
def test_what_is_no_stream_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="is no address of a stream"):
        check_url(url)


def test_an_address_where_nobody_listens_is_one_clear_line() -> None:
    with pytest.raises(CameraError, match=r"^http://127.0.0.1:9/x cannot be reached: connection refused\. Check"):
        open_source("http://user:secret@127.0.0.1:9/x", timeout_s=2)


def test_a_network_video_with_a_known_length_is_read_like_a_file() -> None:
    class Finite(FakeCapture):
        def get(self, number: int, /) -> float:
            return 3.0 if number == cv2.CAP_PROP_FRAME_COUNT else 10.0

    source = UrlSource("http://host/a.mp4", open_capture=lambda url, limit: Finite(3))
    assert [frame.time_s for frame in iter(source.read, None) if frame is not None] == [0.0, 0.1, 0.2]
    assert not source.is_live
    short = UrlSource("http://host/a.mp4", open_capture=lambda url, limit: Finite(1))
    short.read()
    with pytest.raises(CameraError, match="was cut off"):
        short.read()
