"""Keeps the start-up chatter of TensorFlow's C++ code off the terminal."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import Final

LEVEL_VARIABLE: Final = "TF_CPP_MIN_LOG_LEVEL"
_STDERR: Final = 2

# Two layouts: "I0000 00:00:1795302702.755718 42 port.cc:153] text", "2025-09-17 14:44:05.157831: I path/file.cc:32] text".
_LOG_LINE: Final = re.compile(
    rb"([IWE]\d{4} [\d:. ]+|\d{4}-\d\d-\d\d [\d:.]+: [IWE] )\S+:\d+\]|WARNING: All log messages before absl::"
)
_CONTINUATION: Final = b"To enable the following instructions:"


@contextlib.contextmanager
def without_native_logs() -> Iterator[None]:
    """Drops the log lines that C++ libraries write to stderr while the block runs; other lines come out at its end.

    TensorFlow 2.21 logs during its import before it reads ``TF_CPP_MIN_LOG_LEVEL``, and writes to the file descriptor, past
    ``sys.stderr``; therefore the descriptor itself is diverted. A level of 0 in that variable switches the filter off.
    """
    if os.environ.get(LEVEL_VARIABLE) == "0":
        yield
        return
    try:
        original = os.dup(_STDERR)
        diverted = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the with statement below
    except OSError:  # stderr is closed, or there is no temporary folder: clean output is not worth failing for
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    with diverted:
        os.dup2(diverted.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(original, _STDERR)
            os.close(original)
            diverted.seek(0)
            for line in diverted:
                if not (_LOG_LINE.match(line) or line.startswith(_CONTINUATION)):
                    os.write(_STDERR, line)
