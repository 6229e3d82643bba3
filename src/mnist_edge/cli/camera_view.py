"""What the user sees of the camera: a window, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from mnist_edge.runtime.camera.overlay import draw_window
from mnist_edge.runtime.camera.statistics import RateMeter
from mnist_edge.runtime.camera.window import Window

if TYPE_CHECKING:
    from mnist_edge.runtime.camera.frames import Frame

_PAUSED_MS: Final = 30
_QUIT: Final = ("q", "escape")


class View(Protocol):
    """Where frames are shown."""

    def show(self, frame: Frame, *, is_recording: bool) -> bool:
        """Shows a frame; returns whether to go on. While the user pauses, it does not return."""

    def on_wait(self) -> None:
        """Called while there is no frame."""

    def close(self) -> None:
        """Ends it."""


class NoView:
    """Headless."""

    def show(self, frame: Frame, *, is_recording: bool) -> bool:
        """Goes on."""
        return True

    def on_wait(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing is open."""


class UserQuitError(Exception):
    """The user ended the program while it waited for a frame."""


class WindowView:
    """A window with keys: q and Esc quit, s saves, space pauses.

    Args:
        title: Its name.
        on_save: Called with the frame shown when s is pressed.
    """

    def __init__(self, title: str, on_save: Callable[[Frame], None]) -> None:
        self._on_save = on_save
        self._frame: Frame | None = None
        self._window = Window(title)
        self._meter = RateMeter()
        self._is_paused = False
        self._is_recording = False
        self._quits = False

    def show(self, frame: Frame, *, is_recording: bool) -> bool:
        """Shows a frame; returns whether to go on."""
        if not self._window.is_open:
            return False
        self._meter.tick(time.monotonic())
        self._frame, self._is_recording = frame, is_recording
        self._draw()
        self._take_key(1)
        return self._goes_on

    def on_wait(self) -> None:
        """Keeps the window alive.

        Raises:
            UserQuitError: If the user has closed it or pressed q.
        """
        self._take_key(1)
        if not self._goes_on:
            raise UserQuitError

    def close(self) -> None:
        """Closes the window."""
        self._window.close()

    @property
    def _goes_on(self) -> bool:
        return not self._quits and self._window.is_open

    def _draw(self) -> None:
        if self._frame is not None:
            picture = draw_window(
                self._frame, fps=self._meter.fps, is_paused=self._is_paused, is_recording=self._is_recording
            )
            self._window.show(picture)

    def _take_key(self, wait_ms: int) -> None:
        """Obeys a key; returns when the user does not pause."""
        self._obey(self._window.key(wait_ms))
        if self._is_paused and self._goes_on:
            self._draw()
        while self._is_paused and self._goes_on:
            self._obey(self._window.key(_PAUSED_MS))

    def _obey(self, key: str) -> None:
        if key in _QUIT:
            self._quits = True
        elif key == "s" and self._frame is not None:
            self._on_save(self._frame)
        elif key == " ":
            self._is_paused = not self._is_paused
