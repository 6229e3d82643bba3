"""``mnist-edge camera`` without a window."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from network_camera import count_frames

from mnist_edge.cli.camera_session import unused_path
from mnist_edge.cli.native_stderr import quiet_native_stderr
from mnist_edge.runtime.camera.recording import Recorder
from mnist_edge.runtime.camera.video import VideoSource

Make = Callable[..., Any]


@pytest.fixture
def film(tmp_path: Path, write_video: Make, digit_frames: Make) -> Path:
    path: Path = write_video(tmp_path / "film.mp4", digit_frames("314", 20), 10.0)
    return path


def test_headless_prints_the_digits_when_they_change(run_cli: Make, film: Path) -> None:
    result = run_cli("camera", film, "--headless")
    assert (result.code, result.out) == (0, "0.10 s: 314\n")
    assert result.err.startswith("20 frames in 1.9 s: 20 read, 0 dropped; age ")


def test_lines_are_parted_and_no_digits_are_a_change(run_cli: Make, tmp_path: Path, digit_frames: Make) -> None:
    two_lines = np.vstack([digit_frames("12", 1)[0], digit_frames("34", 1)[0]])
    for place, picture in enumerate((two_lines, two_lines, np.full_like(two_lines, 205), digit_frames("5", 1)[0])):
        cv2.imwrite(str(tmp_path / f"{place}.png"), picture)
    result = run_cli("camera", tmp_path, "--headless", "--quiet")
    assert result.out == "0.00 s: 12 / 34\n0.08 s: no digits\n0.12 s: 5\n"
    assert result.err == ""


def test_json_is_a_line_for_every_frame_read(run_cli: Make, film: Path) -> None:
    result = run_cli("camera", film, "--headless", "--json", "--every", "4", "--no-steady", "--roi", "0,0,25%,100%")
    frames = [json.loads(line) for line in result.out.splitlines()]
    assert [frame["index"] for frame in frames] == [0, 4, 8, 12, 16]
    assert {frame["text"] for frame in frames} == {"3"}
    assert set(frames[0]) == {"index", "time_s", "age_ms", "dropped", "status", "text", "digits"}


def test_a_recording_has_every_frame_and_the_rate_of_the_source(run_cli: Make, film: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "seen.mp4"
    result = run_cli("camera", film, "--headless", "--record", target)
    assert result.code == 0
    assert f"{target}: 20 frames, 2.0 s at 10 fps." in result.err
    assert count_frames(target) == 20
    first, last = VideoSource(film).read(), None
    source = VideoSource(target)
    while (frame := source.read()) is not None:
        last = frame
    assert first is not None
    assert last is not None
    assert np.abs(first.image.astype(int) - last.image).max() > 100  # frames and labels are drawn


def test_every_frame_read_is_saved_as_it_came(run_cli: Make, film: Path, tmp_path: Path) -> None:
    result = run_cli("camera", film, "--headless", "--save-frames", tmp_path / "frames", "--every", "5")
    assert result.code == 0
    saved = sorted((tmp_path / "frames").iterdir())
    assert [path.name for path in saved] == [f"frame-{index:08d}.png" for index in (0, 5, 10, 15)]
    source = VideoSource(film)
    original = source.read()
    assert original is not None
    assert (cv2.imread(str(saved[0])) == original.image).all()
    refused = run_cli("camera", tmp_path / "frames", "--headless", "--save-frames", tmp_path / "frames")
    assert (refused.code, "holds frames already" in refused.err) == (1, True)
    again = run_cli("camera", tmp_path / "frames", "--headless", "-q")
    assert again.out == "0.00 s: 314\n"


def test_what_is_read_is_not_overwritten(run_cli: Make, film: Path, one_line: Make) -> None:
    before = film.read_bytes()
    assert "would be overwritten" in one_line(run_cli("camera", film, "--headless", "--record", film))
    assert film.read_bytes() == before


def test_unreadable_pictures_make_the_exit_code_1(run_cli: Make, tmp_path: Path, digit_frames: Make) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), digit_frames("5", 1)[0])
    (tmp_path / "2.png").write_bytes(b"broken")
    result = run_cli("camera", tmp_path, "--headless", "-q")
    assert (result.code, result.out) == (1, "0.00 s: 5\n")
    assert result.err.startswith(f"mnist-edge: {tmp_path / '2.png'}: ")
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["97"], "There is no camera 97"),
        (["missing.mp4"], "There is no file, folder or camera missing.mp4"),
        (["http://user:secret@127.0.0.1:9/x"], "http://127.0.0.1:9/x cannot be reached"),
        (["ftp://host/x"], "is no address of a stream"),
        (["0", "--record", "out.txt"], "out.txt has no suffix of a video"),
        (["0", "--roi", "1,2"], "The region to read is not understood"),
        (["0", "--model", "missing.onnx"], "missing.onnx"),
    ],
)
def test_what_cannot_work_is_one_line(run_cli: Make, one_line: Make, arguments: list[str], words: str) -> None:
    message = one_line(run_cli("camera", "--headless", *arguments))
    assert words in message
    assert "secret" not in message


def test_a_second_source_is_refused_without_naming_it(run_cli: Make) -> None:
    result = run_cli("camera", "0", "rtsp://me:secret@host/x", "--headless")
    assert result.code == 2
    assert "One SOURCE is read at a time" in result.err
    assert "secret" not in result.err


def test_a_recording_that_cannot_be_begun_is_said_once(run_cli: Make, film: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "out.mp4"
    result = run_cli("camera", film, "--headless", "--record", target)
    assert result.code == 1
    assert result.err.count(str(target)) == 1
    assert result.err.splitlines()[-1].startswith(f"mnist-edge: Cannot write {target}: a part of the path is a file")


def test_a_second_interruption_does_not_destroy_the_recording(
    run_cli: Make, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, before = Recorder.close, signal.getsignal(signal.SIGINT)

    def interrupted(recorder: Recorder) -> None:
        signal.raise_signal(signal.SIGINT)
        close(recorder)

    monkeypatch.setattr(Recorder, "close", interrupted)
    target = tmp_path / "out.mp4"
    assert run_cli("camera", film, "--headless", "--record", target).code == 0
    assert count_frames(target) == 20
    assert signal.getsignal(signal.SIGINT) is before


def test_a_source_that_is_none_is_told_before_a_window_is_opened(
    run_cli: Make, one_line: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert "There is no file, folder or camera missing.mp4" in one_line(run_cli("camera", "missing.mp4"))


def test_a_region_beside_the_frame_is_one_line(run_cli: Make, film: Path, one_line: Make) -> None:
    assert "outside the frame" in one_line(run_cli("camera", film, "--headless", "--roi", "1000,0,5,5"))


@pytest.mark.parametrize(
    "arguments", [["--every", "0"], ["--max-fps", "0"], ["--duration", "nan"], ["--scene", "auto"], ["--reject", "2"]]
)
def test_wrong_values_are_wrong_usage(run_cli: Make, arguments: list[str]) -> None:
    assert run_cli("camera", "0", "--headless", *arguments).code == 2


def test_names_for_pictures_are_never_used_twice(tmp_path: Path) -> None:
    for name in ("a.png", "a-2.png", "a-3.png"):
        path = unused_path(tmp_path, "a")
        assert path == tmp_path / name
        path.touch()


def test_native_words_are_discarded_and_ours_are_not() -> None:
    script = (
        "import os, sys, click; from mnist_edge.cli.native_stderr import quiet_native_stderr\n"
        "with quiet_native_stderr(bool(int(sys.argv[1]))):\n"
        "    os.write(2, b'native\\n'); click.echo('ours', err=True); print('print', file=sys.stderr)\n"
        "os.write(2, b'after\\n'); click.echo('end', err=True)"
    )
    for active, words in (("1", "ours\nprint\nafter\nend\n"), ("0", "native\nours\nprint\nafter\nend\n")):
        done = subprocess.run([sys.executable, "-c", script, active], capture_output=True, text=True, check=True)
        assert done.stderr == words


def test_a_stderr_that_is_no_file_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (None, io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        with quiet_native_stderr():
            assert sys.stderr is stream
    assert os.fstat(2)
