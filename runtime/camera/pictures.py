"""Folders, globs and lists of pictures, read as the frames of a film."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from mnist_edge.errors import CameraError, ImageError, SourceError
from mnist_edge.runtime.camera.captures import to_bgr
from mnist_edge.runtime.camera.frames import Captured, FrameSource
from mnist_edge.runtime.decode import MAX_PIXELS
from mnist_edge.runtime.images import load_image
from mnist_edge.runtime.picture_array import as_picture, flatten_alpha
from mnist_edge.runtime.sources import Picture, expand_sources

FOLDER_FPS: Final = 25.0  # pictures have no clock; as a film of this rate they get time stamps and can be recorded


class PicturesSource(FrameSource):
    """Pictures in natural order; one that cannot be read is reported and passed over.

    Args:
        source: A picture, folder, glob pattern or ``@list``, see :func:`mnist_edge.runtime.sources.expand_sources`.
        report: Takes a line about each picture that cannot be read.
        max_pixels: Larger pictures are refused before they are decoded.
        clock: Monotonic seconds.
    """

    fps = FOLDER_FPS

    def __init__(
        self,
        source: str,
        *,
        report: Callable[[str], None] = lambda line: None,
        max_pixels: int = MAX_PIXELS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = source
        self._items: Iterable[Picture | SourceError] = iter(
            expand_sources([source], hint="name pictures in its folders with a pattern such as 'FOLDER/*/*.png'")
        )
        self._report = report
        self._max_pixels = max_pixels
        self._clock = clock
        self._read = 0

    def read(self) -> Captured | None:
        """The next picture that can be read.

        Raises:
            CameraError: If there was none at all.
            SourceError: If there is no such folder, or no picture in it.
        """
        for item in self._items:
            if isinstance(item, SourceError):
                raise item
            try:
                picture = load_image(item.content, max_pixels=self._max_pixels)
                image = to_bgr(flatten_alpha(as_picture(picture)))
            except ImageError as error:
                self.unreadable += 1
                self._report(str(error))
                continue
            self._read += 1
            return Captured(image, self._clock(), (self._read - 1) / self.fps)
        if not self._read:
            raise CameraError(f"None of the {self.unreadable} pictures of {self.name} can be read")
        return None

    def close(self) -> None:
        """Nothing is open between two pictures."""
