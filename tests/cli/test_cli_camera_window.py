"""``mnist-edge camera`` with a real window, on a display in memory, driven with keys and looked at."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.runtime.camera.video import VideoSource
from mnist_edge.runtime.drawing.style import SURE

Make = Callable[..., Any]
PAPER = 205


@pytest.fixture
def film(tmp_path: Path, write_video: Make, digit_frames: Make) -> Path:
    """A minute of digits that move."""
    path: Path = write_video(tmp_path / "film.avi", digit_frames("314", 600), 10.0)
    return path


@pytest.fixture
def jpegs(digit_frames: Make) -> list[bytes]:
    return [bytes(cv2.imencode(".jpg", frame)[1]) for frame in digit_frames("27", 40)]


@pytest.fixture
def camera(program: list[str], display: Any, tmp_path: Path) -> Iterator[Make]:
    """Starts the command: ``camera(film, "--record", target)``, gives the process and the number of its window."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str | Path) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [*program, "camera", *map(str, arguments)],
            env=display.environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process, display.find_window("^mnist-edge: ", process)

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def coloured(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(picture.astype(int) - colour).max(axis=2) <= 3).sum())


def wait_for_boxes(display: Any, window: str) -> None:
    """Waits until digits are framed on the screen."""
    asked = time.monotonic()

    def shown() -> bool:
        nonlocal asked
        picture = display.screenshot()
        if time.monotonic() - asked > 3 and coloured(picture, (0, 0, 0)) > 0.99 * picture[..., 0].size:
            display.map_again(window)
            asked = time.monotonic()
        return coloured(picture, SURE) > 300

    wait_for(shown, "no boxes on the screen")


def letters(display: Any) -> int:
    """How much is written in the strip below a frame of 640x480."""
    return int((display.screenshot()[456:480, :640].min(axis=2) > 200).sum())


def pause(display: Any, window: str) -> None:
    """Presses space, and waits until the window says so: keys that come at once are one to OpenCV."""
    before = letters(display)
    display.press(window, "space")
    wait_for(lambda: letters(display) > 1.25 * before, "it does not say that it pauses")


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, words = process.communicate(timeout=60)
    return process.returncode, words


def test_the_window_shows_the_frame_its_digits_and_the_state(camera: Make, display: Any, film: Path) -> None:
    process, window = camera(film)
    wait_for_boxes(display, window)
    seen = display.screenshot()
    height, width = (480, 640)  # the frame of 320x240 is enlarged by a whole factor
    assert coloured(seen[:height, :width], (PAPER,) * 3) > 0.4 * width * height
    assert seen[height + 10 :].max() == 0
    strip = seen[height - 25 : height, :width]
    assert abs(np.median(strip) - PAPER // 4) <= 3
    assert (strip.min(axis=2) > 200).sum() > 50  # letters
    display.press(window, "q")
    code, words = ended(process)
    assert code == 0
    assert " frames in " in words


def test_a_film_plays_at_its_own_speed(camera: Make, display: Any, film: Path) -> None:
    begin = time.monotonic()
    process, window = camera(film)
    wait_for_boxes(display, window)
    time.sleep(2)
    display.press(window, "q")
    _, words = ended(process)
    assert 3 <= int(words.split()[0]) <= 10 * (time.monotonic() - begin)  # a busy machine may be slower than the film


def test_space_holds_the_picture_and_lets_it_go(camera: Make, display: Any, film: Path) -> None:
    process, window = camera(film)
    wait_for_boxes(display, window)
    pause(display, window)
    held = display.screenshot()
    time.sleep(0.7)
    assert (display.screenshot() == held).all()
    display.press(window, "space")
    wait_for(lambda: (display.screenshot() != held).any(), "it did not go on")
    display.press(window, "Escape")
    assert ended(process)[0] == 0


def test_s_saves_the_frame_that_is_shown(camera: Make, display: Any, film: Path, tmp_path: Path) -> None:
    process, window = camera(film)
    wait_for_boxes(display, window)
    pause(display, window)
    for count in (1, 2):
        display.press(window, "s")
        wait_for(lambda: len(list(tmp_path.glob("mnist-edge-*.png"))) == count, "nothing saved")  # noqa: B023
    display.press(window, "q")
    code, words = ended(process)
    assert code == 0
    names = [line.removeprefix("saved ") for line in words.splitlines() if line.startswith("saved ")]
    pictures = [cv2.imread(str(tmp_path / name)) for name in names]
    assert len(set(names)) == 2
    assert pictures[0].shape == (240, 320, 3)
    assert (pictures[0] == pictures[1]).all()
    assert coloured(pictures[0], SURE) == 0  # the frame as it came
    source = VideoSource(film)
    assert any((pictures[0] == source.read().image).all() for _ in range(600))  # type: ignore[union-attr]
    source.close()


def test_closing_the_window_ends_cleanly_with_the_recording(camera: Make, display: Any, film: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    process, window = camera(film, "--record", target)
    wait_for_boxes(display, window)
    display.ask_to_close(window)
    code, words = ended(process)
    assert code == 0
    assert f"{target}: " in words
    source = VideoSource(target)
    assert source.read() is not None
    source.close()


def test_a_window_whose_camera_is_silent_still_listens(
    camera: Make, display: Any, mjpeg_camera: Make, jpegs: list[bytes]
) -> None:
    network = mjpeg_camera(jpegs)
    process, window = camera(network.url, "--timeout", "600")
    wait_for_boxes(display, window)
    network.is_silent = True
    time.sleep(0.3)
    display.press(window, "q")
    assert ended(process)[0] == 0


def test_a_camera_that_is_unplugged_closes_its_window(
    camera: Make, display: Any, mjpeg_camera: Make, jpegs: list[bytes], tmp_path: Path
) -> None:
    network, target = mjpeg_camera(jpegs), tmp_path / "out.mp4"
    process, window = camera(network.url, "--record", target)
    wait_for_boxes(display, window)
    network.unplug()
    code, words = ended(process)
    assert code == 1
    assert words.splitlines()[-1] == f"mnist-edge: {network.url} was cut off."
    assert target.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "There is no display to open a window on"), (":5987", "No window can be opened on the display :5987")],
)
def test_without_a_display_there_is_one_line_that_says_what_to_do(
    program: list[str], film: Path, name: str, words: str
) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if key not in hidden} | (
        {"DISPLAY": name} if name else {}
    )
    done = subprocess.run([*program, "camera", film], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"mnist-edge: {words}")
    assert done.stderr.endswith("Use --headless.\n")
    assert len(done.stderr.splitlines()) == 1
