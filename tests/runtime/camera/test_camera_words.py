"""What is said about a stream: rates, ages, the line below the picture; and whether a window can be opened."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.errors import WindowError
from mnist_edge.runtime.camera import window
from mnist_edge.runtime.camera.frames import Frame, SourceInfo
from mnist_edge.runtime.camera.overlay import MIN_SIDE, draw_status, draw_window, status_text
from mnist_edge.runtime.camera.statistics import Histogram, RateMeter, StreamSummary
from mnist_edge.runtime.camera.window import check_windows, has_windows
from mnist_edge.runtime.scenes.scene import Scene

FRAME = Frame(np.full((120, 160, 3), 200, np.uint8), Scene(), 7, 1.5, 12.3, 2, True, (), SourceInfo("a", True, 30.0))


def test_quantiles_are_right_to_two_percent() -> None:
    ages = np.random.default_rng(0).lognormal(3, 1, 5000)
    histogram = Histogram()
    for age in ages:
        histogram.add(float(age))
    assert histogram.mean_ms == pytest.approx(ages.mean())
    for share in (0.1, 0.5, 0.9, 0.99):
        assert histogram.quantile_ms(share) == pytest.approx(np.quantile(ages, share), rel=0.03)


def test_times_beyond_the_scale_are_counted() -> None:
    histogram = Histogram()
    for age in (0.0, 1e9):
        histogram.add(age)
    assert histogram.quantile_ms(0.5) < 0.02
    assert histogram.quantile_ms(1.0) > 100_000
    assert Histogram().quantile_ms(0.9) == Histogram().mean_ms == 0


def test_the_summary_is_one_line() -> None:
    summary = StreamSummary()
    for index in range(10):
        summary.add(replace(FRAME, is_read=index % 2 == 0, age_ms=10.0))
    text = summary.to_text(unreadable=3)
    assert text.startswith("10 frames in 1.5 s: 5 read, 20 dropped, 3 unreadable; age 10.0 ms on average, p90 10.")
    assert StreamSummary().to_text() == "0 frames in 0.0 s: 0 read, 0 dropped."


def test_the_rate_settles_within_a_few_seconds() -> None:
    meter = RateMeter()
    assert meter.tick(0.0) == 0
    for index in range(1, 100):
        meter.tick(index / 20)
    assert meter.fps == pytest.approx(20, rel=0.01)
    for index in range(1, 40):
        meter.tick(99 / 20 + index / 5)
    assert meter.fps == pytest.approx(5, rel=0.05)


def test_the_line_below_the_picture() -> None:
    assert status_text(FRAME, 29.97, False, False) == "30.0 fps   age 12 ms   2 dropped"
    assert status_text(replace(FRAME, dropped=0), 5, True, True) == "5.0 fps   age 12 ms   REC   PAUSED (space)"


@pytest.mark.parametrize("size", [(120, 160), (40, 1200), (1000, 60)])
def test_the_line_is_legible_on_any_picture(size: tuple[int, int]) -> None:
    picture = draw_status(np.full((*size, 3), 255, np.uint8), "29.9 fps   age 12 ms")
    assert (picture == 63).any()  # the strip
    assert (picture > 63).any()  # the picture above and the letters


def test_a_small_frame_is_enlarged_for_the_window() -> None:
    before = FRAME.image.copy()
    shown = draw_window(FRAME, fps=3.0)
    assert max(shown.shape[:2]) >= MIN_SIDE
    assert (FRAME.image == before).all()


def test_the_build_says_whether_there_are_windows() -> None:
    assert has_windows(cv2.getBuildInformation())
    assert has_windows("  GUI:                           QT5\n    QT: YES")
    assert has_windows("  GUI: \n    GTK+:  YES") is False
    assert not has_windows("\n  GUI:                           NONE\n    GTK+:  NO\n")


def test_an_opencv_without_windows_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "  GUI:     NONE\n")
    with pytest.raises(WindowError, match=r"built without windows. Use --headless, or install opencv-python in place"):
        check_windows()


def test_no_display_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(WindowError, match=r"no display .*Use --headless\.$"):
        check_windows({})


def test_a_display_that_does_not_answer_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")

    def hang(*_: Any, **__: Any) -> None:
        raise subprocess.TimeoutExpired("python", 1)

    monkeypatch.setattr(window.subprocess, "run", hang)
    with pytest.raises(WindowError, match="does not answer"):
        check_windows({"DISPLAY": ":0"})
