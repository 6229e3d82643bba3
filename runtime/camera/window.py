"""A window for frames, and whether one can be opened at all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

import cv2

from mnist_edge.errors import WindowError
from mnist_edge.runtime.camera.frames import Picture

PROBE_S: Final = 20.0
_HEADLESS: Final = "Use --headless"
_NO_KEY: Final = -1
_ESCAPE: Final = 27
_NO_GUI: Final = re.compile(r"^\s*GUI:\s*(NONE|NO)?\s*$", re.MULTILINE)


def has_windows(information: str) -> bool:
    """Whether this OpenCV was built with windows; takes the text of ``cv2.getBuildInformation()``."""
    return _NO_GUI.search(information) is None


def check_windows(environment: Mapping[str, str] = os.environ) -> None:
    """Makes sure that a window can be opened here.

    Where there is no display, the Qt in OpenCV ends the whole process; a helper process tries it out instead.

    Raises:
        WindowError: If not.
    """
    if not has_windows(cv2.getBuildInformation()):
        fix = f"{_HEADLESS}, or install opencv-python in place of opencv-python-headless"
        raise WindowError("This OpenCV was built without windows", fix=fix)
    if sys.platform != "linux":
        return
    if not any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        raise WindowError("There is no display to open a window on (DISPLAY is not set)", fix=_HEADLESS)
    attempt = [sys.executable, "-c", "import cv2; cv2.namedWindow('mnist-edge')"]
    try:
        done = subprocess.run(attempt, env=dict(environment), capture_output=True, timeout=PROBE_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WindowError("The display does not answer", fix=_HEADLESS) from error
    if done.returncode:
        display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY") or environment.get("QT_QPA_PLATFORM")
        raise WindowError(f"No window can be opened on the display {display}", fix=_HEADLESS)


class Window:
    """A window that shows frames and takes keys; to be used by the thread that opened it.

    Args:
        title: Its name.

    Raises:
        WindowError: If it cannot be opened.
    """

    def __init__(self, title: str) -> None:
        check_windows()
        self._title = title
        self._is_sized = False
        flags = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL  # without Qt's bar of buttons
        try:
            cv2.namedWindow(title, flags)
        except cv2.error as error:
            raise WindowError("No window can be opened", fix=_HEADLESS) from error

    @property
    def is_open(self) -> bool:
        """Whether the user has not closed it."""
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:
            return False

    def show(self, picture: Picture) -> None:
        """Shows a picture, uint8 ``[H, W, 3]`` BGR; the first one gives the window its size."""
        if not self._is_sized:
            cv2.resizeWindow(self._title, picture.shape[1], picture.shape[0])
            self._is_sized = True
        cv2.imshow(self._title, picture)

    def key(self, wait_ms: int = 1) -> str:
        """Lets the window live for so long; the key that was pressed meanwhile, ``"escape"`` for that one, or ``""``."""
        code = cv2.waitKey(max(1, wait_ms))
        if code == _NO_KEY:
            return ""
        code &= 0xFF
        return "escape" if code == _ESCAPE else chr(code).lower()

    def close(self) -> None:
        """Closes it, if the user has not."""
        if self.is_open:
            cv2.destroyWindow(self._title)
            cv2.waitKey(1)
