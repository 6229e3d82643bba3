from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.errors import CameraError, SourceError
from mnist_edge.runtime.camera import device
from mnist_edge.runtime.camera.device import DeviceSource, explain_failure
from mnist_edge.runtime.camera.frames import FrameSource
from mnist_edge.runtime.camera.opening import find_source, open_source
from mnist_edge.runtime.camera.pictures import PicturesSource
from mnist_edge.runtime.camera.url import UrlSource, check_url, explain_refusal, public_name
from mnist_edge.runtime.camera.video import VideoSource

Make = Callable[..., Any]


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


def all_frames(source: FrameSource) -> list[Any]:
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def counted(index: int) -> np.ndarray:
    """A frame that survives compression: 10 fields, of which ``index`` many are white."""
    frame = np.zeros((48, 160, 3), np.uint8)
    frame[:, : 16 * (index % 11)] = 255
    return frame


@pytest.mark.parametrize(("suffix", "fps"), [(".mp4", 12.5), (".avi", 30.0)])
def test_every_frame_of_a_video_is_accounted_for(tmp_path: Path, write_video: Make, suffix: str, fps: float) -> None:
    path = write_video(tmp_path / f"film{suffix}", [counted(index) for index in range(47)], fps)
    source = VideoSource(path)
    frames = all_frames(source)
    assert [round((frame.image[24, :, 0] > 127).sum() / 16) for frame in frames] == [index % 11 for index in range(47)]
    assert [frame.time_s for frame in frames] == pytest.approx([index / fps for index in range(47)], abs=1e-3)
    assert (source.fps, source.is_live) == (fps, False)


def test_a_video_whose_name_looks_like_an_address_is_a_file(tmp_path: Path, write_video: Make, monkeypatch: Any) -> None:
    write_video(tmp_path / "film.mp4", [counted(1)] * 3).rename(tmp_path / "a:b %03d.mp4")
    monkeypatch.chdir(tmp_path)
    assert len(all_frames(open_source("a:b %03d.mp4"))) == 3


@pytest.mark.parametrize("content", [b"no video at all" * 99, b"hello\nworld\n" * 40], ids=["junk.mp4", "text.txt"])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes, request: pytest.FixtureRequest) -> None:
    path = tmp_path / request.node.callspec.id
    path.write_bytes(content)
    with pytest.raises(CameraError, match="is no video that can be read"):
        VideoSource(path)


@pytest.mark.parametrize("source", ["junk.mp4", "97", "http://127.0.0.1:9/x", "rtsp://127.0.0.1:9/x"])
def test_decoders_and_drivers_say_nothing_themselves(tmp_path: Path, source: str) -> None:
    (tmp_path / "junk.mp4").write_bytes(b"no video at all" * 99)
    script = (
        "import sys; from mnist_edge.errors import CameraError; from mnist_edge.runtime.camera import open_source\n"
        "try: open_source(sys.argv[1], timeout_s=2)\n"
        "except CameraError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", script, source], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("refused\n", "")


def test_an_empty_file_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(CameraError, match="is empty"):
        open_source(tmp_path / "empty.mp4")
    with pytest.raises(SourceError, match="There is no file, folder or camera"):
        open_source(tmp_path / "missing.mp4")


def test_a_video_that_was_cut_off_gives_its_frames_and_then_an_error(tmp_path: Path, write_video: Make) -> None:
    rng = np.random.default_rng(1)
    path = write_video(tmp_path / "film.avi", [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(40)])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    source = VideoSource(path)
    frames = []
    with pytest.raises(CameraError, match=r"breaks off after 1\d of 40 frames|breaks off after 20 of 40 frames"):
        while (frame := source.read()) is not None:
            frames.append(frame)
    assert 10 <= len(frames) <= 20
    source.close()


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
    import errno

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


def test_pictures_come_in_natural_order_and_bad_ones_are_reported(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((5, 7), number, np.uint8))
    (tmp_path / "3.png").write_bytes(b"broken")
    reports: list[str] = []
    source = PicturesSource(str(tmp_path), report=reports.append)
    frames = all_frames(source)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 2, 10]
    assert [frame.time_s for frame in frames] == [0, 1 / 25, 2 / 25]
    assert source.unreadable == len(reports) == 1
    assert "3.png" in reports[0]


def test_pictures_of_any_depth_become_8_bit_bgr(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.full((5, 7), 40_000, np.uint16))
    cv2.imwrite(str(tmp_path / "2.png"), np.full((5, 7, 4), 255, np.uint8))
    assert {(frame.image.shape, str(frame.image.dtype)) for frame in all_frames(open_source(tmp_path))} == {
        ((5, 7, 3), "uint8")
    }


def test_a_folder_without_a_readable_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no pictures"):
        open_source(tmp_path).read()
    (tmp_path / "1.png").write_bytes(b"broken")
    with pytest.raises(CameraError, match="None of the 1 pictures"):
        open_source(tmp_path).read()


def test_names_are_told_apart(tmp_path: Path, write_video: Make) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((5, 5), np.uint8))
    film = write_video(tmp_path / "a.mp4", [counted(1)] * 2)
    assert find_source(1) == find_source(1) or find_source(1).name == find_source("1").name
    assert find_source("1").name.startswith("camera 1")
    assert find_source("/dev/video5").name.startswith("camera 5")
    assert find_source(tmp_path).is_still
    assert find_source(tmp_path / "a.png").is_still
    assert find_source(f"{tmp_path}/*.png").is_still
    assert not find_source(film).is_still
    assert not find_source(film).may_return
    assert find_source("rtsp://camera/1").may_return
    assert find_source("-").name == "standard input"
    with pytest.raises(SourceError):
        find_source(-1)


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
    assert [frame.time_s for frame in all_frames(source)] == [0.0, 0.1, 0.2]
    assert not source.is_live
    short = UrlSource("http://host/a.mp4", open_capture=lambda url, limit: Finite(1))
    short.read()
    with pytest.raises(CameraError, match="was cut off"):
        short.read()
