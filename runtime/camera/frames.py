"""What flows through the camera loop, and what a source of frames has to offer."""

from __future__ import annotations

import abc
import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_edge.runtime.scenes.scene import Scene

Picture = npt.NDArray[np.uint8]
"""uint8 ``[H, W, 3]`` BGR."""


class Captured(NamedTuple):
    """One picture as a source gave it.

    Attributes:
        image: uint8 ``[H, W, 3]`` BGR; nobody else writes into it.
        captured_at: When the source gave it, seconds of the monotonic clock.
        time_s: Its place in a video or folder, seconds from the beginning; ``None`` for a camera: only the clock tells.
    """

    image: Picture
    captured_at: float
    time_s: float | None = None


class FrameSource(abc.ABC):
    """A camera, a video, a stream: read by one thread, which also opens and closes it.

    Attributes:
        name: What to call it in messages; holds no password.
        is_live: Whether it goes on by itself: what is not read in time is lost.
        fps: Nominal frames a second; 0 if unknown.
        unreadable: How many frames could not be read and were passed over.
    """

    name: str = ""
    is_live: bool = False
    fps: float = 0.0
    unreadable: int = 0

    @abc.abstractmethod
    def read(self) -> Captured | None:
        """The next frame, or ``None`` at the end; waits for it.

        Raises:
            CameraError: If the source broke off.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Gives the device or file back."""

    def interrupt(self) -> None:  # noqa: B027  # most cannot
        """Asks a read that waits in another thread to return soon, where that can be done."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known about a source once it is open; see :class:`FrameSource`."""

    name: str
    is_live: bool
    fps: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stream with what was read in it.

    Attributes:
        image: uint8 ``[H, W, 3]`` BGR, the whole frame.
        scene: Its digits; with steady labels (tracked and voted over time) unless switched off. A frame that was not read
            (``every``) carries the digits of the last one that was.
        index: Number of the frame since the beginning of the source, 0 first, frames that were dropped included.
        time_s: Seconds since the first frame: of the clock for cameras, of the recording for videos.
        age_ms: Time from the moment the frame left the camera until it was handed to the caller; for what waits to be read,
            such as a file, the time it took to read the digits.
        dropped: Frames between the last one and this one that nobody had time for; always 0 for files.
        is_read: Whether the scene was read on this frame.
        tracks: A number for each digit of ``scene``, the same as long as it is followed; empty without steady labels.
        source: Name, nominal rate and kind of the source.
    """

    image: Picture = field(repr=False, compare=False)
    scene: Scene
    index: int
    time_s: float
    age_ms: float
    dropped: int
    is_read: bool
    tracks: tuple[int, ...]
    source: SourceInfo

    @property
    def text(self) -> str:
        """The digits, line by line; see :attr:`Scene.text`."""
        return self.scene.text

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; a box is ``[left, top, width, height]`` in the whole frame."""
        tracks: tuple[int | None, ...] = self.tracks or (None,) * len(self.scene)
        return {
            "index": self.index,
            "time_s": round(self.time_s, 4),
            "age_ms": round(self.age_ms, 3),
            "dropped": self.dropped,
            "status": self.scene.status.value,
            "text": self.text,
            "digits": [
                {
                    "digit": digit.digit,
                    "confidence": round(digit.confidence, 6),
                    "box": list(digit.box),
                    "line": digit.line,
                    "track": track,
                }
                for digit, track in zip(self.scene, tracks, strict=True)
            ],
        }

    def to_json(self) -> str:
        """One line."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False)
