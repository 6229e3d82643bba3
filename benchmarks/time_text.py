"""The tables of the time of start, training and evaluation, for ``render_docs.py``."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

Table = Callable[[list[str], list[list[str]]], str]


def start_text(startup: dict[str, Any], install: dict[str, Any], table: Table) -> str:
    """Start-up times, and what the runtime install brings."""
    commands, ratio = startup["commands"], startup["classify_to_imports"]
    largest = ", ".join(f"{name} {package['megabytes']:.0f}" for name, package in list(install["packages"].items())[:3])
    rows = [
        [text, f"{commands[name]['p50_ms']:.0f}", f"{commands[name]['p90_ms']:.0f}"]
        for name, text in (
            ("help", "`mnist-edge --help`"),
            ("imports", '`python -c "import numpy, cv2, onnxruntime, click"`'),
            ("classify", "`mnist-edge classify one.png`"),
        )
    ]
    return (
        table(["process, start to end", "p50 ms", "p90 ms"], rows)
        + f"\nReading one picture takes {ratio['value']:.2f} times the bare imports "
        f"({ratio['low']:.2f} to {ratio['high']:.2f}).\n"
        + f"`pip install mnist-edge` brings {install['count']} packages, {install['megabytes']:.0f} MB "
        f"({largest}); "
        "TensorFlow is not among them.\n"
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
