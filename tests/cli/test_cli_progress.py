"""Bars on a terminal, after a moment, and nowhere else."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from mnist_edge.cli import progress
from mnist_edge.cli.common import Console
from mnist_edge.cli.progress import progress_bar

ERASED = "\x1b[1A\x1b[2K"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "BAR_AFTER", 0.0)
    monkeypatch.setenv("TERM", "xterm")


def _work(console: Console, fault: Exception | None = None) -> str:
    """What a terminal is sent meanwhile."""
    with contextlib.redirect_stderr(Terminal()) as stream:
        with contextlib.suppress(RuntimeError), progress_bar(console, "Evaluating", 30) as advance:
            advance(10)
            if fault:
                raise fault
            advance(20)
        return stream.getvalue()


def test_long_work_has_a_bar_that_is_gone_in_the_end() -> None:
    sent = _work(Console())
    assert "Evaluating" in sent
    assert "30/30" in sent
    assert sent.endswith(ERASED)


def test_short_work_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "BAR_AFTER", 60.0)
    assert _work(Console()) == ""


def test_quiet_has_none() -> None:
    assert _work(Console(0)) == ""


def test_a_log_file_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(Console(), "Evaluating", 30) as advance:
        advance(30)
    assert capsys.readouterr().err == ""


def test_without_rich_the_work_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rich.console", "rich.progress"):
        monkeypatch.setitem(sys.modules, name, None)
    assert _work(Console()) == ""


def test_an_error_ends_the_bar_and_passes() -> None:
    assert _work(Console(), RuntimeError("half way")).endswith(ERASED)
    with pytest.raises(RuntimeError, match="half way"), progress_bar(Console(), "Evaluating", 30):
        raise RuntimeError("half way")
