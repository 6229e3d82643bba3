"""Cameras and videos in the network."""

from __future__ import annotations

import math
import socket
import time
import urllib.parse
from collections.abc import Callable
from typing import Final

from mnist_edge.errors import CameraError, SourceError
from mnist_edge.runtime.camera.captures import Capture, frame_count, nominal_fps, open_url, read_picture
from mnist_edge.runtime.camera.frames import Captured, FrameSource

SCHEMES: Final = ("http", "https", "rtsp", "rtsps", "rtmp", "rtp", "udp", "tcp", "srt")
_PORTS: Final = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935}
_SLACK: Final = 0.95  # a read that took this share of the time limit was ended by it


class UrlSource(FrameSource):
    """A stream, live unless the server says how long it is.

    Args:
        url: Its address; user name and password may be in it, and are shown nowhere.
        timeout_s: How long opening, and how long a frame may take.
        open_capture: Opens it.
        clock: Monotonic seconds.

    Raises:
        CameraError: If nobody answers, or with something else than a video.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 5.0,
        open_capture: Callable[[str, float], Capture] = open_url,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = public_name(url)
        self._clock = clock
        self._timeout_s = timeout_s
        started = clock()
        self._capture = open_capture(url, timeout_s)
        if not self._capture.isOpened():
            self._capture.release()
            raise explain_refusal(url, is_slow=clock() - started >= _SLACK * timeout_s)
        self._count = frame_count(self._capture)
        self._read = 0
        self.is_live = not self._count
        self.fps = nominal_fps(self._capture)

    def read(self) -> Captured | None:
        """The next frame.

        Raises:
            CameraError: If the connection is cut off or silent.
        """
        started = self._clock()
        image = read_picture(self._capture)
        now = self._clock()
        if image is not None:
            self._read += 1
            return Captured(image, now, None if self.is_live else (self._read - 1) / (self.fps or 25.0))
        if self._count and self._read >= math.floor(0.9 * self._count):
            return None
        if now - started >= _SLACK * self._timeout_s:
            raise CameraError(silence(self.name, self._timeout_s))
        raise CameraError(f"{self.name} was cut off")

    def close(self) -> None:
        """Closes the connection."""
        self._capture.release()


def silence(name: str, seconds: float) -> str:
    """How a source is called that says nothing."""
    return f"{name} is silent: no frame for {seconds:g} s"


def public_name(url: str) -> str:
    """The address without user name, password and query, which may hold a key.

    A password that holds one of ``/?#`` ends the host's part too early; little is then shown.
    """
    parts = urllib.parse.urlsplit(url)
    if "@" in parts.path + parts.query + parts.fragment:
        return f"{parts.scheme}://..."
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}{'?...' if parts.query else ''}"


def check_url(url: str) -> None:
    """Refuses an address that is none.

    Raises:
        SourceError: If the scheme is unknown or the host is missing.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        known = parts.scheme.lower() in SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number
        known = False
    if not known:
        shown = public_name(url) if "[" not in url else "the address"
        form = f"{', '.join(SCHEMES)}://host[:port]/path"
        fix = "Write / as %2F, ? as %3F and # as %23 in a password" if "@" in url else ""
        raise SourceError(f"{shown} is no address of a stream", expected=form, fix=fix)


def explain_refusal(url: str, *, is_slow: bool = False) -> CameraError:
    """Says why a stream could not be opened; knocks at the door where that can tell."""
    name = public_name(url)
    parts = urllib.parse.urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme.lower())
    fix = "Check the address, and that the camera is on"
    if is_slow:
        return CameraError(f"{name} does not answer in time", fix=fix)
    if port is not None and parts.hostname and parts.scheme.lower() not in ("udp", "rtp", "srt"):
        try:
            socket.create_connection((parts.hostname, port), timeout=2).close()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return CameraError(f"{name} cannot be reached: {reason}", fix=fix)
    fix = "Check the path, the user name and the password; a browser or player shows whether it works"
    return CameraError(f"{name} answers, but not with a video", fix=fix)
