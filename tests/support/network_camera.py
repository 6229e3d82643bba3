"""Cameras and videos for tests: one in the network that misbehaves on demand, and files."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from mnist_edge.runtime.camera.video import VideoSource
from mnist_edge.runtime.opencv_log import silence_ffmpeg
from mnist_edge.runtime.sample_digits import draw_digit


def count_frames(path: Path) -> int:
    """Frames that can be read of a video file."""
    source, count = VideoSource(path), 0
    while source.read() is not None:
        count += 1
    source.close()
    return count


@dataclass
class MjpegCamera:
    """A camera in the network that can be made to misbehave."""

    pictures: list[bytes]
    fps: float = 30.0
    is_silent: bool = False
    sent: int = 0
    port: int = 0
    _connection: int = 0
    _server: http.server.ThreadingHTTPServer | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/video"

    def plug_in(self) -> None:
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                with contextlib.suppress(OSError):
                    camera.serve(self)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def serve(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        mine = self._connection
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        handler.end_headers()
        while mine == self._connection:
            if not self.is_silent:
                data = self.pictures[self.sent % len(self.pictures)]
                head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data)
                handler.wfile.write(head + data + b"\r\n")
                handler.wfile.flush()
                self.sent += 1
            time.sleep(1 / self.fps)

    def cut_off(self) -> None:
        """Ends the connections; new ones are welcome."""
        self._connection += 1

    def unplug(self) -> None:
        """Ends the connections; nobody answers any more."""
        server, self._server = self._server, None  # at once: the test may end, and do this, as soon as the line is cut
        self._connection += 1
        if server is not None:
            server.shutdown()
            server.server_close()


@pytest.fixture
def mjpeg_camera() -> Iterator[Callable[..., MjpegCamera]]:
    """Plugs in cameras: ``mjpeg_camera(pictures)``, with encoded JPEG pictures that are sent again and again."""
    cameras: list[MjpegCamera] = []

    def plug_in(pictures: list[bytes], fps: float = 30.0) -> MjpegCamera:
        camera = MjpegCamera(pictures, fps)
        camera.plug_in()
        cameras.append(camera)
        return camera

    yield plug_in
    for camera in cameras:
        camera.unplug()


@pytest.fixture(scope="session")
def digit_frames() -> Callable[..., list[np.ndarray]]:
    """Frames of a paper with digits that moves to the right: ``digit_frames("314", 10)``, uint8 [240, 320, 3] BGR."""

    def draw(digits: str = "314", count: int = 10, step: int = 1) -> list[np.ndarray]:
        frames = []
        for index in range(count):
            frame = np.full((240, 320, 3), 205, np.uint8)
            for place, digit in enumerate(digits):
                left, ink = 15 + 75 * place + (index * step) % 60, 255 - draw_digit(int(digit), size=70)
                frame[80:150, left : left + 70] = np.minimum(frame[80:150, left : left + 70], ink[..., None])
            frames.append(frame)
        return frames

    return draw


@pytest.fixture
def write_video() -> Callable[..., Path]:
    """Writes a video: ``write_video(path, frames, fps=25)``."""

    def write(path: Path, frames: list[np.ndarray], fps: float = 25.0) -> Path:
        codec = cv2.VideoWriter_fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
        silence_ffmpeg()
        writer = cv2.VideoWriter(str(path), codec, fps, (frames[0].shape[1], frames[0].shape[0]))
        assert writer.isOpened()
        for frame in frames:
            writer.write(frame)
        writer.release()
        return path

    return write
