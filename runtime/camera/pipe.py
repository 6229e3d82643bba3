"""Frames from standard input."""

from __future__ import annotations

import collections
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from mnist_edge.errors import CameraError, ImageError
from mnist_edge.runtime.camera.captures import to_bgr
from mnist_edge.runtime.camera.frames import Captured, FrameSource
from mnist_edge.runtime.camera.picture_stream import PictureSplitter
from mnist_edge.runtime.decode import MAX_PIXELS, decode_image
from mnist_edge.runtime.picture_array import as_picture, flatten_alpha

_CHUNK: Final = 1 << 16
_POLL_S: Final = 0.1
_FIX: Final = "Pipe the pictures in, or name another source"


class PipeSource(FrameSource):
    """Pictures one after the other on a pipe, see :mod:`mnist_edge.runtime.camera.picture_stream`; none is dropped.

    Args:
        descriptor: The file descriptor to read; standard input by default.
        report: Takes a line about each picture that cannot be read.
        max_pixels: Larger pictures are refused before they are decoded.
        clock: Monotonic seconds.

    Raises:
        CameraError: If there is no standard input, or it is a terminal.
    """

    name = "standard input"

    def __init__(
        self,
        descriptor: int | None = None,
        *,
        report: Callable[[str], None] = lambda line: None,
        max_pixels: int = MAX_PIXELS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if descriptor is None:
            if sys.stdin is None:
                raise CameraError("There is no standard input", fix=_FIX)
            descriptor = sys.stdin.fileno()
            if os.isatty(descriptor):
                raise CameraError("Standard input is a terminal", fix=_FIX)
        self._descriptor = descriptor
        self._report = report
        self._max_pixels = max_pixels
        self._clock = clock
        self._splitter = PictureSplitter()
        self._waiting: collections.deque[bytes] = collections.deque()
        self._stopped = threading.Event()
        self._ended = False

    def read(self) -> Captured | None:
        """The next picture that can be read.

        Raises:
            CameraError: If the pipe holds no pictures.
        """
        while True:
            while self._waiting:
                data = self._waiting.popleft()
                try:
                    image = to_bgr(flatten_alpha(as_picture(decode_image(data, max_pixels=self._max_pixels))))
                except ImageError as error:
                    self._pass_over(str(error))
                    continue
                return Captured(image, self._clock())
            if self._ended or self._stopped.is_set():
                return None
            self._take_in()

    def close(self) -> None:
        """Leaves the pipe open: it is not ours."""

    def interrupt(self) -> None:
        """Ends a read that waits."""
        self._stopped.set()

    def _take_in(self) -> None:
        """Reads what is there, past Python's buffer: its lock must not be held by a thread when the program ends."""
        if os.name == "posix" and not select.select([self._descriptor], [], [], _POLL_S)[0]:
            return
        try:
            data = os.read(self._descriptor, _CHUNK)
        except OSError as error:
            raise CameraError(f"Standard input cannot be read: {error.strerror or error}") from error
        broken = self._splitter.broken
        if data:
            self._waiting.extend(self._splitter.feed(data))
        else:
            self._ended = True
            self._splitter.finish()
        for _ in range(self._splitter.broken - broken):
            self._pass_over("A picture is cut off.")

    def _pass_over(self, reason: str) -> None:
        self.unreadable += 1
        self._report(f"{self.name}: {reason}")
