"""Frames of a source that may be lost and come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mnist_edge.errors import CameraError, MnistEdgeError
from mnist_edge.runtime.camera.frames import Captured, SourceInfo
from mnist_edge.runtime.camera.handover import LatestFrame, Taken
from mnist_edge.runtime.camera.opening import Opener
from mnist_edge.runtime.camera.url import silence

POLL_S: Final = 0.02  # between two calls of on_wait: a window stays alive
OPENING_S: Final = 15.0  # some drivers take long to start a camera
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Fed:
    """A frame with its place in the stream; see :class:`mnist_edge.runtime.camera.frames.Frame`.

    Attributes:
        is_return: Whether it is the first one after the source had been lost.
    """

    captured: Captured
    index: int
    dropped: int
    time_s: float
    info: SourceInfo
    is_return: bool


@dataclass(frozen=True)
class FeedOptions:
    """How to wait.

    Attributes:
        timeout_s: A live source without a frame for so long is lost.
        duration_s: End after so long; ``None`` goes on.
        reconnect: Open a lost source again and again, instead of raising.
        notify: Takes a line when the source is lost and when it is back.
        on_wait: Called about 50 times a second while waiting.
    """

    timeout_s: float = 5.0
    duration_s: float | None = None
    reconnect: bool = False
    notify: Callable[[str], None] = lambda line: None
    on_wait: Callable[[], None] = lambda: None


class Feed:
    """Gives one frame after the other.

    Args:
        opener: The source.
        options: How to wait.
        clock: Monotonic seconds.
    """

    def __init__(self, opener: Opener, options: FeedOptions, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._opener = opener
        self._options = options
        self._clock = clock
        self._started = clock()
        self._first: float | None = None  # when the first frame was captured
        self._by_clock = False
        self._base = 0  # frames of earlier connections
        self._next_index = 0
        self._unreadable = 0
        self._lost = False
        self._latest: LatestFrame | None = None

    @property
    def unreadable(self) -> int:
        """Frames that could not be read and were passed over."""
        return self._unreadable + (self._latest.unreadable if self._latest is not None else 0)

    def next(self) -> Fed | None:
        """The newest frame, or ``None`` at the end.

        Raises:
            CameraError: If the source is lost, and not to be opened again.
            SourceError: If there is no such source.
        """
        try:
            taken = self._take()
        except MnistEdgeError as error:
            if not (self._options.reconnect and isinstance(error, CameraError) and self._may_return()):
                raise
            taken = self._take_again(error)
        return None if taken is None else self._place(taken)

    def close(self) -> None:
        """Closes the source."""
        latest, self._latest = self._latest, None
        if latest is not None:
            latest.stop()
            self._unreadable += latest.unreadable

    def wait(self, seconds: float) -> None:
        """Waits, and lets others live meanwhile."""
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0:
            time.sleep(min(left, POLL_S))
            self._options.on_wait()

    def _take(self) -> Taken | None:
        """Waits for a frame of the open source; opens it first if need be. ``None`` at its end, or if time is over."""
        if self._latest is None:
            self._latest = LatestFrame(self._opener.open, clock=self._clock)
        latest = self._latest
        while not self._is_over():
            taken = latest.get(POLL_S)
            if taken is not None:
                return taken
            if latest.is_finished:
                return latest.get(0)  # raises what went wrong between the two calls
            self._check_silence(latest)
            self._options.on_wait()
        return None

    def _check_silence(self, latest: LatestFrame) -> None:
        if latest.info is not None and not latest.info.is_live:
            return
        if latest.info is None and not self._opener.may_return:
            return
        limit = self._options.timeout_s + (0.0 if latest.info is not None else OPENING_S)
        if self._clock() - latest.last_sign > limit:
            raise CameraError(silence(latest.info.name if latest.info else self._opener.name, limit))

    def _may_return(self) -> bool:
        """Whether the source is one that goes on elsewhere while it is lost; a video would begin anew."""
        info = self._latest.info if self._latest is not None else None
        return self._opener.may_return and (info is None or info.is_live)

    def _take_again(self, error: MnistEdgeError) -> Taken | None:
        """Opens the source again and again, with growing pauses."""
        self._options.notify(f"{str(error).rstrip('.')}; trying again.")
        lost_at, pause_s = self._clock(), FIRST_PAUSE_S
        while True:
            self.close()
            self._base = self._next_index
            if self._is_over():
                return None
            self.wait(self._shorten(pause_s))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            try:
                taken = self._take()
            except CameraError:
                continue
            if taken is not None:
                self._options.notify(f"{self._opener.name} is back after {self._clock() - lost_at:.1f} s.")
                self._lost = True
            return taken

    def _left_s(self) -> float | None:
        """What is left of the duration, which begins with the first frame; before it, with the first attempt."""
        if self._options.duration_s is None:
            return None
        begun = self._started if self._first is None else self._first
        return begun + self._options.duration_s - self._clock()

    def _is_over(self) -> bool:
        left_s = self._left_s()
        if left_s is None or left_s > 0:
            return False
        return self._by_clock if self._first is not None else self._options.reconnect  # a slow start does not count

    def _shorten(self, pause_s: float) -> float:
        left_s = self._left_s()
        return pause_s if left_s is None else max(0.0, min(pause_s, left_s))

    def _place(self, taken: Taken) -> Fed | None:
        captured, number, dropped = taken
        if self._first is None:
            self._first = captured.captured_at
            self._by_clock = captured.time_s is None
        time_s = captured.captured_at - self._first if captured.time_s is None else captured.time_s
        if self._options.duration_s is not None and time_s >= self._options.duration_s:
            return None
        index = self._base + number
        self._next_index = index + 1
        is_return, self._lost = self._lost, False
        assert self._latest is not None  # noqa: S101  # a frame was taken from it
        assert self._latest.info is not None  # noqa: S101  # and it had been announced
        return Fed(captured, index, dropped, time_s, self._latest.info, is_return)
