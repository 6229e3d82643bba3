"""Video files: every frame, in order."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2

from mnist_edge.errors import CameraError
from mnist_edge.runtime.camera.captures import Capture, frame_count, nominal_fps, open_file, read_picture
from mnist_edge.runtime.camera.frames import Captured, FrameSource

DEFAULT_FPS: Final = 25.0  # of a video that does not say
_TEXT: Final = b"ansi"  # FFMPEG plays text files as films of a terminal
_COMPLETE: Final = 0.9  # counts and durations of containers are estimates


class VideoSource(FrameSource):
    """A video file, frame by frame.

    Args:
        path: The file.
        open_capture: Opens it.
        clock: Monotonic seconds.

    Raises:
        CameraError: If it is no video.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        open_capture: Callable[[str], Capture] = open_file,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = os.fspath(path)
        self._clock = clock
        _check_readable(Path(path))
        self._capture = open_capture(os.path.abspath(path))  # FFMPEG takes "a:b.mp4" for an address
        if not self._capture.isOpened() or codec(self._capture) == _TEXT:
            self._capture.release()
            raise CameraError(
                f"{self.name} is no video that can be read, or is damaged",
                expected="MP4, AVI, MKV, MOV, WebM or another format that FFMPEG knows",
                fix="Check that it was copied or recorded completely",
            )
        self.fps = nominal_fps(self._capture) or DEFAULT_FPS
        self._count = frame_count(self._capture)
        self._read = 0
        self._last_s = -math.inf

    def read(self) -> Captured | None:
        """The next frame.

        Raises:
            CameraError: If the file ends long before its end.
        """
        image = read_picture(self._capture)
        if image is None:
            self._check_end()
            return None
        time_s = self._time_s()
        self._read += 1
        self._last_s = time_s
        return Captured(image, self._clock(), time_s)

    def close(self) -> None:
        """Closes the file."""
        self._capture.release()

    def _time_s(self) -> float:
        """Time stamp of the frame just read; counted where the container has none that grow."""
        stamp = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        if math.isfinite(stamp) and stamp >= 0 and stamp > self._last_s:
            return stamp
        return self._last_s + 1 / self.fps if self._read else 0.0

    def _check_end(self) -> None:
        duration_s = self._count / self.fps
        if self._read < _COMPLETE * self._count and self._last_s + 1 / self.fps < _COMPLETE * duration_s:
            raise CameraError(
                f"{self.name} breaks off after {self._read} of {self._count} frames: it is damaged or cut off",
                fix="Copy or record it again",
            )


def codec(capture: Capture) -> bytes:
    """Four characters that name the codec."""
    return (int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF).to_bytes(4, "little")


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except OSError as error:
        raise CameraError(f"{path} cannot be read: {error.strerror or error}", fix="Check the path") from error
    if is_empty:
        raise CameraError(f"{path} is empty (0 bytes)", fix="Check that it was saved or copied completely")
