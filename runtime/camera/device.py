"""Cameras at this machine."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from mnist_edge.errors import CameraError
from mnist_edge.runtime.camera.captures import Capture, nominal_fps, open_camera, read_picture
from mnist_edge.runtime.camera.frames import Captured, FrameSource

DEVICES = Path("/dev")


class DeviceSource(FrameSource):
    """A camera by its number.

    Args:
        index: 0 for the first one.
        open_capture: Opens it.
        clock: Monotonic seconds.

    Raises:
        CameraError: If it is missing, busy, or may not be opened.
    """

    is_live = True

    def __init__(
        self,
        index: int,
        *,
        open_capture: Callable[[int], Capture] = open_camera,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = device_name(index)
        self._clock = clock
        self._capture = open_capture(index)
        if not self._capture.isOpened():
            self._capture.release()
            raise explain_failure(index)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # where the driver lets us; the thread empties it in any case
        self.fps = nominal_fps(self._capture)

    def read(self) -> Captured | None:
        """The next frame; a camera has no end.

        Raises:
            CameraError: If it gives none.
        """
        image = read_picture(self._capture)
        if image is None:
            raise CameraError(f"{self.name} gives no more pictures: unplugged, or taken by another program")
        return Captured(image, self._clock())

    def close(self) -> None:
        """Gives the camera back."""
        self._capture.release()


def device_name(index: int) -> str:
    """What to call it: ``camera 0 (/dev/video0)``."""
    return f"camera {index} ({DEVICES / f'video{index}'})" if sys.platform == "linux" else f"camera {index}"


def explain_failure(index: int, *, devices: Path = DEVICES, is_linux: bool = sys.platform == "linux") -> CameraError:
    """Says why a camera could not be opened.

    Args:
        index: Its number.
        devices: The folder of the device files.
        is_linux: Whether cameras are files here.
    """
    name = device_name(index)
    if not is_linux:
        fix = "Plug it in, close other programs that use it, allow this program to use it, or name another one"
        return CameraError(f"Cannot open {name}", fix=fix)
    file = devices / f"video{index}"
    if not file.exists():
        others = found_devices(devices)
        there = f"Cameras here: {', '.join(map(str, others))}" if others else "There is no camera at this machine"
        return CameraError(f"There is no {name}", fix=f"{there}. Plug it in, or name another source")
    try:
        os.close(os.open(file, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            fix = "Join the group that owns it (sudo usermod -aG video $USER) and log in again"
            return CameraError(f"Permission denied for {name}", fix=fix)
        if error.errno != errno.EBUSY:
            return CameraError(f"Cannot open {name}: {os.strerror(error.errno or 0)}", fix="Plug it in again")
    fix = f"Close the other program (fuser {file} finds it), or name another one"
    return CameraError(f"{name} is busy, or gives no pictures", fix=fix)


def found_devices(devices: Path = DEVICES) -> list[int]:
    """Numbers of the video devices, sorted."""
    numbers = (path.name.removeprefix("video") for path in devices.glob("video*"))
    return sorted(int(number) for number in numbers if number.isdecimal())
