"""The thread that reads a source, and the one frame that lies ready."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from mnist_edge.runtime.camera.frames import Captured, FrameSource, SourceInfo

JOIN_S: Final = (
    2.0  # how long stopping waits for a backend that blocks; it is then left behind, and cleans up when it wakes
)


class Taken(NamedTuple):
    """A frame that was taken.

    Attributes:
        captured: The frame.
        number: Its number since this source was opened, 0 first.
        dropped: Frames since the last one taken that were replaced by newer ones.
    """

    captured: Captured
    number: int
    dropped: int


class LatestFrame:
    """Reads a source in a thread and always hands over the newest frame.

    The thread opens the source, reads it and closes it: what blocks there, blocks nobody else. At most one frame lies
    ready. A live source replaces it with the next one; any other waits until it is taken, so that nothing is lost.

    Args:
        open_source: Opens the source; called in the thread.
        clock: Monotonic seconds.
    """

    def __init__(self, open_source: Callable[[], FrameSource], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._open = open_source
        self._clock = clock
        self._changed = threading.Condition()
        self._stopping = False
        self._finished = False
        self._error: BaseException | None = None
        self._source: FrameSource | None = None
        self._ready: Captured | None = None
        self._number = -1  # of the newest frame
        self._taken = -1
        self.info: SourceInfo | None = None
        self.unreadable = 0
        self.last_sign = clock()
        self._thread = threading.Thread(target=self._run, name="mnist-edge-camera", daemon=True)
        self._thread.start()

    @property
    def is_finished(self) -> bool:
        """Whether the source has ended and its last frame was taken."""
        with self._changed:
            return self._finished and self._ready is None

    def get(self, timeout_s: float) -> Taken | None:
        """The newest frame that was not taken before, or ``None`` if there is none within the time or no more at all.

        Raises:
            CameraError: If the source could not be opened or broke off; frames that came before are handed over first.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ready is not None or self._finished, timeout_s)
            if self._ready is None:
                if self._finished and self._error is not None:
                    error, self._error = self._error, None
                    raise error
                return None
            captured, self._ready = self._ready, None
            dropped = self._number - self._taken - 1
            self._taken = self._number
            self._changed.notify_all()
            if self.info is not None and not self.info.is_live:  # it lay there because nobody had asked for it
                captured = captured._replace(captured_at=self._clock())
            return Taken(captured, self._number, dropped)

    def stop(self) -> bool:
        """Ends the thread; returns within about two seconds, whatever the backend does.

        Returns:
            Whether the source is closed; a backend that blocks closes it when it wakes.
        """
        with self._changed:
            self._stopping = True
            source = self._source
            self._changed.notify_all()
        if source is not None:
            source.interrupt()
        self._thread.join(JOIN_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            source = self._open()
            with contextlib.closing(source):
                self._announce(source)
                while not self._stopping and (captured := source.read()) is not None:
                    self._put(captured, source)
                self.unreadable = source.unreadable
        except Exception as error:  # noqa: BLE001  # raised again in the thread that waits for frames
            self._error = error
        finally:
            with self._changed:
                self._source = None
                self._finished = True
                self._changed.notify_all()

    def _announce(self, source: FrameSource) -> None:
        with self._changed:
            self._source = source
            self.info = SourceInfo(source.name, source.is_live, source.fps)
            self.last_sign = self._clock()
            self._changed.notify_all()

    def _put(self, captured: Captured, source: FrameSource) -> None:
        with self._changed:
            if not source.is_live:
                self._changed.wait_for(lambda: self._ready is None or self._stopping)
            self._ready = captured
            self._number += 1
            self.unreadable = source.unreadable
            self.last_sign = self._clock()
            self._changed.notify_all()
