"""What is said about a stream when it has ended, gathered in constant memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from mnist_edge.runtime.camera.frames import Frame

_LEAST_MS: Final = 0.01
_STEP: Final = 1.02  # each class of the histogram is 2 % wider: the error of a quantile
_CLASSES: Final = 900  # to 550 s


class Histogram:
    """Counts of times in classes that grow geometrically."""

    def __init__(self) -> None:
        self._counts = np.zeros(_CLASSES, np.int64)
        self._sum = 0.0
        self.count = 0

    def add(self, value_ms: float) -> None:
        """Counts one time, in milliseconds."""
        place = math.log(max(value_ms, _LEAST_MS) / _LEAST_MS) / math.log(_STEP)
        self._counts[min(int(place), _CLASSES - 1)] += 1
        self._sum += value_ms
        self.count += 1

    @property
    def mean_ms(self) -> float:
        """Mean; 0 if there is none."""
        return self._sum / self.count if self.count else 0.0

    def quantile_ms(self, share: float) -> float:
        """The time that so many are not above, to 2 %; 0 if there is none."""
        if not self.count:
            return 0.0
        place = int(np.searchsorted(np.cumsum(self._counts), math.ceil(share * self.count)))
        return _LEAST_MS * _STEP ** (place + 1)


@dataclass
class StreamSummary:
    """Sums over the frames of a stream.

    Attributes:
        frames: Handed over.
        read: Of those, with their scenes read.
        dropped: Never handed over.
        age: Ages when handed over.
        last_s: Time of the last one in the stream.
    """

    frames: int = 0
    read: int = 0
    dropped: int = 0
    age: Histogram = field(default_factory=Histogram)
    last_s: float = 0.0

    def add(self, frame: Frame) -> None:
        """Counts a frame."""
        self.frames += 1
        self.read += frame.is_read
        self.dropped += frame.dropped
        self.age.add(frame.age_ms)
        self.last_s = frame.time_s

    def to_text(self, unreadable: int = 0) -> str:
        """One line."""
        counts = f"{self.frames} frames in {self.last_s:.1f} s: {self.read} read, {self.dropped} dropped"
        failed = f", {unreadable} unreadable" if unreadable else ""
        age = f"; age {self.age.mean_ms:.1f} ms on average, p90 {self.age.quantile_ms(0.9):.1f} ms" if self.frames else ""
        return f"{counts}{failed}{age}."


class RateMeter:
    """Frames a second, over about the last second."""

    def __init__(self) -> None:
        self._last: float | None = None
        self.fps = 0.0

    def tick(self, now: float) -> float:
        """A frame at this time, in seconds; returns the rate, 0 after the first one."""
        if self._last is not None and now > self._last:
            interval = now - self._last
            weight = min(1.0, interval)  # of a second
            rate = 1 / interval
            self.fps = rate if self.fps == 0 else self.fps + max(weight, 0.05) * (rate - self.fps)
        self._last = now
        return self.fps
