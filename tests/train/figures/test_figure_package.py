"""The package of the figures: its names, and what importing and drawing load."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mnist_edge.errors import MissingExtraError
from mnist_edge.train import figures
from mnist_edge.train.figures import Look
from mnist_edge.train.run import EpochRecord

HISTORY = (EpochRecord(1, 0.5, 0.8, 0.4, 0.9, 1.0, 1e-3),)


def test_all_figures_are_tried_here_and_names_are_sorted(drawn_names: set[str]) -> None:
    assert figures.__all__ == sorted(figures.__all__)
    helpers = {"Look", "page_colours", "png_bytes", "require_fonts", "save_figure", "svg_text"}
    assert set(figures.__all__) == drawn_names | helpers


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in (lambda: figures.training_curves(HISTORY), lambda: figures.require_fonts(Look())):
        with pytest.raises(MissingExtraError, match=r"matplotlib.*pip install 'mnist-edge\[evaluate\]'"):
            call()


def test_importing_is_cheap_and_drawing_uses_no_pyplot() -> None:
    script = """
import sys
from mnist_edge.train.figures import *
assert "matplotlib" not in sys.modules
from mnist_edge.train.run import EpochRecord
svg_text(training_curves([EpochRecord(1, 0.5, 0.8, 0.4, 0.9, 1.0, 1e-3)]))
print([name for name in ("matplotlib.pyplot", "tensorflow", "keras", "sklearn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
