"""Cameras that break off, fall silent or are missing, and come back."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.errors import CameraError
from mnist_edge.runtime.camera import feed
from mnist_edge.runtime.camera.frames import FrameSource
from mnist_edge.runtime.classifier import DigitClassifier

Make = Callable[..., Any]
pytestmark = pytest.mark.timeout(120)  # a loop that does not end is what some of these tests are about


def jpegs(frames: list[np.ndarray]) -> list[bytes]:
    return [bytes(cv2.imencode(".jpg", frame)[1]) for frame in frames]


def test_a_camera_that_is_unplugged_ends_the_loop_with_an_error(classifier: DigitClassifier, fake_source: Make) -> None:
    source = fake_source(5, interval_s=0.005, ending="unplugged")
    count = 0
    with pytest.raises(CameraError, match="the fake camera was unplugged"):
        for _ in classifier.stream(source):
            count += 1
    assert 1 <= count <= 5
    assert source.closed_by


def test_a_silent_camera_is_told_in_time(
    classifier: DigitClassifier, fake_source: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_edge.runtime.camera.handover.JOIN_S", 0.05)
    begin = time.monotonic()
    with pytest.raises(CameraError, match=r"the fake camera is silent: no frame for 0.3 s\."):
        for _ in classifier.stream(fake_source(2, ending="silent"), timeout=0.3):
            pass
    assert 0.3 <= time.monotonic() - begin < 10


def test_a_camera_that_does_not_even_open_is_told(classifier: DigitClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "OPENING_S", 0.2)
    monkeypatch.setattr("mnist_edge.runtime.camera.handover.JOIN_S", 0.05)
    hold = threading.Event()

    def block() -> FrameSource:
        hold.wait(30)
        raise CameraError("never seen")

    with pytest.raises(CameraError, match=r"the source is silent: no frame for 0.3 s"):
        next(classifier.stream(block, timeout=0.1))
    hold.set()


class ReturningCamera:
    """Opens sources one after the other; ``None`` is a camera that is not there."""

    def __init__(self, sources: list[FrameSource | None]) -> None:
        self.sources = sources

    def __call__(self) -> FrameSource:
        source = self.sources.pop(0) if self.sources else None
        if source is None:
            raise CameraError("it is not there")
        return source


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No pauses; gives how long they would have been."""
    pauses: list[float] = []
    monkeypatch.setattr(feed.Feed, "wait", lambda self, seconds: pauses.append(seconds) if seconds else None)
    return pauses


def test_a_camera_that_comes_back_goes_on_with_one_line_for_each(
    classifier: DigitClassifier, fake_source: Make, short_pauses: list[float]
) -> None:
    camera = ReturningCamera(
        [fake_source(3, interval_s=0.03, ending="unplugged"), *[None] * 7, fake_source(3, interval_s=0.03)]
    )
    lines: list[str] = []
    frames = list(classifier.stream(camera, reconnect=True, notify=lines.append))
    assert lines[0] == "the fake camera was unplugged; trying again."
    assert lines[1].startswith("the source is back after ")
    assert len(lines) == 2
    assert short_pauses == [0.5, 1, 2, 4, 8, 10, 10, 10]
    assert all(later.index == earlier.index + later.dropped + 1 for earlier, later in itertools.pairwise(frames))
    assert len(frames) + sum(frame.dropped for frame in frames) == 6
    assert all(later.time_s > earlier.time_s for earlier, later in itertools.pairwise(frames))


def test_a_missing_camera_is_waited_for_no_longer_than_the_duration(classifier: DigitClassifier, fake_source: Make) -> None:
    lines: list[str] = []
    assert list(classifier.stream(ReturningCamera([]), reconnect=True, duration=0.2, notify=lines.append)) == []
    assert lines == ["it is not there; trying again."]


def test_a_file_is_not_opened_again(classifier: DigitClassifier, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film")
    with pytest.raises(CameraError, match="is no video"):
        list(classifier.stream(tmp_path / "film.mp4", reconnect=True))


def test_a_network_camera_is_read(classifier: DigitClassifier, mjpeg_camera: Make, digit_frames: Make) -> None:
    camera = mjpeg_camera(jpegs(digit_frames("27", 5, 0)))
    frames = list(itertools.islice(classifier.stream(camera.url), 5))
    assert frames[-1].text == "27"
    assert frames[0].source.is_live
    assert frames[0].source.name == camera.url


@pytest.mark.parametrize("how", ["cut_off", "silent", "unplug"])
def test_a_network_camera_that_fails_is_one_error(
    classifier: DigitClassifier, mjpeg_camera: Make, digit_frames: Make, how: str
) -> None:
    camera = mjpeg_camera(jpegs(digit_frames("27", 5, 0)))
    count = 0
    with pytest.raises(CameraError, match=r"is silent: no frame for 0.7 s" if how == "silent" else "was cut off"):
        for _ in classifier.stream(camera.url, timeout=0.7):
            count += 1
            if count == 3 and how == "silent":
                camera.is_silent = True
            elif count == 3:
                getattr(camera, how)()
    assert count >= 3


@pytest.mark.parametrize("how", ["cut_off", "silent", "unplug"])
def test_a_network_camera_that_comes_back_is_read_on(
    classifier: DigitClassifier, mjpeg_camera: Make, digit_frames: Make, how: str
) -> None:
    camera = mjpeg_camera(jpegs(digit_frames("27", 5, 0)))
    lines: list[str] = []

    def heard(line: str) -> None:
        lines.append(line)
        camera.is_silent = False
        if how == "unplug" and len(lines) == 1:
            camera.plug_in()

    texts = []
    with contextlib.closing(classifier.stream(camera.url, timeout=0.7, reconnect=True, notify=heard)) as frames:
        for count, frame in enumerate(frames, 1):
            texts.append(frame.text)
            if count == 3 and how == "silent":
                camera.is_silent = True
            elif count == 3:
                getattr(camera, how)()
            if len(lines) == 2 and frame.text:
                break
            assert count < 2000
    assert texts[-1] == "27"
    assert lines[0].startswith(camera.url)
    assert lines[0].endswith("; trying again.")
    assert "is back after" in lines[1]


def test_a_network_camera_that_sends_no_pictures_is_silent(classifier: DigitClassifier, mjpeg_camera: Make) -> None:
    camera = mjpeg_camera([b"this is no JPEG picture"])
    with pytest.raises(CameraError, match=r"silent|not with a video|in time|cut off"):
        next(classifier.stream(camera.url, timeout=0.7))
