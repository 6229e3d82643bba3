"""The result of architectures.py in words and tables, for docs/architectures.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

REFERENCE: Final = "reference"

Table = Callable[[list[str], list[list[str]]], str]


def architectures_text(measured: dict[str, Any], table: Table) -> str:
    """All designs, numbered as in the figure; those that were chosen are bold.

    Args:
        measured: The result.
        table: Makes Markdown of a header and rows.
    """
    names = {design: name for name, design in measured["chosen"].items()}
    rows, number = [], 0
    for row in measured["designs"]:
        is_reference = row["group"] == REFERENCE
        number += not is_reference
        rows.append(_design_row(row, "–" if is_reference else str(number), names.get(row["design"])))
    header = ["", "design", "parameters", "multiply-adds", "validation accuracy", "loss", "p50 µs", "to `simple_cnn`"]
    return table(header, rows) + "\n" + _notes(measured)


def operators_text(measured: dict[str, Any], table: Table) -> str:
    """What single operators cost, as differences of two small networks.

    Args:
        measured: The result.
        table: Makes Markdown of a header and rows.
    """
    rows = []
    for row in measured["operators"]:
        this, other = row["ratios"]
        is_pair = row["this"] != row["other"]
        compared = [f"`{row['other']}`", f"{other:.1%}", f"{this - other:+.1%}"] if is_pair else ["", "", ""]
        rows.append([row["question"], f"`{row['this']}`", f"{this:.1%}", *compared])
    header = ["what differs", "network", "time", "other network", "time", "difference"]
    return (
        table(header, rows)
        + "\nTimes and differences are shares of the time of `simple_cnn`. Measured in turns with one another.\n"
    )


def _design_row(row: dict[str, Any], number: str, name: str | None) -> list[str]:
    latency, several = row["latency"], len(row["trainings"]) > 1
    title = f"`{row['design']}`"
    return [
        number,
        f"**{title} = {name}**" if name else title,
        f"{row['parameters']:,}",
        f"{row['multiply_adds']:,}",
        f"{row['accuracy']:.2%}" + (f" ± {row['spread']:.2%}" if several else ""),
        f"{row['loss']:.4f}",
        f"{latency['p50_us']:.1f}",
        f"{latency['ratio']['value']:.3f}",
    ]


def _notes(measured: dict[str, Any]) -> str:
    how, machine = measured["training"], measured["machine"]
    ratios = [row["latency"]["ratio"] for row in measured["designs"]]
    width = max(max(ratio["high"] - ratio["value"], ratio["value"] - ratio["low"]) / ratio["value"] for ratio in ratios)
    return (
        f"Accuracy: mean and standard deviation of {measured['seeds']} seeds, on {how['validation']:,} validation digits "
        f"after {how['epochs']} epochs of {how['pictures']:,} slightly changed training digits, labels only; loss: mean "
        "cross-entropy in nats. The last rows, for comparison, have one seed. Time: `session.run` alone, one picture, one "
        f"thread, {measured['rounds']} rounds of turns; the 95 % interval of no ratio is wider than ± {width:.1%} of it. "
        f"{machine['cpu']}, {measured['created'][:10]}.\n"
    )
