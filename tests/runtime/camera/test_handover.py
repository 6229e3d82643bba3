from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import CameraError
from mnist_edge.runtime.camera import handover
from mnist_edge.runtime.camera.frames import Captured, FrameSource
from mnist_edge.runtime.camera.handover import LatestFrame

Make = Callable[..., Any]


class StepSource(FrameSource):
    """Gives a frame each time that the test says so."""

    name, is_live = "steps", True

    def __init__(self, image: Callable[..., np.ndarray]) -> None:
        self.image = image
        self.given = 0
        self.go = threading.Semaphore(0)
        self.stopped = False

    def read(self) -> Captured | None:
        self.go.acquire()
        if self.stopped:
            return None
        self.given += 1
        return Captured(self.image(self.given - 1), time.monotonic())

    def interrupt(self) -> None:
        self.stopped = True
        self.go.release()

    def close(self) -> None:
        pass


def test_a_slow_reader_gets_the_newest_frame_and_is_told_exactly_how_many_it_missed(
    latest_frame: Make, frame_numbered: Make, number: Make, wait_until: Make
) -> None:
    source = StepSource(frame_numbered)
    latest = latest_frame(source)
    count = 0
    for frames, dropped in ((1, 0), (4, 3), (1, 0), (17, 16), (2, 1)):
        source.go.release(frames)
        count += frames
        wait_until(lambda: latest._number == count - 1)  # noqa: B023  # called at once
        taken = latest.get(20)
        assert (number(taken.captured.image), taken.number, taken.dropped) == (count - 1, count - 1, dropped)


def test_no_frame_is_handed_over_twice(latest_frame: Make, frame_numbered: Make) -> None:
    source = StepSource(frame_numbered)
    latest = latest_frame(source)
    source.go.release()
    assert latest.get(20).number == 0
    assert latest.get(0.05) is None
    assert not latest.is_finished


def test_what_is_not_live_loses_nothing_however_slow_the_reader(
    latest_frame: Make, fake_source: Make, number: Make
) -> None:
    latest = latest_frame(fake_source(60, is_live=False))
    numbers = []
    while (taken := latest.get(20)) is not None:
        assert taken.dropped == 0
        numbers.append(number(taken.captured.image))
        if len(numbers) % 10 == 0:
            time.sleep(0.01)
    assert numbers == list(range(60))
    assert latest.is_finished


def test_the_last_frame_comes_before_the_error(latest_frame: Make, fake_source: Make, wait_until: Make) -> None:
    latest = latest_frame(fake_source(3, ending="unplugged"))
    wait_until(lambda: latest._finished)
    assert latest.get(1).number == 2
    with pytest.raises(CameraError, match="the fake camera was unplugged"):
        latest.get(1)
    assert latest.get(0) is None  # told once


def test_what_fails_while_opening_is_raised_where_frames_are_awaited() -> None:
    def fail() -> FrameSource:
        raise CameraError("There is no camera 0")

    latest = LatestFrame(fail)
    with pytest.raises(CameraError, match="There is no camera 0"):
        latest.get(20)
    assert latest.stop()


def test_the_thread_that_reads_also_closes(latest_frame: Make, fake_source: Make) -> None:
    source = fake_source(1000, interval_s=0.001)
    latest = latest_frame(source)
    assert latest.get(20) is not None
    assert latest.stop()
    assert source.closed_by == "mnist-edge-camera"
    assert source.given < 1000


def test_a_backend_that_blocks_does_not_hold_up_the_end(
    latest_frame: Make, fake_source: Make, monkeypatch: pytest.MonkeyPatch, wait_until: Make
) -> None:
    monkeypatch.setattr(handover, "JOIN_S", 0.1)
    source = fake_source(1, ending="silent")
    latest = latest_frame(source)
    assert latest.get(20) is not None
    assert not latest.stop()
    assert not source.closed_by
    source.forever.set()  # the backend wakes: its thread cleans up
    wait_until(lambda: bool(source.closed_by))


def test_stopping_frees_a_thread_whose_frame_nobody_takes(latest_frame: Make, fake_source: Make, wait_until: Make) -> None:
    source = fake_source(10, is_live=False)
    latest = latest_frame(source)
    wait_until(lambda: source.given >= 2)
    assert latest.stop()
    assert source.given == 2  # one lies ready, one is in the thread's hand


def test_the_age_of_what_waits_begins_when_it_is_taken(latest_frame: Make, fake_source: Make, wait_until: Make) -> None:
    source = fake_source(10, is_live=False)
    latest = latest_frame(source)
    wait_until(lambda: source.given >= 2)
    time.sleep(0.02)
    asked = time.monotonic()
    assert latest.get(20).captured.captured_at >= asked


@pytest.mark.parametrize("is_live", [True, False])
def test_ten_minutes_of_frames_take_no_more_memory_than_the_first(
    latest_frame: Make, fake_source: Make, is_live: bool
) -> None:
    latest = latest_frame(fake_source(18_000, is_live=is_live))
    tracemalloc.start()
    try:
        seen = dropped = at_first = 0
        while (taken := latest.get(20)) is not None:
            seen += 1
            dropped += taken.dropped
            if taken.number >= 6_000 and not at_first:  # Python keeps freed tuples, up to a limit that is reached by now
                at_first = tracemalloc.get_traced_memory()[0]
        growth = tracemalloc.get_traced_memory()[0] - at_first
    finally:
        tracemalloc.stop()
    assert seen + dropped == 18_000
    assert is_live or dropped == 0
    assert at_first
    assert growth < 50_000  # 18,000 frames of 192 bytes would be 3.5 MB
