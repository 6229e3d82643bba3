"""File names that rich would take for markup."""

from __future__ import annotations

import contextlib
import io

import pytest

from mnist_edge.cli import progress
from mnist_edge.cli.common import Console
from mnist_edge.cli.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("name", ["q[/a]/m.onnx", "[red]m.onnx"])
def test_a_bar_shows_a_name_as_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "BAR_AFTER", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    with contextlib.redirect_stderr(Terminal()) as stream:
        with progress_bar(Console(), f"Evaluating {name}", 30) as advance:
            advance(30)
        assert name in stream.getvalue()
