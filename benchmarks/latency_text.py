"""The tables of ``latency.py``, for ``render_docs.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from latency_figure import KINDS, by_kind, classify_parts

Table = Callable[[list[str], list[list[str]]], str]


def latency_parts_text(measured: dict[str, Any], table: Table) -> str:
    """What ``classify`` is made of, and ``classify`` to ``infer``."""
    models = measured["models"]
    bars = [classify_parts(model) for model in models]
    rows = [[label, *(f"{max(0.0, bar.get(kind, 0.0)):.1f}" for bar in bars)] for kind, (_, _, label) in KINDS.items()]
    rows.append(["**`classify`, the whole**", *(f"**{model['us']['classify']:.1f}**" for model in models)])
    rows.append(["`infer`", *(f"{model['us']['infer']:.1f}" for model in models)])
    rows.append(["`classify` to `infer`", *(_ratio(model["classify_to_infer"]) for model in models)])
    rows.append(["a PNG in memory to its digit", *(f"{model['us']['end_to_end']:.1f}" for model in models)])
    rows.append(["the same to `infer` and `cv2.imdecode`", *(_ratio(model["png_to_infer_and_decode"]) for model in models)])
    return table(["µs", *(f"`{model['name']}`" for model in models)], rows) + _footer(measured)


def latency_layers_text(measured: dict[str, Any], table: Table) -> str:
    """The network of the default model, cut off behind one operator after the other."""
    default = measured["models"][0]
    rows = [[part["part"], f"{part['us']:.1f}", f"{part['until_here_us']:.1f}"] for part in default["parts"]]
    return table([f"`{default['name']}`", "µs", "until here"], rows)


def latency_export_text(measured: dict[str, Any], table: Table) -> str:
    """Each step of the export: nodes, work, time."""
    rows = [
        [
            f"`{step['network']}`",
            step["step"],
            f"{step['nodes']}",
            f"{step['multiply_adds']:,}",
            f"{step['us']:.1f}",
            _ratio(step["to_first"]),
            f"{step['largest_difference']:.0e}" if step["largest_difference"] else "0",
        ]
        for step in measured["export"]
    ]
    header = ["network", "after", "nodes", "multiply-adds", "µs", "to the first", "largest difference"]
    return table(header, rows)


def latency_kinds_text(measured: dict[str, Any], table: Table) -> str:
    """Operators of the tutorial CNN before and after."""
    steps = [step for step in measured["export"] if step["network"] == "simple_cnn"]
    before, after = (by_kind(step["parts"]) for step in (steps[0], steps[-1]))
    rows = [[KINDS[kind][2], f"{before[kind]:.1f}", f"{after[kind]:.1f}"] for kind in before]
    rows.append(["**sum**", f"**{sum(before.values()):.1f}**", f"**{sum(after.values()):.1f}**"])
    return table(["`simple_cnn`, µs", "as tf2onnx gives it", "as it ships"], rows)


def latency_peak_text(measured: dict[str, Any], table: Table) -> str:
    """What the core could do at best, and how close the networks are."""
    peak = measured["peak"]["multiply_adds_per_us"]
    rows = []
    for model in measured["models"]:
        parts = by_kind(model["parts"])
        least, network = model["multiply_adds"] / peak, sum(parts.values())
        rows.append(
            [
                f"`{model['name']}`",
                f"{model['multiply_adds']:,}",
                f"{least:.1f}",
                f"{parts['convolution'] + parts['dense']:.1f}",
                f"{network:.1f}",
                f"{least / network:.0%}",
            ]
        )
    header = ["model", "multiply-adds", "at peak, µs", "its layers, µs", "whole run, µs", "of the peak"]
    return f"Peak: {peak / 1000:,.0f} multiply-adds a nanosecond ({measured['peak']['by']}).\n\n" + table(header, rows)


def _ratio(ratio: dict[str, float]) -> str:
    return f"{ratio['value']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})"


def _footer(measured: dict[str, Any]) -> str:
    machine, load = measured["machine"], measured["load_average"]
    loads = " / ".join(f"{value[0]:.2f}" if value else "unknown" for value in (load["before"], load["after"]))
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    return (
        f"\n{measured['method']}. Intervals: 95 %, bootstrap over the blocks of one process; two processes differ by one "
        f"or two percent. {machine['cpu']}, load average {loads}; {versions}; {measured['created'][:10]}.\n"
    )
