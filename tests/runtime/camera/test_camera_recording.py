from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.errors import OptionError, OutputError
from mnist_edge.runtime.camera import recording
from mnist_edge.runtime.camera.recording import Recorder, fit_size
from mnist_edge.runtime.camera.video import VideoSource


def gray(value: int, width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def played(path: Path) -> tuple[list[int], float]:
    source = VideoSource(path)
    values = []
    while (frame := source.read()) is not None:
        values.append(round(float(frame.image.mean())))
    source.close()
    return values, source.fps


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv", ".mov"])
@pytest.mark.parametrize("size", [(64, 48), (61, 47)])
def test_the_frames_of_a_file_are_written_once_each(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    path = tmp_path / f"out{suffix}"
    recorder = Recorder(path)
    for index in range(12):
        recorder.write(gray(20 * index, *size), time_s=index / 7, fps=12.0, is_live=False)
        assert not path.exists()
    recorder.close()
    values, fps = played(path)
    assert values == pytest.approx([20 * index for index in range(12)], abs=6)
    assert fps == 12
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["10:30.mp4", "a b%03d.avi", "ä 中.mkv"])
def test_any_name_can_be_written_and_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = Recorder(Path(name))
    recorder.write(gray(90), time_s=0.0, fps=10.0, is_live=False)
    recorder.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert played(Path(name))[0] == pytest.approx([90], abs=6)


def test_what_comes_irregularly_plays_as_long_as_it_took(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out.mp4")
    for index, time_s in enumerate([0.0, 0.09, 0.22, 0.3, 0.8, 0.9, 1.0]):
        recorder.write(gray(30 * index), time_s=time_s, fps=10.0, is_live=True)
    recorder.close()
    values, _ = played(tmp_path / "out.mp4")
    assert len(values) in (10, 11)  # frames 0 to 10 of a second, and one late
    assert values[4:8] == pytest.approx([120] * 4, abs=6)


def test_a_camera_that_is_faster_than_it_says_does_not_slow_the_recording_down(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out.mp4")
    for index in range(61):
        recorder.write(gray(100), time_s=index / 60, fps=20.0, is_live=True)
    recorder.close()
    assert len(played(tmp_path / "out.mp4")[0]) == pytest.approx(21, abs=1)


def test_a_jittering_camera_loses_and_repeats_no_frame(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    recorder = Recorder(tmp_path / "out.mp4")
    for index in range(60):
        recorder.write(gray(100), time_s=max(0.0, index / 30 + rng.uniform(-0.8, 0.8) / 30), fps=30.0, is_live=True)
        assert recorder.frames == index + 1
    recorder.close()


def test_the_time_in_which_a_camera_was_lost_is_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out.mp4")
    for time_s in (0.0, 0.1, 3600.0, 3600.1, 3600.2):
        recorder.write(gray(50), time_s=time_s, fps=10.0, is_live=True)
    recorder.close()
    assert recorder.frames == 5


def test_without_a_frame_there_is_no_file_and_an_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"old")
    Recorder(path).close()
    assert path.read_bytes() == b"old"


def test_a_frame_of_another_size_is_fitted_in(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out.avi")
    for frame in (gray(200, 64, 48), gray(200, 24, 36)):
        recorder.write(frame, time_s=0, fps=0, is_live=False)
    recorder.close()
    values, fps = played(tmp_path / "out.avi")
    assert values == pytest.approx([200, 100], abs=6)
    assert fps == recording.DEFAULT_FPS


def test_fitting_keeps_the_shape_and_centres() -> None:
    fitted = fit_size(gray(255, 10, 20), 40, 40)
    assert (fitted[:, :10].max(), fitted[:, 10:30].min(), fitted[:, 30:].max()) == (0, 255, 0)


@pytest.mark.parametrize("name", ["out.gif", "out", "out.webm"])
def test_an_unknown_suffix_is_refused_at_once(name: str) -> None:
    with pytest.raises(OptionError, match=r"has no suffix of a video. Expected: .mp4, "):
        Recorder(Path(name))


def test_a_folder_that_cannot_be_written_to_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder = Recorder(tmp_path / "file" / "out.mp4")
    with pytest.raises(OutputError, match=r"Cannot write .*a part of the path is a file"):
        recorder.write(gray(1), time_s=0, fps=10, is_live=False)
    recorder.close()


def test_a_writer_that_does_not_open_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def __init__(self, *_: Any) -> None:
            pass

        def isOpened(self) -> bool:  # noqa: N802
            return False

    monkeypatch.setattr(cv2, "VideoWriter", Closed)
    recorder = Recorder(tmp_path / "out.mp4")
    with pytest.raises(OutputError, match=r"the video cannot be begun. Received: 64x48, 10 frames a second"):
        recorder.write(gray(1), time_s=0, fps=10, is_live=False)
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_is_damaged_does_not_get_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "is_playable", lambda path: False)  # as on a full disk
    recorder = Recorder(tmp_path / "out.mp4")
    recorder.write(gray(1), time_s=0, fps=10, is_live=False)
    with pytest.raises(OutputError, match="the recording is incomplete"):
        recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_video_is_not_playable(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nothing" * 100)
    assert not recording.is_playable(tmp_path / "a.mp4")
