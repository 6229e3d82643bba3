from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.errors import OptionError, SourceError
from mnist_edge.runtime.camera.feed import Fed
from mnist_edge.runtime.camera.frames import Captured, FrameSource, SourceInfo
from mnist_edge.runtime.camera.stream import Pacer, StreamCounts, stream
from mnist_edge.runtime.classifier import DigitClassifier

Make = Callable[..., Any]
pytestmark = pytest.mark.timeout(120)  # a loop that does not end is what some of these tests are about


def camera_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "mnist-edge-camera"]


@pytest.fixture
def film(tmp_path: Path, write_video: Make, digit_frames: Make) -> Path:
    path: Path = write_video(tmp_path / "film.mp4", digit_frames("314", 20), 10.0)
    return path


def test_a_video_is_read_frame_by_frame(classifier: DigitClassifier, film: Path) -> None:
    frames = list(classifier.stream(film))
    assert [frame.index for frame in frames] == list(range(20))
    assert {frame.dropped for frame in frames} == {0}
    assert [frame.time_s for frame in frames] == pytest.approx([index / 10 for index in range(20)])
    assert [frame.text for frame in frames] == [""] + ["314"] * 19  # a digit appears when it was seen twice
    assert len({frame.tracks for frame in frames[1:]}) == 1
    assert frames[0].source.fps == 10
    assert not camera_threads()


def test_single_frames_are_not_held_back(
    classifier: DigitClassifier, film: Path, tmp_path: Path, digit_frames: Make
) -> None:
    assert [frame.text for frame in classifier.stream(film, steady=False)] == ["314"] * 20
    for place, digits in enumerate(("7", "25", "901")):
        cv2.imwrite(str(tmp_path / f"{place}.png"), digit_frames(digits, 1)[0])
    frames = list(classifier.stream(str(tmp_path / "*.png")))
    assert [frame.text for frame in frames] == ["7", "25", "901"]
    assert frames[0].tracks == ()
    assert frames[0].to_dict()["digits"][0]["track"] is None


def test_every_third_frame_is_read_and_the_others_carry_its_digits(classifier: DigitClassifier, film: Path) -> None:
    frames = list(classifier.stream(film, every=3, steady=False))
    assert [frame.is_read for frame in frames] == [index % 3 == 0 for index in range(20)]
    assert all(frames[index].scene is frames[index - index % 3].scene for index in range(20))


def test_only_the_region_is_read_and_boxes_are_those_of_the_frame(classifier: DigitClassifier, film: Path) -> None:
    (whole, part) = (next(iter(classifier.stream(film, steady=False, roi=roi))) for roi in (None, "25%,0,25%,100%"))
    assert part.text == "1"
    assert abs(part.scene[0].box.left - whole.scene[1].box.left) <= 1
    assert (part.scene.width, part.scene.height) == (320, 240)
    assert part.image.shape == (240, 320, 3)


def test_what_is_in_the_region_can_be_taken_as_one_digit(classifier: DigitClassifier, film: Path) -> None:
    frame = next(iter(classifier.stream(film, steady=False, roi=(0, 60, 90, 110), scene="single")))
    assert frame.text == "3"
    assert frame.scene[0].box == (0, 60, 90, 110)


def test_the_duration_of_a_video_is_its_own(classifier: DigitClassifier, film: Path) -> None:
    assert len(list(classifier.stream(film, duration=0.75))) == 8


def test_a_video_can_be_played_at_its_own_speed_or_slower(classifier: DigitClassifier, film: Path) -> None:
    for options in ({"pace": True}, {"max_fps": 10.0}):
        begin = time.monotonic()
        frames = list(stream(classifier, film, duration=0.55, every=99, **options))  # type: ignore[arg-type]
        assert len(frames) == 6
        assert time.monotonic() - begin >= 0.49  # five intervals


def test_a_live_source_is_read_no_faster_than_asked_and_the_rest_counts_as_dropped(
    classifier: DigitClassifier, fake_source: Make
) -> None:
    begin = time.monotonic()
    frames = list(classifier.stream(fake_source(100, interval_s=0.005), max_fps=20.0, every=99))
    assert len(frames) <= 20 * (time.monotonic() - begin) + 2
    assert len(frames) + sum(frame.dropped for frame in frames) == 100


def fed(fps: float, is_live: bool) -> Fed:
    return Fed(Captured(np.zeros((1, 1, 3), np.uint8), 0.0), 0, 0, 0.0, SourceInfo("", is_live, fps), False)


def test_the_next_frame_is_due_one_interval_after_the_last_one_was_due() -> None:
    pacer = Pacer(10.0, pace=False)
    assert pacer.due_in(5.0) == 0
    for now, wait in ((5.0, 0.1), (5.13, 0.07), (9.0, 0.1), (9.1, 0.1)):  # a slow reader does not have to hurry after
        pacer.passed(fed(30, is_live=False), now)
        assert pacer.due_in(now) == pytest.approx(wait)


@pytest.mark.parametrize(
    ("max_fps", "fps", "is_live", "wait"), [(None, 25, False, 0.04), (10.0, 25, False, 0.1), (None, 25, True, 0)]
)
def test_only_what_is_not_live_is_paced(max_fps: float | None, fps: float, is_live: bool, wait: float) -> None:
    pacer = Pacer(max_fps, pace=True)
    pacer.passed(fed(fps, is_live), 1.0)
    assert pacer.due_in(1.0) == pytest.approx(wait)


def test_a_live_source_skips_what_nobody_had_time_for(classifier: DigitClassifier, fake_source: Make, number: Make) -> None:
    source = fake_source(60, interval_s=0.004)
    frames = []
    for frame in classifier.stream(source):
        frames.append(frame)
        time.sleep(0.02)
    assert all(frame.index == number(frame.image) for frame in frames)
    assert all(later.index == earlier.index + later.dropped + 1 for earlier, later in itertools.pairwise(frames))
    assert sum(frame.dropped for frame in frames) + len(frames) == 60
    assert 3 < len(frames) < 30
    assert source.closed_by == "mnist-edge-camera"


def test_a_reader_slower_than_the_camera_gets_frames_that_are_at_most_an_interval_older(
    classifier: DigitClassifier, fake_source: Make
) -> None:
    ages = []
    for frame in classifier.stream(fake_source(100, interval_s=0.01), every=1000):
        ages.append(frame.age_ms)
        time.sleep(0.05)
    # A queue would let the age grow by 40 ms with each frame. What is bounded is the wait of the frame that lies ready.
    assert np.median(ages[1:]) < 20


@pytest.mark.parametrize("leave", ["break", "error", "close"])
def test_leaving_the_loop_in_any_way_closes_the_source(classifier: DigitClassifier, fake_source: Make, leave: str) -> None:
    source = fake_source(10_000, interval_s=0.001)
    frames = classifier.stream(source)
    if leave == "break":
        for _ in frames:
            break
        del frames
    elif leave == "error":
        with pytest.raises(ZeroDivisionError), contextlib.closing(frames):
            for frame in frames:
                frame.index // 0
    else:
        next(frames)
        frames.close()
    assert source.closed_by == "mnist-edge-camera"
    assert not camera_threads()


def test_waiting_leaves_time_for_others(classifier: DigitClassifier, fake_source: Make) -> None:
    calls = []
    list(stream(classifier, fake_source(2, interval_s=0.2), on_wait=lambda: calls.append(0)))
    assert len(calls) >= 5


def test_nonsense_is_refused_at_once(classifier: DigitClassifier) -> None:
    for options in (
        {"every": 0},
        {"max_fps": 0},
        {"duration": -1},
        {"timeout": float("nan")},
        {"scene": "all"},
        {"roi": "1"},
    ):
        with pytest.raises(OptionError):
            classifier.stream(0, **options)  # type: ignore[arg-type]
    with pytest.raises(SourceError):
        classifier.stream("no/such/file.mp4")


def test_a_frame_is_one_line_of_json(classifier: DigitClassifier, film: Path) -> None:
    frame = list(classifier.stream(film, duration=0.15))[1]
    line = frame.to_json()
    assert "\n" not in line
    values = json.loads(line)
    assert {key: values[key] for key in ("index", "time_s", "dropped", "status", "text")} == {
        "index": 1, "time_s": 0.1, "dropped": 0, "status": "ok", "text": "314",
    }  # fmt: skip
    assert values["age_ms"] > 0
    assert [set(digit) for digit in values["digits"]] == [{"digit", "confidence", "box", "line", "track"}] * 3
    assert [digit["track"] for digit in values["digits"]] == [1, 2, 3]


def test_unreadable_pictures_are_passed_over_and_counted(
    classifier: DigitClassifier, tmp_path: Path, digit_frames: Make
) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), digit_frames("5", 1)[0])
    (tmp_path / "2.png").write_bytes(b"broken")
    lines: list[str] = []
    counts = StreamCounts()
    frames = list(stream(classifier, tmp_path, notify=lines.append, counts=counts))
    assert [frame.text for frame in frames] == ["5"]
    assert (counts.unreadable, len(lines)) == (1, 1)


class BlackCamera(FrameSource):
    """As fast as it can, small and black."""

    name, is_live = "black", True

    def __init__(self, count: int) -> None:
        self.left = count

    def read(self) -> Captured | None:
        self.left -= 1
        return Captured(np.zeros((32, 32, 3), np.uint8), time.monotonic()) if self.left >= 0 else None

    def close(self) -> None:
        pass


def test_ten_minutes_of_a_stream_take_no_more_memory_than_the_first(classifier: DigitClassifier) -> None:
    import tracemalloc

    source = BlackCamera(18_000)
    source.is_live = False  # so that all of them are read
    tracemalloc.start()
    try:
        at_first, ages = 0, 0.0
        for frame in classifier.stream(source, steady=True):
            ages = max(ages, frame.age_ms) if frame.index > 17_900 else ages
            if frame.index == 6_000:
                at_first = tracemalloc.get_traced_memory()[0]
        growth = tracemalloc.get_traced_memory()[0] - at_first
    finally:
        tracemalloc.stop()
    assert frame.index == 17_999
    assert growth < 50_000
    assert ages < 1_000
