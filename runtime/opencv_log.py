"""Keeps what OpenCV and the FFMPEG in it have to say off the terminal."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Final

import cv2

FFMPEG_VARIABLE: Final = "OPENCV_FFMPEG_LOGLEVEL"  # read by OpenCV when it first opens a video
_FFMPEG_QUIET: Final = "-8"  # AV_LOG_QUIET
_SILENT: Final = 0

_lock = threading.Lock()
_depth = 0
_level = 0


@contextlib.contextmanager
def silent_opencv() -> Iterator[None]:
    """Raises OpenCV's log level while the block runs.

    The level is one for the whole process: threads may be in such blocks at the same time, and the last one to leave
    restores it.
    """
    global _depth, _level  # as global as the level it remembers
    log = cv2 if hasattr(cv2, "setLogLevel") else cv2.utils.logging  # OpenCV 5 moved these functions
    with _lock:
        if _depth == 0:
            _level = log.getLogLevel()
            log.setLogLevel(_SILENT)
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                log.setLogLevel(_level)


def silence_ffmpeg() -> None:
    """Tells FFMPEG to be quiet, unless the user has said how loud it may be; call before a video is opened."""
    os.environ.setdefault(FFMPEG_VARIABLE, _FFMPEG_QUIET)
