"""Writing frames to a video file that is complete however the loop ends."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from mnist_edge.errors import OptionError, OutputError
from mnist_edge.files import atomic_path, output_errors
from mnist_edge.runtime.camera.captures import frame_count, open_file
from mnist_edge.runtime.camera.frames import Picture
from mnist_edge.runtime.opencv_log import silence_ffmpeg, silent_opencv

CODECS: Final = {".mp4": "mp4v", ".m4v": "mp4v", ".mov": "mp4v", ".mkv": "mp4v", ".avi": "MJPG"}
DEFAULT_FPS: Final = 25.0
LONGEST_FILL_S: Final = 2.0  # a longer gap, as of a camera that was lost, is left out of the recording


class Recorder:
    """Writes a video with a constant frame rate.

    The file gets its name when it is closed; until then it lies beside it under a temporary one. Nothing is written, and no
    old recording replaced, before the first frame.

    Args:
        path: The video; its suffix chooses the codec.

    Raises:
        OptionError: If the suffix is none of ``CODECS``.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in CODECS:
            raise OptionError(
                f"{path} has no suffix of a video", expected=", ".join(CODECS), received=path.suffix or "none"
            )
        self.path = path
        self.frames = 0
        self.fps = 0.0
        self._size = (0, 0)
        self._skipped_s = 0.0  # gaps that were left out
        self._stack = contextlib.ExitStack()
        self._temporary: Path | None = None
        self._writer: Any = None

    def write(self, image: Picture, *, time_s: float, fps: float, is_live: bool) -> None:
        """Adds a frame.

        Args:
            image: uint8 ``[H, W, 3]`` BGR. One of another size than the first is fitted into the first one's.
            time_s: Its time in the stream.
            fps: Nominal rate of the source; that of the first frame counts.
            is_live: Whether frames come as they like: they are then repeated or left out, so that the recording plays as
                long as the recorded time. The frames of a file are all written once.

        Raises:
            OutputError: If the file cannot be written.
        """
        if self._writer is None:
            self._open(image, fps or DEFAULT_FPS)
        fitted = fit_size(image, *self._size)
        for _ in range(self._repeats(time_s) if is_live else 1):
            self._writer.write(fitted)
            self.frames += 1

    def _repeats(self, time_s: float) -> int:
        place = round((time_s - self._skipped_s) * self.fps)
        missing = place - self.frames + 1
        longest = max(1, round(LONGEST_FILL_S * self.fps))
        if missing > longest:
            self._skipped_s += (missing - 1) / self.fps
            return 1
        if 0 <= missing <= 2:  # one frame early or late is jitter
            return 1
        return max(missing - 1, 0)

    def close(self) -> None:
        """Completes the file and gives it its name; without a frame there is none.

        Raises:
            OutputError: If the file is damaged or cannot be renamed.
        """
        if self._writer is None or self._temporary is None:
            return
        with silent_opencv():
            self._writer.release()
        self._writer = None
        with self._stack:
            if not is_playable(self._temporary):
                reason = f"Cannot write {self.path}: the recording is incomplete"
                raise OutputError(reason, fix="Free some space, or write to another folder")

    def _open(self, image: Picture, fps: float) -> None:
        self.fps, self._size = fps, (image.shape[1], image.shape[0])
        codec = cv2.VideoWriter_fourcc(*CODECS[self.path.suffix.lower()])  # type: ignore[attr-defined]  # not in the stubs
        with contextlib.ExitStack() as stack:
            temporary = stack.enter_context(atomic_path(self.path))
            with output_errors(self.path):
                temporary.touch()  # says why where it cannot; the writer would not
            with silent_opencv():
                silence_ffmpeg()
                # FFMPEG takes "a:b.mp4" for an address
                writer = cv2.VideoWriter(os.path.abspath(temporary), codec, fps, self._size)
            if not writer.isOpened():
                size = f"{self._size[0]}x{self._size[1]}, {fps:g} frames a second"
                raise OutputError(f"Cannot write {self.path}: the video cannot be begun", received=size, fix=_WRITER_FIX)
            self._temporary, self._writer, self._stack = temporary, writer, stack.pop_all()


_WRITER_FIX: Final = "Check the folder, or try another suffix (.avi works without FFMPEG)"


def is_playable(path: Path) -> bool:
    """Whether a video can be opened and holds frames."""
    capture = open_file(str(path.absolute()))
    try:
        return capture.isOpened() and frame_count(capture) > 0
    finally:
        capture.release()


def fit_size(image: Picture, width: int, height: int) -> Picture:
    """Scales a picture into a frame without distortion; black bars fill the rest (letterbox).

    Args:
        image: uint8 ``[H, W, 3]`` BGR.
        width: Of the result, in pixels.
        height: The same.
    """
    if image.shape[:2] == (height, width):
        return image
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    fitted[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=method)
    return fitted
