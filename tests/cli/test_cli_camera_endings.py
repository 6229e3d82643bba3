"""``mnist-edge camera`` on pipes and in the network, and all the ways in which it ends."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from network_camera import count_frames

Make = Callable[..., Any]


@pytest.fixture
def jpegs(digit_frames: Make) -> list[bytes]:
    return [bytes(cv2.imencode(".jpg", frame)[1]) for frame in digit_frames("27", 5, 0)]


def test_pictures_on_stdin_are_read(program: list[str], jpegs: list[bytes]) -> None:
    command = [*program, "camera", "-", "--headless"]
    done = subprocess.run(command, input=b"".join(jpegs), capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout.decode().endswith(" s: 27\n")
    assert done.stderr.decode().startswith("5 frames in ")


def test_an_empty_stdin_is_one_line(program: list[str]) -> None:
    done = subprocess.run(
        [*program, "camera", "-", "--headless"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("mnist-edge: Standard input holds no pictures.")
    assert len(done.stderr.splitlines()) == 1


def test_what_waits_on_stdin_can_be_interrupted(program: list[str]) -> None:
    with subprocess.Popen(
        [*program, "camera", "-", "--headless", "-v"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("model: ")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == "\nmnist-edge: interrupted.\n"  # click ends the line that holds ^C


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interruption_closes_the_recording_and_sums_up(
    program: list[str], mjpeg_camera: Make, jpegs: list[bytes], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    camera, target = mjpeg_camera(jpegs), tmp_path / "out.mp4"
    command = [*program, "camera", camera.url, "--headless", "--json", "--record", target]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(10):
            assert json.loads(process.stdout.readline())["digits"] is not None
        process.send_signal(number)
        rest, words = process.communicate(timeout=60)
    assert process.returncode == code
    assert all(json.loads(line) for line in rest.splitlines())
    lines = words.splitlines()
    assert lines[0].startswith(f"{target}: ")
    assert " dropped; age " in lines[1]
    assert lines[2:] == (["", "mnist-edge: interrupted."] if code == 130 else [])
    assert count_frames(target) >= 10
    assert list(tmp_path.iterdir()) == [target]


def test_a_reader_of_stdout_that_goes_away_ends_it(program: list[str], mjpeg_camera: Make, jpegs: list[bytes]) -> None:
    camera = mjpeg_camera(jpegs)
    with subprocess.Popen(
        [*program, "camera", camera.url, "--headless", "--json", "-q"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 1
        assert process.stderr.read() == b""


def test_unplugging_leaves_a_recording_that_plays(
    run_cli: Make, mjpeg_camera: Make, jpegs: list[bytes], tmp_path: Path
) -> None:
    camera, target = mjpeg_camera(jpegs), tmp_path / "out.avi"
    threading.Timer(1.0, camera.unplug).start()
    result = run_cli("camera", camera.url, "--headless", "--record", target, "--timeout", "2")
    assert result.code == 1
    lines = result.err.splitlines()
    assert lines[-1] == f"mnist-edge: {camera.url} was cut off."
    assert lines[0].startswith(f"{target}: ")
    assert count_frames(target) >= 5


def test_a_silent_camera_is_one_line(run_cli: Make, mjpeg_camera: Make, jpegs: list[bytes]) -> None:
    camera = mjpeg_camera(jpegs)
    threading.Timer(0.7, lambda: setattr(camera, "is_silent", True)).start()
    result = run_cli("camera", camera.url, "--headless", "--timeout", "0.8", "-q")
    assert result.code == 1
    assert result.err == f"mnist-edge: {camera.url} is silent: no frame for 0.8 s.\n"


def test_a_camera_that_comes_back_goes_into_the_same_recording(
    run_cli: Make, mjpeg_camera: Make, jpegs: list[bytes], tmp_path: Path
) -> None:
    camera, target = mjpeg_camera(jpegs), tmp_path / "out.mp4"
    threading.Timer(1.0, camera.unplug).start()
    threading.Timer(1.8, camera.plug_in).start()
    result = run_cli("camera", camera.url, "--headless", "--record", target, "--reconnect", "--duration", "5", "--json")
    assert result.code == 0
    lines = result.err.splitlines()
    assert lines[0] == f"mnist-edge: {camera.url} was cut off; trying again."
    assert lines[1].startswith(f"mnist-edge: {camera.url} is back after ")
    assert lines[2].startswith(f"{target}: ")
    assert len(lines) == 4
    frames = [json.loads(line) for line in result.out.splitlines()]
    assert all(later["index"] == earlier["index"] + later["dropped"] + 1 for earlier, later in itertools.pairwise(frames))
    assert frames[-1]["time_s"] > 3
    assert frames[-1]["text"] == "27"
    assert count_frames(target) > 20
