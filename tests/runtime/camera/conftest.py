"""Sources of frames made of numbers: what is in a frame tells which one it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from mnist_edge.errors import CameraError
from mnist_edge.runtime.camera.frames import Captured, FrameSource
from mnist_edge.runtime.camera.handover import LatestFrame
from mnist_edge.runtime.classifier import DigitClassifier


def numbered(index: int, height: int = 8, width: int = 8) -> np.ndarray:
    """uint8 [H, W, 3] that bears its number in the first two pixels' blue."""
    image = np.zeros((height, width, 3), np.uint8)
    image[0, 0, 0], image[0, 1, 0] = index % 256, index // 256
    return image


def number_of(image: np.ndarray) -> int:
    return int(image[0, 0, 0]) + 256 * int(image[0, 1, 0])


class FakeSource(FrameSource):
    """Gives ``count`` numbered frames, one when ``release`` lets it, or one every ``interval_s``.

    ``ending``: ``"end"``, ``"unplugged"`` (raises) or ``"silent"`` (blocks for ever, as some drivers do).
    """

    name = "the fake camera"

    def __init__(
        self, count: int, *, is_live: bool = True, interval_s: float = 0.0, ending: str = "end", fps: float = 30.0
    ) -> None:
        self.count, self.interval_s, self.ending, self.is_live, self.fps = count, interval_s, ending, is_live, fps
        self.given = 0
        self.closed_by = ""
        self.forever = threading.Event()

    def read(self) -> Captured | None:
        if self.given == self.count:
            if self.ending == "unplugged":
                raise CameraError("the fake camera was unplugged")
            if self.ending == "silent":
                self.forever.wait()
            return None
        time.sleep(self.interval_s)
        self.given += 1
        return Captured(numbered(self.given - 1), time.monotonic(), None if self.is_live else (self.given - 1) / self.fps)

    def close(self) -> None:
        self.closed_by = threading.current_thread().name


@pytest.fixture
def fake_source() -> Iterator[Callable[..., FakeSource]]:
    made: list[FakeSource] = []

    def make(*arguments: int, **options: object) -> FakeSource:
        made.append(FakeSource(*arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for source in made:
        source.forever.set()


@pytest.fixture
def latest_frame() -> Iterator[Callable[..., LatestFrame]]:
    """Threads that are stopped at the end of the test."""
    made: list[LatestFrame] = []

    def make(source: FrameSource) -> LatestFrame:
        made.append(LatestFrame(lambda: source))
        return made[-1]

    yield make
    for latest in made:
        if latest._source is not None and hasattr(latest._source, "forever"):
            latest._source.forever.set()
        latest.stop()


@pytest.fixture(scope="session")
def number() -> Callable[[np.ndarray], int]:
    return number_of


@pytest.fixture(scope="session")
def frame_numbered() -> Callable[..., np.ndarray]:
    return numbered


@pytest.fixture(scope="session")
def classifier() -> DigitClassifier:
    return DigitClassifier()


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits for what another thread is about to do; fails after 20 s."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.002)

    return wait
