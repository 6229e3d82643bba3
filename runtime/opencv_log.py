"""Keeps what OpenCV and the FFMPEG in it have to say off the terminal."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Final

import cv2

FFMPEG_VARIABLE: Final = "OPENCV_FFMPEG_LOGLEVEL"  # read by OpenCV when it first opens a video
_FFMPEG_QUIET: Final = "-8"  # AV_LOG_QUIET
_SILENT: Final = 0


class _Silence:
    """The level is one for the whole process, so there is one of these, which all threads share."""

    def __init__(self) -> None:
        self._log = cv2 if hasattr(cv2, "setLogLevel") else cv2.utils.logging  # OpenCV 5 moved these functions
        self._lock = threading.Lock()
        self._depth = 0
        self._level = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._depth == 0:
                self._level = self._log.getLogLevel()
                self._log.setLogLevel(_SILENT)
            self._depth += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                self._log.setLogLevel(self._level)


_silence = _Silence()


def silent_opencv() -> contextlib.AbstractContextManager[None]:
    """Raises OpenCV's log level while the block runs.

    Threads may be in such blocks at the same time, and the last one to leave restores the level. No generator: entering one
    takes as long as a third of decoding a picture of 28x28 pixels.
    """
    return _silence


def silence_ffmpeg() -> None:
    """Tells FFMPEG to be quiet, unless the user has said how loud it may be; call before a video is opened."""
    os.environ.setdefault(FFMPEG_VARIABLE, _FFMPEG_QUIET)
