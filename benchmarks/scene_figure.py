"""The figure of ``scenes.py``: accuracy by kind and level."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_edge.train.figures.look import DEFAULT_LOOK
from mnist_edge.train.figures.saving import save_figure
from mnist_edge.train.figures.style import Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_figure(report: dict[str, Any], path: Path) -> None:
    """Draws the digit edit error of every kind and the share of scenes without any, a bar for each level with its interval.

    Raises:
        MissingExtraError: If matplotlib is not installed.
        OutputError: If the file cannot be written.
    """
    kinds = {kind: levels for kind, levels in report["kinds"].items() if any(each["digits"] for each in levels.values())}
    with canvas(DEFAULT_LOOK, 8.0, 5.2, "constrained") as drawing:
        upper, lower = drawing.figure.subplots(2, 1, sharex=True)
        for axes, figure, label in ((upper, "edit_error", "digit edit error"), (lower, "exact", "scenes all right")):
            for level in range(4):
                _draw_bars(drawing, axes, kinds, level, figure)
            axes.set_ylabel(label)
            axes.grid(visible=True, axis="y")
            drawing.percent_ticks(axes.yaxis)
        upper.set_ylim(0, min(1.0, upper.get_ylim()[1]))
        lower.set_ylim(0, 1.02)
        lower.set_xticks(range(len(kinds)), list(kinds))
        upper.tick_params(axis="x", length=0)
        lower.tick_params(axis="x", length=0)
        total = report["all"]
        drawing.title(upper, f"{total['digits']:,} digits in {total['pictures']:,} composed scenes", pad=26)
        upper.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=4)
        save_figure(drawing.figure, path)


def _draw_bars(drawing: Canvas, axes: Axes, kinds: dict[str, Any], level: int, figure: str) -> None:
    accent = drawing.colours.accent
    colour = (drawing.colours.muted, drawing.faded(accent), accent, accent)[level]
    places, heights, whiskers = _bars(kinds, level, figure)
    if not places:
        return
    bars = axes.bar(places, heights, 0.24, color=colour, label="plain" if level == 0 else f"level {level}")
    if level == 3:
        for bar in bars:
            bar.set_hatch("////")
            bar.set_edgecolor(drawing.colours.page)
    axes.errorbar(places, heights, whiskers, fmt="none", ecolor=drawing.colours.ink, elinewidth=0.8)


def _bars(kinds: dict[str, Any], level: int, figure: str) -> tuple[list[float], list[float], list[list[float]]]:
    """Places and heights of one level's bars, and the lengths of their whiskers below and above."""
    places: list[float] = []
    heights: list[float] = []
    whiskers: list[list[float]] = [[], []]
    for number, levels in enumerate(kinds.values()):
        each = levels.get(str(level))
        if each is None or each[figure] is None:
            continue
        low, high = each[f"{figure}_interval"]
        places.append(number + (0.0 if level == 0 else 0.26 * (level - 2)))
        heights.append(each[figure])
        whiskers[0].append(max(each[figure] - low, 0))
        whiskers[1].append(max(high - each[figure], 0))
    return places, heights, whiskers
