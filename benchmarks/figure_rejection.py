"""Draws docs/pictures/rejection.png from benchmarks/results/rejection.json: what it costs to accept fewer other things.

python benchmarks/figure_rejection.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from mnist_edge.runtime.packaged import DEFAULT_MODEL
from mnist_edge.train.figures.look import Look
from mnist_edge.train.figures.saving import save_figure
from mnist_edge.train.figures.style import SMALL_SIZE, WIDTH, canvas

HERE: Final = Path(__file__).resolve().parent
OUTPUT: Final = HERE.parent / "docs" / "pictures" / "rejection.png"
_CURVES: Final = (("all", "everything that was drawn"), ("held-out letter", "letters of scripts it never saw"))


def main() -> None:
    """Writes the figure."""
    models = json.loads((HERE / "results" / "rejection.json").read_text("utf-8"))["models"]
    report = next((model for model in models if model["name"] == DEFAULT_MODEL), models[0])
    with canvas(Look(), WIDTH, 4.4, layout="constrained") as drawing:
        axes: Any = drawing.figure.subplots()
        colours = (drawing.colours.accent, drawing.colours.ink)
        for (kind, text), colour in zip(_CURVES, colours, strict=True):
            curve = [(p["digits_refused"]["photographed"], p["accepted"][kind]) for p in report["curve"]]
            axes.plot(*zip(*curve, strict=True), color=colour, label=text)
            for point in report["points"]:
                place = (point["digits_refused"]["photographed"], point["accepted"][kind])
                filled = colour if point["reject"] == report["default"] else drawing.colours.page
                axes.plot(*place, "o", color=colour, markerfacecolor=filled, markersize=6)
                if kind != "all":
                    axes.annotate(
                        f"{point['reject']:.1%}".replace(".0%", "%"),
                        place,
                        xytext=(4, 8),
                        textcoords="offset points",
                        size=SMALL_SIZE,
                        color=drawing.colours.muted,
                    )
        axes.set_xscale("log")
        axes.set_xlim(0.0007, 0.2)
        axes.set_ylim(bottom=0)
        axes.grid()
        drawing.percent_ticks(axes.xaxis)
        drawing.percent_ticks(axes.yaxis)
        axes.set_xlabel("harder digits refused")
        axes.set_ylabel("other things accepted")
        drawing.title(axes, "What refusing costs, by reject=…")
        axes.legend(title=report["name"])
    save_figure(drawing.figure, OUTPUT)


if __name__ == "__main__":
    main()
