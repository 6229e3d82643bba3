"""Cutting a stream of bytes into the JPEG and PNG pictures in it.

A stream is pictures one after the other, JPEG (MJPEG) or PNG, mixed if need be. What lies between them is skipped, so the
body of a ``multipart/x-mixed-replace`` answer can be piped in as it is.
"""

from __future__ import annotations

from typing import Final

from mnist_edge.errors import CameraError
from mnist_edge.runtime.image_header import PNG_SIGNATURE

MAX_PICTURE_BYTES: Final = 64 * 2**20
MAX_OTHER_BYTES: Final = 2**20  # before the first picture; what is no stream of pictures is told soon

_SOI: Final = b"\xff\xd8\xff"
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length: TEM, RST0 to RST7
_PNG_CHUNK: Final = 12  # length, kind, checksum


class _CutOffError(Exception):
    """The picture that was begun is no complete one."""


class PictureSplitter:
    """Takes bytes as they come and gives complete pictures.

    Attributes:
        broken: How many pictures began and were never complete.

    Raises:
        CameraError: If the bytes hold no picture, or one that is too large.
    """

    def __init__(self) -> None:
        self.broken = 0
        self._buffer = bytearray()
        self._position = 0  # how far the picture at the beginning of the buffer has been walked through
        self._in_scan = False
        self._found = False

    def feed(self, data: bytes) -> list[bytes]:
        """Adds bytes; returns the pictures that are complete with them."""
        self._buffer += data
        pictures = []
        while (picture := self._cut()) is not None:
            pictures.append(picture)
        return pictures

    def finish(self) -> None:
        """Counts a picture that was begun and whose end never came.

        Raises:
            CameraError: If there was no picture at all.
        """
        if self._position:
            self.broken += 1
        elif not self._found:
            raise _no_pictures(len(self._buffer))

    def _cut(self) -> bytes | None:
        while True:
            if not self._position and not self._seek_start():
                return None
            try:
                end = self._walk_png() if self._buffer[0] == PNG_SIGNATURE[0] else self._walk_jpeg()
            except _CutOffError:
                self.broken += 1
                self._drop(max(self._position, 1))
                continue
            if end is None:
                if len(self._buffer) > MAX_PICTURE_BYTES:
                    limit = f"at most {MAX_PICTURE_BYTES >> 20} MB"
                    raise CameraError("A picture of the stream is too large, or the stream is damaged", expected=limit)
                return None
            picture = bytes(self._buffer[:end])
            self._drop(end)
            return picture

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._position, self._in_scan = 0, False

    def _seek_start(self) -> bool:
        """Throws away what precedes the next picture."""
        found = [place for start in (_SOI, PNG_SIGNATURE) if (place := self._buffer.find(start)) >= 0]
        if found:
            del self._buffer[: min(found)]
            self._position = 2 if self._buffer[0] == _SOI[0] else len(PNG_SIGNATURE)
            self._found = True
            return True
        if not self._found and len(self._buffer) > MAX_OTHER_BYTES:
            raise _no_pictures(len(self._buffer))
        if self._found:
            del self._buffer[: -len(PNG_SIGNATURE)]  # the beginning of a signature may be there
        return False

    def _walk_png(self) -> int | None:
        """Goes from chunk to chunk; returns where the picture ends, ``None`` if its end has not come yet."""
        buffer = self._buffer
        while self._position + _PNG_CHUNK <= len(buffer):
            kind = bytes(buffer[self._position + 4 : self._position + 8])
            if not kind.isalpha():
                raise _CutOffError
            end = self._position + _PNG_CHUNK + int.from_bytes(buffer[self._position : self._position + 4], "big")
            if end > len(buffer):
                return None
            if kind == b"IEND":
                return end
            self._position = end
        return None

    def _walk_jpeg(self) -> int | None:
        """Goes from marker to marker, past thumbnails, which have an end of their own; else as :meth:`_walk_png`."""
        buffer = self._buffer
        while True:
            if self._in_scan:
                self._position = _next_marker(buffer, self._position)
            if self._position + 2 > len(buffer):
                return None
            if buffer[self._position] != 0xFF:
                raise _CutOffError
            marker = buffer[self._position + 1]
            if marker == _END:
                return self._position + 2
            if marker == _START:  # the next picture begins before this one has ended
                raise _CutOffError
            if marker == 0xFF:  # fill byte
                self._position += 1
            elif marker in _ALONE:
                self._position += 2
            else:
                if self._position + 4 > len(buffer):
                    return None
                length = int.from_bytes(buffer[self._position + 2 : self._position + 4], "big")
                if self._position + 2 + length > len(buffer):
                    return None
                self._position += 2 + length
                self._in_scan = marker == _SCAN


def _next_marker(buffer: bytearray, position: int) -> int:
    """Where the coded pixels are interrupted by a marker; the last place that may be one if there is none yet."""
    while (position := buffer.find(0xFF, position)) >= 0:
        if position + 1 >= len(buffer):
            return position
        if buffer[position + 1] != 0x00 and buffer[position + 1] not in _ALONE:
            return position
        position += 2
    return len(buffer)


def _no_pictures(count: int) -> CameraError:
    received = "nothing" if count == 0 else f"{count:,} bytes without one"
    return CameraError(
        "Standard input holds no pictures", expected="JPEG or PNG pictures one after the other", received=received
    )
