"""The tables of the time of start, training and evaluation, for ``render_docs.py``."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

Table = Callable[[list[str], list[list[str]]], str]


# In the order of the process; those that are not onnxruntime's, OpenCV's, NumPy's or Python's are the program's own.
_PARTS = {
    "python": "Python itself",
    "click": "`import click`",
    "command": "the command line and its options",
    "numpy": "`import numpy`",
    "opencv": "`import cv2`",
    "onnxruntime": "`import onnxruntime`",
    "modules": "the program's own modules",
    "arguments": "arguments read, result printed",
    "model": "model file read, card and hash checked",
    "session": "session of onnxruntime",
    "answer": "picture decoded and read",
    "exit": "end of the process",
}


def start_text(startup: dict[str, Any], install: dict[str, Any], table: Table) -> str:
    """Start-up times and memory, and what the runtime install brings."""
    commands, every = startup["commands"], startup["all_cores"]
    largest = ", ".join(f"{name} {package['megabytes']:.0f}" for name, package in list(install["packages"].items())[:3])
    names = {
        "help": "`mnist-edge --help`",
        "imports": '`python -c "import numpy, cv2, onnxruntime, click"`',
        "classify": "`mnist-edge classify one.png`",
        "onnxruntime": "`plain_onnxruntime.py`, the same by hand",
        "litert": "`plain_litert.py`, the same by hand",
    }
    rows = []
    for name, text in names.items():
        if name in commands:
            peak = commands[name]["peak_mb"]
            rows.append(
                [
                    text,
                    *[f"{commands[name][key]:.0f}" for key in ("p50_ms", "p90_ms")],
                    _to_imports(startup["time_to_imports"], name),
                    *(
                        [f"{every['commands'][name]['p50_ms']:.0f}", _to_imports(every["time_to_imports"], name)]
                        if every
                        else []
                    ),
                    f"{peak:.0f}" if peak else "–",
                    _to_imports(startup["memory_to_imports"], name),
                ]
            )
    several = [f"{startup['cores']} cores: p50 ms", "to imports"] if every else []
    header = ["process, start to end", "one core: p50 ms", "p90 ms", "to imports", *several, "peak MB", "to imports"]
    ratio = startup["time_to_imports"]["classify"]
    missing = [f"{name} was not measured: {reason}.\n" for name, reason in startup["not_measured"].items()]
    return (
        table(header, rows) + f"\nReading one picture takes {ratio['value']:.2f} times the bare imports "
        f"({ratio['low']:.2f} to {ratio['high']:.2f}), "
        "because the program holds the garbage collector back until all is loaded, and the bare imports do not. No process "
        "has threads of linear algebra.\n"
        + "".join(missing)
        + f"`pip install mnist-edge` brings {install['count']} packages, {install['megabytes']:.0f} MB "
        f"({largest}); "
        "TensorFlow is not among them.\n"
    )


def _to_imports(ratios: dict[str, Any], name: str) -> str:
    return f"{ratios[name]['value']:.2f}" if name in ratios else "1" if name == "imports" else "–"


def start_parts_text(startup: dict[str, Any], table: Table) -> str:
    """Where the time of one ``mnist-edge classify`` goes."""
    parts = startup["parts_ms"]
    total = sum(parts.values())
    rows = [[text, f"{parts[name]:.1f}", f"{parts[name] / total:.1%}"] for name, text in _PARTS.items()]
    return (
        table(["part", "ms", "share"], [*rows, ["together", f"{total:.1f}", "100%"]])
        + "\nOne core; medians over processes that are timed step by step.\n"
    )


def xla_text(measured: dict[str, Any], table: Table) -> str:
    """Fit time with and without XLA."""
    rows = [
        [
            name,
            f"{variant['first_epoch_ratio']:.2f}",
            f"{variant['later_epoch_ratio']:.2f}",
            f"{variant['later_epoch_seconds']:.1f}",
        ]
        for name, variant in measured["variants"].items()
    ]
    return (
        table(["variant", "first epoch, ratio", "later epoch, ratio", "later epoch, s"], rows)
        + f"\n`{measured['arch']}`, batch 64, {measured['repeats']} interleaved repeats, medians; "
        "the fastest that gives the same bits each time is the default.\n"
    )


def recipes_text(measured: dict[str, Any], table: Table) -> str:
    """Time and accuracy of the short recipe against the tutorial's."""
    rows = []
    for recipe, found in measured["recipes"].items():
        accuracies = [run["test_accuracy"] for run in found["runs"]]
        rows.append(
            [
                f"`{recipe}`",
                str(found["runs"][0]["epochs"]),
                f"{found['fit_seconds']:.0f}",
                f"{statistics.median(found['shares_of_time']):.2f}",
                f"{found['mean_validation_accuracy']:.2%}",
                f"{found['mean_test_accuracy']:.2%} ({min(accuracies):.2%} to {max(accuracies):.2%})",
            ]
        )
    return (
        table(["recipe", "epochs", "fit, s", "share of the time", "validation accuracy", "test accuracy"], rows)
        + f"\n`{measured['arch']}`, {measured['repeats']} seeds, the recipes in turns, each in a fresh process; times are "
        "medians, accuracies means, in brackets the lowest and the highest.\n"
    )


def seeds_text(measured: dict[str, Any], table: Table) -> str:
    """Accuracy over seeds, and what the teacher is worth."""
    rows = []
    for variant in measured["variants"]:
        count, spread = len(variant["runs"]), {}
        for name in ("validation_accuracy", "test_accuracy"):
            values, deviation = [run[name] for run in variant["runs"]], variant[name]["deviation"]
            about = "" if deviation is None else f" ± {100 * deviation:.2f} ({min(values):.2%} to {max(values):.2%})"
            spread[name] = f"{variant[name]['mean']:.2%}{about}"
        short = f"{variant['epochs']} epochs, {variant['views']} views"
        by = "recipe `best`" if variant["is_recipe"] else f"the same in {short}"
        rows.append(
            [
                f"`{variant['arch']}`",
                by + ("" if variant["is_taught"] else ", the teacher" if variant["is_recipe"] else ", without a teacher"),
                str(count),
                spread["validation_accuracy"],
                spread["test_accuracy"],
            ]
        )
    return (
        table(["network", "training", "seeds", "validation accuracy", "test accuracy"], rows)
        + "\nMean, standard deviation in points, lowest and highest. One seed changes the first weights, the order of the "
        "pictures, and every picture that is drawn or changed; the teacher is the same.\n"
    )


def evaluation_text(measured: dict[str, Any], table: Table) -> str:
    """Time of an evaluation, agreement with other programs, size of a report."""
    seconds, agreed, size = measured["seconds"], measured["agreement"], measured["report_bytes"]
    rows = [
        [f"`evaluate` of {text}, 10,000 digits", f"{seconds[kind]['p50']:.1f} s", f"{seconds[kind]['p90']:.1f} s"]
        for kind, text in (("onnx", "an `.onnx`"), ("keras", "a `.keras` (TensorFlow's start included)"))
    ]
    losses = ", ".join(f"{name} {each['loss']:.4f} and {each['accuracy']:.2%}" for name, each in agreed.items())
    return (
        table(["whole process", "p50", "p90"], rows)
        + f"\nLoss and accuracy of the same model by three programs: {losses}. "
        + f"The report of a run with its export is one file of {size['run'] / 1e6:.2f} MB, "
        + f"that of the packaged model alone {size['packaged'] / 1e6:.2f} MB.\n"
    )
