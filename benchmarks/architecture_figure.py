"""The figure of ``architectures.py``: accuracy against latency."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mnist_edge.train.figures.look import DEFAULT_LOOK
from mnist_edge.train.figures.saving import save_figure
from mnist_edge.train.figures.style import SMALL_SIZE, Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS: Final = {"edge": "o", "tiny": "D"}
REFERENCE: Final = "reference"
AREA: Final = 1 / 250  # square points a parameter
LEAST_AREA: Final = 16.0
LINES: Final = 18  # of the key, at least

Rows = list[dict[str, Any]]


def draw_architectures(report: dict[str, Any], path: Path) -> None:
    """Draws every design at its latency and its validation accuracy, larger for more parameters, with a key beside it.

    The references take several times as long and are lines.

    Raises:
        MissingExtraError: If matplotlib is not installed.
        OutputError: If the file cannot be written.
    """
    labels = _labels(report)
    with canvas(DEFAULT_LOOK, 9.0, 5.0, "constrained") as drawing:
        axes, key = drawing.figure.subplots(1, 2, width_ratios=(2.5, 1))
        for group in MARKS:
            _draw(drawing, axes, [row for row in report["designs"] if row["group"] == group], group)
        for row in report["designs"]:
            if row["group"] == REFERENCE:
                _draw_reference(drawing, axes, row)
        _name(drawing, axes, [row for row in report["designs"] if row["group"] != REFERENCE], labels)
        axes.margins(x=0.1)
        axes.set_xlabel("time for one picture, simple_cnn = 1")
        axes.set_ylabel("validation accuracy")
        axes.grid(visible=True, axis="both")
        drawing.percent_ticks(axes.yaxis)
        epochs, seeds = report["training"]["epochs"], report["seeds"]
        drawing.title(axes, f"After {epochs} epochs: mean and spread of {seeds} seeds; area: parameters", pad=12)
        legend = axes.legend(loc="lower right")
        for mark in legend.legend_handles:
            mark.set_sizes([36])  # type: ignore[union-attr]  # marks of a scatter have sizes
        _explain(drawing, key, labels)
        save_figure(drawing.figure, path)


def _labels(report: dict[str, Any]) -> dict[str, str]:
    """Numbers for all designs but the references; those that were chosen have their names behind."""
    names = {design: name for name, design in report["chosen"].items()}
    designs = [row["design"] for row in report["designs"] if row["group"] != REFERENCE]
    return {design: f"{number} {names.get(design, '')}".strip() for number, design in enumerate(designs, start=1)}


def _draw(drawing: Canvas, axes: Axes, rows: Rows, group: str) -> None:
    colours = dict(zip(MARKS, drawing.colours.series, strict=False))
    x = [row["latency"]["ratio"]["value"] for row in rows]
    y = [row["accuracy"] for row in rows]
    axes.errorbar(x, y, [row["spread"] for row in rows], fmt="none", ecolor=drawing.colours.axis, elinewidth=0.8)
    areas = [max(AREA * row["parameters"], LEAST_AREA) for row in rows]
    axes.scatter(x, y, areas, color=colours[group], marker=MARKS[group], label=group, alpha=0.8, linewidths=0, zorder=3)


def _draw_reference(drawing: Canvas, axes: Axes, row: dict[str, Any]) -> None:
    axes.axhline(row["accuracy"], color=drawing.colours.muted, linestyle="--", linewidth=1)
    text = f"{row['design']}: time {row['latency']['ratio']['value']:.2g}, {row['parameters']:,} parameters"
    place = (1, row["accuracy"])
    axes.annotate(
        text,
        place,
        (-4, 3),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        ha="right",
        size=SMALL_SIZE,
        color=drawing.colours.muted,
    )


def _name(drawing: Canvas, axes: Axes, rows: Rows, labels: dict[str, str]) -> None:
    """Writes the labels to the right of the marks, or to the left of those that have a near neighbour on their right."""
    places = {row["design"]: (row["latency"]["ratio"]["value"], row["accuracy"]) for row in rows}
    width, height = (max(values) - min(values) for values in zip(*places.values(), strict=True))
    for design, (x, y) in places.items():
        crowded = any(0 < right - x < 0.1 * width and abs(up - y) < 0.06 * height for right, up in places.values())
        numbered = labels[design].isdigit()
        axes.annotate(
            labels[design],
            (x, y),
            (-8 if crowded else 8, 4),
            textcoords="offset points",
            ha="right" if crowded else "left",
            size=SMALL_SIZE,
            weight="normal" if numbered else "bold",
            color=drawing.colours.muted if numbered else drawing.colours.ink,
            zorder=4,
        )


def _explain(drawing: Canvas, axes: Axes, labels: dict[str, str]) -> None:
    """The layers behind the numbers."""
    axes.set_axis_off()
    for line, (design, label) in enumerate(labels.items()):
        number, *name = label.split()
        height = 1 - line / max(len(labels), LINES)
        weight = "bold" if name else "normal"
        axes.text(0.0, height, number, size=SMALL_SIZE, weight=weight, ha="right", va="top", color=drawing.colours.ink)
        axes.text(0.04, height, design, size=SMALL_SIZE, weight=weight, va="top", color=drawing.colours.ink)
