"""``cv2.VideoCapture`` behind a narrow door: quiet, with time limits, exchangeable in tests."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, Protocol

import cv2
import numpy as np

from mnist_edge.runtime.camera.frames import Picture
from mnist_edge.runtime.opencv_log import silence_ffmpeg, silent_opencv

MAX_FPS: Final = 1000.0  # containers without a rate claim their time base, 90,000 for instance


class Capture(Protocol):
    """What is used of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802
    def read(self) -> tuple[bool, Any]: ...  # noqa: D102
    def get(self, property: int, /) -> float: ...  # noqa: A002, D102
    def set(self, property: int, value: float, /) -> bool: ...  # noqa: A002, D102
    def release(self) -> None: ...  # noqa: D102


def open_camera(index: int) -> Capture:
    """Opens camera ``index``; the caller asks ``isOpened``."""
    backend = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY  # the other backends only add complaints
    with silent_opencv():
        silence_ffmpeg()
        return cv2.VideoCapture(index, backend)


def open_file(path: str) -> Capture:
    """Opens a video file."""
    with silent_opencv():
        silence_ffmpeg()
        return cv2.VideoCapture(path, _file_backend())


def open_url(url: str, timeout_s: float) -> Capture:
    """Opens a stream; neither opening nor a read takes longer than ``timeout_s``."""
    limit = max(1, round(timeout_s * 1000))
    options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit]
    threads = getattr(cv2, "CAP_PROP_N_THREADS", None)
    if threads is not None:
        options += [threads, 1]  # more decode several frames at once, and hand each over that much later
    with silent_opencv():
        silence_ffmpeg()
        return cv2.VideoCapture(url, cv2.CAP_FFMPEG, options)


def _file_backend() -> int:
    registered: Sequence[int] = cv2.videoio_registry.getStreamBackends()
    return cv2.CAP_FFMPEG if cv2.CAP_FFMPEG in registered else cv2.CAP_ANY


def read_picture(capture: Capture) -> Picture | None:
    """The next frame as uint8 ``[H, W, 3]`` BGR; ``None`` if there is none."""
    with silent_opencv():
        try:
            done, image = capture.read()
        except cv2.error:
            return None
    if not done or image is None or image.size == 0:
        return None
    return to_bgr(image)


def to_bgr(image: Any) -> Picture:
    """Brings uint8 gray ``[H, W]`` to BGR; leaves BGR as it is."""
    if image.ndim == 2 or image.shape[2] == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    return np.asarray(image, np.uint8)


def nominal_fps(capture: Capture) -> float:
    """Frames a second as the backend claims; 0 if it makes no sense."""
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    return fps if 0 < fps <= MAX_FPS else 0.0


def frame_count(capture: Capture) -> int:
    """Length of a video; 0 if it has none that is known, as a camera."""
    count = float(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    return int(count) if 0 < count < 1e12 else 0
