"""The figures of ``latency.py``: what a call is made of, as stacked bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from mnist_edge.train.figures.look import DEFAULT_LOOK
from mnist_edge.train.figures.saving import save_figure
from mnist_edge.train.figures.style import canvas

#: Colour, hatch and name of each kind of part, from the left of a bar to its right.
KINDS: Final = {
    "call": ("#9aa4ae", "", "the call into onnxruntime"),
    "image": ("#e69f00", "", "bringing the image in"),
    "convolution": ("#004c80", "", "convolutions and pools"),
    "dense": ("#3391cc", "", "dense layers, softmax"),
    "infer": ("#009e73", "", "infer: checks, copies"),
    "form": ("#d55e00", "", "is it framed?"),
    "answer": ("#cc79a7", "", "logits to answer"),
    "rest": ("#f0e442", "", "rest of classify"),
}
_LEAST_SHOWN: Final = 0.027  # of the longest bar; a narrower part has no room for its number


def draw_parts(report: dict[str, Any], path: Path) -> None:
    """Draws what ``classify`` of a framed 28x28 array is made of, for each packaged model."""
    bars = {f"{model['name']}": classify_parts(model) for model in report["models"]}
    _draw(bars, "classify() of a 28x28 array: where the time goes", path)


def draw_operators(report: dict[str, Any], path: Path) -> None:
    """Draws the graph of the tutorial CNN after each step of the export."""
    steps = [step for step in report["export"] if step["network"] == "simple_cnn"]
    _draw({step["step"]: by_kind(step["parts"]) for step in steps}, "simple_cnn after each step of the export", path)


def by_kind(parts: list[dict[str, Any]]) -> dict[str, float]:
    """µs of each kind of part of a graph."""
    found = {"call": 0.0, "image": 0.0, "convolution": 0.0, "dense": 0.0}
    for part in parts:
        found[_kind(part["part"], seen=found["convolution"] > 0)] += part["us"]
    return found


def _kind(operators: str, *, seen: bool) -> str:
    if operators == "call":
        return "call"
    if "Conv" in operators or "Pool" in operators:
        return "convolution"
    return "dense" if seen else "image"


def classify_parts(model: dict[str, Any]) -> dict[str, float]:
    """µs of each kind of part of ``classify``; their sum is its whole time, and a small negative one is noise."""
    found, calls = by_kind(model["parts"]), model["us"]
    network = sum(found.values())
    named = {"infer": calls["infer_one"] - network, "form": calls["is_framed"], "answer": calls["judge"]}
    rest = calls["classify"] - network - sum(named.values())
    return {**found, **named, "rest": rest}


def _draw(bars: dict[str, dict[str, float]], title: str, path: Path) -> None:
    with canvas(DEFAULT_LOOK, 8.0, 1.5 + 0.42 * len(bars), "constrained") as drawing:
        axes = drawing.figure.subplots()
        names = list(bars)
        least = _LEAST_SHOWN * max(sum(max(0.0, width) for width in bar.values()) for bar in bars.values())
        for kind, (colour, hatch, label) in KINDS.items():
            widths = [max(0.0, bars[name].get(kind, 0.0)) for name in names]
            if not any(widths):
                continue
            before = [sum(max(0.0, bars[name].get(other, 0.0)) for other in _earlier(kind)) for name in names]
            drawn = axes.barh(names, widths, left=before, color=colour, hatch=hatch, label=label, height=0.62)
            dark = kind in ("convolution", "infer", "form")
            texts = [f"{width:.1f}" if width >= least else "" for width in widths]
            axes.bar_label(drawn, texts, label_type="center", fontsize=8, color="white" if dark else "black")
        axes.invert_yaxis()
        axes.set_xlabel("µs, one thread")
        axes.grid(visible=True, axis="x")
        drawing.title(axes, title)
        drawing.figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8)
        save_figure(drawing.figure, path)


def _earlier(kind: str) -> list[str]:
    names = list(KINDS)
    return names[: names.index(kind)]
