"""From what a user names to a source of frames."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_edge.errors import SourceError
from mnist_edge.runtime.camera.device import DeviceSource, device_name
from mnist_edge.runtime.camera.frames import FrameSource
from mnist_edge.runtime.camera.pictures import PicturesSource
from mnist_edge.runtime.camera.pipe import PipeSource
from mnist_edge.runtime.camera.url import UrlSource, check_url, public_name
from mnist_edge.runtime.camera.video import VideoSource
from mnist_edge.runtime.decode import MAX_PIXELS
from mnist_edge.runtime.sources import IMAGE_SUFFIXES

SourceLike = int | str | os.PathLike[str] | FrameSource | Callable[[], FrameSource]
"""Number of a camera; path of a video, picture or folder; glob or ``@list`` of pictures; address; ``-`` for standard input;
a source of the caller's own, or a function that opens one."""

STDIN: Final = "-"
_FILMS: Final = frozenset({".gif"})  # pictures to classify, films to the camera
_DEVICE: Final = re.compile(r"/dev/video(\d+)")


@dataclass(frozen=True)
class Opener:
    """A source that is known but not open yet.

    Attributes:
        name: What to call it in messages; holds no password.
        may_return: Whether it can be opened again after it was lost.
        is_still: Whether its frames are pictures that need have nothing in common.
        open: Opens it. Raises ``CameraError`` or ``SourceError``.
    """

    name: str
    may_return: bool
    is_still: bool
    open: Callable[[], FrameSource]


def find_source(
    source: SourceLike,
    *,
    timeout_s: float = 5.0,
    report: Callable[[str], None] = lambda line: None,
    max_pixels: int = MAX_PIXELS,
) -> Opener:
    """Tells what kind of source is meant.

    Args:
        source: See :data:`SourceLike`. A string of digits is the number of a camera (``./0`` is a file).
        timeout_s: How long the network may be silent.
        report: Takes a line about each picture that cannot be read.
        max_pixels: Larger pictures are refused.

    Raises:
        SourceError: If there is nothing of that name.
    """
    if isinstance(source, FrameSource):
        own = source
        return Opener(own.name, may_return=False, is_still=False, open=lambda: own)
    if callable(source):
        return Opener("the source", may_return=True, is_still=False, open=source)
    if isinstance(source, int):
        return _device(source)
    name = os.fspath(source)
    if name.isascii() and name.isdecimal():
        return _device(int(name))
    if name == STDIN:
        return Opener(PipeSource.name, False, False, lambda: PipeSource(report=report, max_pixels=max_pixels))
    if "://" in name:
        check_url(name)
        return Opener(public_name(name), True, False, lambda: UrlSource(name, timeout_s=timeout_s))
    return _path(name, report, max_pixels)


def open_source(source: SourceLike, *, timeout_s: float = 5.0, max_pixels: int = MAX_PIXELS) -> FrameSource:
    """Opens a source of frames; see :func:`find_source`.

    Raises:
        SourceError: If there is nothing of that name.
        CameraError: If it cannot be opened.
    """
    return find_source(source, timeout_s=timeout_s, max_pixels=max_pixels).open()


def _device(index: int) -> Opener:
    if index < 0:
        raise SourceError(f"There is no camera {index}", expected="0 for the first one, 1 for the second")
    return Opener(device_name(index), may_return=True, is_still=False, open=lambda: DeviceSource(index))


def _path(name: str, report: Callable[[str], None], max_pixels: int) -> Opener:
    path = Path(name)
    if sys.platform == "linux":
        device = _DEVICE.fullmatch(os.path.realpath(name))  # names that stay, such as /dev/v4l/by-id/..., are links
        if device:
            return _device(int(device[1]))
    suffix = path.suffix.lower()
    pictures = suffix in IMAGE_SUFFIXES - _FILMS
    if (
        path.is_dir()
        or (path.is_file() and pictures)
        or (not path.exists() and (name.startswith("@") or glob.has_magic(name)))
    ):
        return Opener(name, False, True, lambda: PicturesSource(name, report=report, max_pixels=max_pixels))
    if not path.exists():
        raise SourceError(f"There is no file, folder or camera {name}", fix="Check the path")
    return Opener(name, may_return=False, is_still=False, open=lambda: VideoSource(name))
