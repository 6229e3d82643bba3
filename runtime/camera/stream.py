"""The camera loop as a generator."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from mnist_edge.errors import OptionError
from mnist_edge.runtime.camera.feed import Fed, Feed, FeedOptions
from mnist_edge.runtime.camera.frames import Frame, Picture
from mnist_edge.runtime.camera.opening import Opener, SourceLike, find_source
from mnist_edge.runtime.camera.roi import Roi, crop, parse_roi, shift_scene
from mnist_edge.runtime.camera.tracker import Tracker
from mnist_edge.runtime.prediction import Status
from mnist_edge.runtime.scenes.scene import Box, Digit, Scene

if TYPE_CHECKING:
    from mnist_edge.runtime.classifier import DigitClassifier

Reading = Literal["multi", "single"]
READINGS: Final = ("multi", "single")


@dataclass
class StreamCounts:
    """What a stream has done so far; filled while it runs.

    Attributes:
        unreadable: Frames of a folder or pipe that could not be read and were passed over.
    """

    unreadable: int = 0


@dataclass(frozen=True)
class StreamOptions:
    """How a stream is read; see :func:`stream`."""

    every: int = 1
    max_fps: float | None = None
    duration: float | None = None
    roi: Roi | None = None
    reconnect: bool = False
    timeout: float = 5.0
    scene: Reading = "multi"
    steady: bool | None = None
    pace: bool = False
    notify: Callable[[str], None] = lambda line: None
    on_wait: Callable[[], None] = lambda: None
    counts: StreamCounts = field(default_factory=StreamCounts)

    def check(self) -> None:
        """Refuses what makes no sense.

        Raises:
            OptionError: If something is out of range.
        """
        if self.every < 1:
            raise OptionError("every must be at least 1", received=str(self.every))
        for name in ("max_fps", "duration", "timeout"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise OptionError(f"{name} must be a positive number", received=str(value))
        if self.scene not in READINGS:
            raise OptionError("There is no such way to read a frame", expected=" or ".join(READINGS), received=self.scene)


def stream(
    classifier: DigitClassifier,
    source: SourceLike = 0,
    *,
    every: int = 1,
    max_fps: float | None = None,
    duration: float | None = None,
    roi: str | Sequence[float] | Roi | None = None,
    reconnect: bool = False,
    timeout: float = 5.0,
    scene: Reading = "multi",
    steady: bool | None = None,
    pace: bool = False,
    notify: Callable[[str], None] = lambda line: None,
    on_wait: Callable[[], None] = lambda: None,
    counts: StreamCounts | None = None,
) -> Generator[Frame, None, None]:
    """Reads the digits in the frames of a camera, video, stream, folder or pipe.

    A live source is read in a thread, and every frame handed over is the newest one; anything else is read frame by frame.
    The source is closed when the loop is left, by whatever way.

    Args:
        classifier: Reads the frames.
        source: Number of a camera; path of a video, a folder or pictures; address (http, rtsp, ...); ``-`` for pictures one
            after the other on standard input; or a :class:`mnist_edge.runtime.camera.frames.FrameSource`, or a function
            that opens one.
        every: Read the digits in every n-th frame only; the others carry the digits of the last one that was read.
        max_fps: Hand over at most so many frames a second.
        duration: End after so many seconds: of the clock for cameras, of the recording for videos.
        roi: Read this part only: ``"left,top,width,height"`` in pixels or percent, or four numbers of pixels.
        reconnect: When a camera is lost, try again with growing pauses (0.5 to 10 s) instead of raising.
        timeout: Seconds without a frame after which a camera is lost.
        scene: ``"multi"`` finds all digits, ``"single"`` takes what is in the frame as one digit.
        steady: Follow the digits and vote on their labels over time; by default for all but folders of pictures.
        pace: Play a video at its own speed instead of as fast as it can be read.
        notify: Takes a line of text when a source is lost, is back, or a picture cannot be read.
        on_wait: Called about 50 times a second while there is no frame.
        counts: Filled while the stream runs.

    Yields:
        One frame after the other.

    Raises:
        OptionError: At once, if an option is out of range.
        SourceError: At once, if there is no such source.
        CameraError: From the loop, if the source cannot be opened, is silent or breaks off.
    """
    options = StreamOptions(
        every, max_fps, duration, parse_roi(roi), reconnect, timeout, scene, steady, pace, notify, on_wait,
        counts if counts is not None else StreamCounts(),
    )  # fmt: skip
    options.check()
    opener = find_source(source, timeout_s=timeout, report=notify, max_pixels=classifier.max_pixels)
    return _frames(classifier, opener, options)


def _frames(classifier: DigitClassifier, opener: Opener, options: StreamOptions) -> Generator[Frame, None, None]:
    feed = Feed(opener, FeedOptions(options.timeout, options.duration, options.reconnect, options.notify, options.on_wait))
    steady = options.steady if options.steady is not None else not opener.is_still
    reader = FrameReader(classifier, options, Tracker() if steady else None)
    pacer = Pacer(options.max_fps, options.pace)
    try:
        while True:
            feed.wait(pacer.due_in(time.monotonic()))
            fed = feed.next()
            options.counts.unreadable = feed.unreadable
            if fed is None:
                return
            pacer.passed(fed, time.monotonic())
            yield reader.read(fed)
    finally:
        feed.close()


class Pacer:
    """Says when the next frame is due.

    Args:
        max_fps: The most frames a second; ``None`` for no limit.
        pace: Whether a video is to be played at its own speed.
    """

    def __init__(self, max_fps: float | None, pace: bool) -> None:
        self._max_fps = max_fps
        self._pace = pace
        self._due = -math.inf

    def due_in(self, now: float) -> float:
        """Seconds to wait."""
        return max(0.0, self._due - now)

    def passed(self, fed: Fed, now: float) -> None:
        """A frame was handed over."""
        own = 1 / fed.info.fps if self._pace and not fed.info.is_live and fed.info.fps else 0.0
        interval = max(own, 1 / self._max_fps if self._max_fps else 0.0)
        self._due += interval  # in step with the last one, so that small delays do not add up
        if self._due <= now:  # a slow reader does not have to hurry after
            self._due = now + interval


class FrameReader:
    """Reads the digits of frames.

    Args:
        classifier: Finds and reads them.
        options: Which frames and which part of them.
        tracker: Makes labels steady; ``None`` leaves every frame to itself.
    """

    def __init__(self, classifier: DigitClassifier, options: StreamOptions, tracker: Tracker | None) -> None:
        self._classifier = classifier
        self._options = options
        self._tracker = tracker
        self._count = 0
        self._scene = Scene(status=Status.EMPTY)
        self._tracks: tuple[int, ...] = ()

    def read(self, fed: Fed) -> Frame:
        """One frame with its digits."""
        image, info = fed.captured.image, fed.info
        if fed.is_return and self._tracker is not None:
            self._tracker.reset()
        is_read = self._count % self._options.every == 0
        self._count += 1
        if is_read:
            scene = read_part(self._classifier, image, self._options.roi, self._options.scene)
            self._scene, self._tracks = (scene, ()) if self._tracker is None else self._tracker.update(scene, fed.time_s)
        age_ms = 1000 * (time.monotonic() - fed.captured.captured_at)
        return Frame(image, self._scene, fed.index, fed.time_s, age_ms, fed.dropped, is_read, self._tracks, info)


def read_part(classifier: DigitClassifier, image: Picture, roi: Roi | None, scene: Reading) -> Scene:
    """Reads a frame, or a part of it.

    Returns:
        The digits, with boxes in the coordinates of the whole frame.
    """
    height, width = image.shape[:2]
    box = Box(0, 0, width, height) if roi is None else roi.place(width, height)
    part = image if roi is None else crop(image, box)
    found = classifier.read(part) if scene == "multi" else read_single(classifier, part)
    return found if roi is None else shift_scene(found, box, width, height)


def read_single(classifier: DigitClassifier, image: Picture) -> Scene:
    """Takes a picture as one digit; its box is the whole picture."""
    height, width = image.shape[:2]
    prediction = classifier.classify(image)
    scene = Scene(width=width, height=height, status=prediction.status, message=prediction.message)
    if prediction.status is not Status.OK:
        return scene
    return replace(scene, digits=(Digit(prediction, Box(0, 0, width, height), 0),))
