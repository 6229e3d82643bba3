"""The figure of ``picture_speed.py``: time by digits and by pixels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_edge.train.figures.look import DEFAULT_LOOK
from mnist_edge.train.figures.saving import save_figure
from mnist_edge.train.figures.style import Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_speed(report: dict[str, Any], path: Path) -> None:
    """Draws p50 as a line and p50 to p99 as a band, over the number of digits and over the pixels.

    Raises:
        MissingExtraError: If matplotlib is not installed.
        OutputError: If the file cannot be written.
    """
    series = {name: [case for case in report["cases"] if case["series"] == name] for name in ("digits", "pixels")}
    with canvas(DEFAULT_LOOK, 8.0, 3.2, "constrained") as drawing:
        left, right = drawing.figure.subplots(1, 2)
        _draw(drawing, left, series["digits"], "digits")
        left.set_xlabel("digits in 640x480")
        left.set_ylabel("ms a picture, one thread")
        left.set_ylim(bottom=0)
        left.set_xlim(left=0)
        _draw(drawing, right, series["pixels"], "megapixels")
        right.set_xscale("log")
        right.set_yscale("log")
        for axis in (right.xaxis, right.yaxis):
            axis.set_major_formatter(lambda value, place: f"{value:g}")
            axis.set_minor_formatter(lambda value, place: "")
        right.set_xlabel("megapixels, with 10 digits")
        drawing.title(left, "Reading a picture, without decoding")
        left.legend(loc="upper left")
        save_figure(drawing.figure, path)


def _draw(drawing: Canvas, axes: Axes, cases: list[dict[str, Any]], key: str) -> None:
    places = [case[key] for case in cases]
    middle = [case["p50_ms"] for case in cases]
    colour = drawing.colours.accent
    axes.plot(places, middle, marker="o", markersize=3.5, color=colour, label="p50")
    band = drawing.faded(colour)
    axes.fill_between(places, middle, [case["p99_ms"] for case in cases], color=band, linewidth=0, label="up to p99")
    axes.grid(visible=True, axis="both")
