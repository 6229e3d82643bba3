from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.errors import CameraError, SourceError
from mnist_edge.runtime.camera.frames import FrameSource
from mnist_edge.runtime.camera.opening import find_source, open_source
from mnist_edge.runtime.camera.pictures import PicturesSource
from mnist_edge.runtime.camera.video import VideoSource

Make = Callable[..., Any]


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


def test_a_folder_without_pictures_of_its_own_offers_what_a_camera_can_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no pictures\. .* or name pictures .* pattern") as caught:
        open_source(tmp_path).read()
    assert "--recursive" not in str(caught.value)


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
