"""The figures of ``picture_speed.py``: time by digits and by pixels, and by stages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mnist_edge.train.figures.look import DEFAULT_LOOK
from mnist_edge.train.figures.saving import save_figure
from mnist_edge.train.figures.style import Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST_LABEL: Final = 0.045  # of the longest bar; a shorter piece has no room for its time


def draw_speed(report: dict[str, Any], path: Path) -> None:
    """Draws the median picture as a line and the fastest to the slowest as a band, over digits and over pixels.

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
        for axis, also in ((right.xaxis, ""), (right.yaxis, "25")):
            axis.set_major_formatter(lambda value, place: f"{value:g}")
            axis.set_minor_formatter(
                lambda value, place, also=also: f"{value:g}" if f"{value:.0e}"[0] in tuple(also) else ""
            )
        right.set_xlabel("megapixels, with 10 digits")
        drawing.title(left, "Reading a picture, without decoding")
        left.legend(loc="upper left")
        save_figure(drawing.figure, path)


def _draw(drawing: Canvas, axes: Axes, cases: list[dict[str, Any]], key: str) -> None:
    places = [case[key] for case in cases]
    middle = [case["p50_ms"] for case in cases]
    low, high = zip(*[case["p50_range_ms"] for case in cases], strict=True)
    colour = drawing.colours.accent
    axes.plot(places, middle, marker="o", markersize=3.5, color=colour, label="median picture")
    axes.fill_between(places, low, high, color=drawing.faded(colour), linewidth=0, label="fastest to slowest")
    axes.grid(visible=True, axis="both")


def draw_stages(report: dict[str, Any], path: Path) -> None:
    """Draws a bar for each size of picture, its pieces the stages in their order.

    Raises:
        MissingExtraError: If matplotlib is not installed.
        OutputError: If the file cannot be written.
    """
    bars = report["stages"]
    longest = max(sum(bar["stages_us"].values()) for bar in bars) / 1e3
    with canvas(DEFAULT_LOOK, 8.0, 2.2, "constrained") as drawing:
        axes = drawing.figure.subplots()
        dark, light, middle = drawing.colours.series
        shades = (drawing.colours.axis, dark, middle, light)
        for row, bar in enumerate(bars):
            start = 0.0
            for number, (stage, spent) in enumerate(bar["stages_us"].items()):
                length = spent / 1e3
                piece = axes.barh(
                    row, length, left=start, height=0.55, color=shades[number % len(shades)], label="" if row else stage,
                    hatch="//" if number >= len(shades) else None, edgecolor=drawing.colours.page, linewidth=0.8,
                )  # fmt: skip
                if length >= _LEAST_LABEL * longest:
                    axes.bar_label(piece, [f"{length:.2f}"], label_type="center", color=drawing.colours.page, fontsize=8)
                start += length
        axes.set_yticks(range(len(bars)), [f"{bar['width']}x{bar['height']}" for bar in bars])
        axes.invert_yaxis()
        axes.set_xlabel("ms, one thread, 10 digits, from the JPEG to the answer")
        drawing.title(axes, "Where the time of a picture goes")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.35), ncols=7, frameon=False, handlelength=1.0, fontsize=8)
        save_figure(drawing.figure, path)
