"""Keeps native libraries off the terminal while a command runs."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Final

_STDERR: Final = 2


@contextlib.contextmanager
def quiet_native_stderr(active: bool = True) -> Iterator[None]:
    """Discards what C and C++ code writes to stderr while the block runs; what Python writes comes through.

    libjpeg complains about every second frame of some cameras, and Qt about fonts, past every log level.

    Args:
        active: Whether to do so; ``--verbose`` wants to see it all.
    """
    stream = sys.stderr
    try:
        diverts = active and isinstance(stream, io.TextIOWrapper) and stream.fileno() == _STDERR
        kept = os.dup(_STDERR) if diverts else -1
    except (OSError, ValueError):  # stderr is closed, or is no file
        kept = -1
    if kept < 0 or stream is None:
        yield
        return
    stream.flush()
    with (
        open(kept, "w", encoding=stream.encoding, errors=stream.errors, buffering=1) as python_stderr,
        open(os.devnull, "wb") as nothing,
    ):
        os.dup2(nothing.fileno(), _STDERR)
        sys.stderr = python_stderr
        try:
            yield
        finally:
            python_stderr.flush()
            sys.stderr = stream
            os.dup2(kept, _STDERR)
