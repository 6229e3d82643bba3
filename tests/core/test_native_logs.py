"""Log lines of C++ libraries vanish, other words on stderr do not."""

from __future__ import annotations

import os

import pytest

from mnist_edge.native_logs import LEVEL_VARIABLE, without_native_logs

LOG_LINES = [
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"I0000 00:00:1795302702.755718    4222 port.cc:153] oneDNN custom operations are on.\n",
    b"2025-09-17 14:44:05.157831: I external/local_xla/xla/tsl/cuda/cudart_stub.cc:32] Could not find cuda drivers\n",
]


@pytest.mark.parametrize("line", LOG_LINES)
def test_a_log_line_is_dropped(capfd: pytest.CaptureFixture[str], line: bytes) -> None:
    with without_native_logs():
        os.write(2, line)
    assert capfd.readouterr().err == ""


def test_other_lines_come_out(capfd: pytest.CaptureFixture[str]) -> None:
    with without_native_logs():
        os.write(2, LOG_LINES[0] + b"Segmentation fault\n")
    assert capfd.readouterr().err == "Segmentation fault\n"


def test_other_lines_come_out_of_a_failing_block(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), without_native_logs():
        os.write(2, b"important\n")
        raise ValueError("broken")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "important\nafterwards\n"


def test_level_zero_keeps_everything(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LEVEL_VARIABLE, "0")
    with without_native_logs():
        os.write(2, LOG_LINES[1])
    assert "oneDNN" in capfd.readouterr().err
