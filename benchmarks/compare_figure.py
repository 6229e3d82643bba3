"""The figures of ``compare.py``: time against mnist-edge, and throughput by batch size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from compare_ratios import LEAST_ROUNDS
from compare_text import MAIN
from engines import FLOAT, OWN

from mnist_edge.runtime.packaged import DEFAULT_MODEL
from mnist_edge.train.figures.look import DEFAULT_LOOK
from mnist_edge.train.figures.saving import save_figure
from mnist_edge.train.figures.style import SMALL_SIZE, Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Entries = list[dict[str, Any]]
ROW: Final = 0.27  # inches a bar
SPREADING: Final = 200  # rounds of moving labels apart
SIDE: Final = 2.0  # room for the figures beside the bars, as a factor
TICKS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
PANELS: Final = (MAIN, DEFAULT_MODEL, "tiny")
NO_LINE: Final = ("classify", "classify_int8", "keras_predict")  # the network alone; predict is a hundred times slower


def draw_ratios(report: dict[str, Any], path: Path) -> None:
    """Draws each engine's time for one picture, mnist-edge with the same weights being 1, as bars on a logarithmic scale.

    Raises:
        MissingExtraError: If matplotlib is not installed.
        OutputError: If the file cannot be written.
    """
    groups = {model: _compared(report, model) for model in PANELS}
    shown = {model: entries for model, entries in groups.items() if entries}
    if not shown:
        return
    rows = sum(len(entries) for entries in shown.values())
    with canvas(DEFAULT_LOOK, 8.0, 1.3 * len(shown) + ROW * rows, "constrained") as drawing:
        heights = [len(entries) + 1.5 for entries in shown.values()]
        places = drawing.figure.subplots(len(shown), 1, height_ratios=heights, squeeze=False)[:, 0]
        for axes, (model, entries) in zip(places, shown.items(), strict=True):
            _draw_bars(drawing, axes, entries)
            drawing.title(axes, f"{model}: one picture, one thread")
        places[-1].set_xlabel("time, float Engine.infer with the same weights = 1 (lower is faster); 95 % interval")
        save_figure(drawing.figure, path)


def _compared(report: dict[str, Any], model: str) -> Entries:
    entries = [each for each in report["entries"] if each["model"] == model and not each["failed"] and each["ratio"]]
    return sorted(entries, key=lambda entry: -float(entry["ratio"]["value"]))


def _draw_bars(drawing: Canvas, axes: Axes, entries: Entries) -> None:
    colours = drawing.colours
    for place, entry in enumerate(entries):
        value, low, high = _span(entry)
        colour = colours.accent if entry["engine"] in OWN else colours.axis
        axes.barh(place, value - 1, left=1, height=0.62, color=colour)
        if low < high:
            axes.errorbar(value, place, xerr=[[value - low], [high - value]], color=colours.ink, elinewidth=1, capsize=2)
        text = f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
        is_right = value >= 1
        axes.annotate(
            text,
            (high if is_right else low, place),
            (6 if is_right else -6, 0),
            textcoords="offset points",
            ha="left" if is_right else "right",
            va="center",
            size=SMALL_SIZE,
        )
    axes.axvline(1, color=colours.ink, linewidth=1)
    axes.set_xscale("log")
    spans = [_span(each) for each in entries]
    lowest, highest = min(low for _, low, _ in spans), max(high for _, _, high in spans)
    axes.set_xlim(min(lowest, 1) / SIDE, max(highest, 1) * SIDE)
    axes.set_xticks([tick for tick in TICKS if min(lowest, 1) / SIDE <= tick <= max(highest, 1) * SIDE])
    axes.xaxis.set_major_formatter(lambda value, place: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, place: "")
    axes.set_yticks(range(len(entries)), [_name(each) for each in entries])
    axes.grid(visible=True, axis="x")


def _span(entry: dict[str, Any]) -> tuple[float, float, float]:
    """Ratio and ends of its interval; they are the ratio itself where there are too few rounds for one."""
    ratio = entry["ratio"]
    value = float(ratio["value"])
    return (value, ratio["low"], ratio["high"]) if ratio["rounds"] >= LEAST_ROUNDS else (value, value, value)


def draw_throughput(report: dict[str, Any], path: Path) -> None:
    """Draws pictures a second over the batch size, a line for each engine, a panel for each of two models.

    Raises:
        MissingExtraError: If matplotlib is not installed.
        OutputError: If the file cannot be written.
    """
    entries = [each for each in report["entries"] if not each["failed"] and each["engine"] not in NO_LINE]
    groups = {model: [each for each in entries if each["model"] == model] for model in (MAIN, DEFAULT_MODEL)}
    shown = {model: lines for model, lines in groups.items() if lines}
    if not shown:
        return
    with canvas(DEFAULT_LOOK, 8.0, 3.8 * len(shown), "constrained") as drawing:
        places = drawing.figure.subplots(len(shown), 1, squeeze=False)[:, 0]
        for axes, (model, lines) in zip(places, shown.items(), strict=True):
            _draw_panel(drawing, axes, lines, report["batches"])
            drawing.title(axes, f"{model}: pictures a second, one thread")
        places[-1].set_xlabel("pictures a call; dashed: int8 or bfloat16; higher is faster")
        save_figure(drawing.figure, path)


def _draw_panel(drawing: Canvas, axes: Axes, lines: Entries, sizes: list[int]) -> None:
    ends = [(_draw_line(drawing, axes, entry), entry) for entry in lines]
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_xlim(min(sizes) / 1.1, max(sizes) * 12)
    axes.yaxis.set_major_formatter(lambda value, place: f"{value:,.0f}")
    axes.yaxis.set_minor_formatter(lambda value, place: f"{value:,.0f}" if f"{value:.0e}"[0] in "25" else "")
    axes.grid(visible=True, axis="both", which="major")
    _label(drawing, axes, sorted(ends, key=lambda end: end[0][1]))


def _draw_line(drawing: Canvas, axes: Axes, entry: dict[str, Any]) -> tuple[float, float]:
    """Draws an entry, dashed if it is not in float32, and returns its last point."""
    points = [(int(size), each["images_per_s"]) for size, each in entry["throughput"].items()]
    is_own = entry["engine"] in OWN
    axes.plot(
        *zip(*points, strict=True),
        "-" if entry["precision"] == FLOAT else "--",
        color=drawing.colours.accent if is_own else drawing.colours.axis,
        marker="o",
        markersize=3,
        linewidth=2 if is_own else 1.2,
        zorder=3 if is_own else 2,
    )
    return points[-1]


def _label(drawing: Canvas, axes: Axes, ends: list[tuple[tuple[float, float], dict[str, Any]]]) -> None:
    """Names beside the ends of the lines, given from the lowest up, moved apart where they would overlap."""
    bottom, top = axes.get_ylim()
    step = (top / bottom) ** 0.065
    heights = [rate for (_, rate), _ in ends]
    for _ in range(SPREADING):  # each pair that is too close is moved apart, by half of what is missing on either side
        for lower in range(len(heights) - 1):
            lack = step * heights[lower] / heights[lower + 1]
            if lack > 1:
                heights[lower] /= lack**0.5
                heights[lower + 1] *= lack**0.5
    for ((size, rate), entry), height in zip(ends, heights, strict=True):
        axes.annotate(
            _name(entry), (size, rate), (size * 1.4, height), va="center", size=SMALL_SIZE, color=drawing.colours.ink,
            arrowprops={"arrowstyle": "-", "color": drawing.colours.axis, "linewidth": 0.6, "relpos": (0, 0.5)},
        )  # fmt: skip


def _name(entry: dict[str, Any]) -> str:
    return str(entry["title"]).replace("`", "")
