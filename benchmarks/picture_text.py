"""The tables of scenes and of the speed of pictures, for ``render_docs.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Table = Callable[[list[str], list[list[str]]], str]

LEVELS: Final = ("1", "2", "3")


def scenes_text(measured: dict[str, Any], real: dict[str, Any], path: dict[str, Any], table: Table) -> str:
    """Edit error and exact pictures by kind and level, other people's pictures, and MNIST's digits as pictures."""
    rows = [
        [kind, *([_level(levels["0"]), "", ""] if "0" in levels else [_level(levels[level]) for level in LEVELS])]
        for kind, levels in measured["kinds"].items()
    ]
    every = measured["all"]
    low, high = every["edit_error_interval"]
    error, exact = f"{every['edit_error']:.1%}", f"{every['exact']:.1%}"
    theirs, others = real["scenes"], real["nondigits"]
    return (
        table(["kind", "level 1", "level 2", "level 3"], rows)
        + "\nDigit edit error, and in brackets the share of pictures without any mistake; of `empty`, digits reported a "
        + f"picture. {every['pictures']:,} pictures, {every['digits']:,} digits: over all of them the edit error is "
        + f"{error} (95 % interval {low:.1%} to {high:.1%}), and {exact} of the pictures are "
        + "exactly right.\n"
        + f"\nOther people's photographs and drawings, {theirs['pictures']} pictures, {theirs['digits']} digits in 1 to 5 "
        + f"lines: edit error {theirs['edit_error']:.1%}, {theirs['exact']:.0%} exactly right. {others['scenes']} of "
        + f"things, textures and words: {others['digits_reported']} digits reported. All of these were at hand while the "
        + "reader was made: development figures.\n"
        + f"\nMNIST's test digits as picture files, found and classified again: {path['direct']:.2%} directly, "
        + f"{path['ways']['classify']['accuracy']:.2%} by `classify`, {path['ways']['read']['accuracy']:.2%} by `read` "
        + "(32 forms: enlarged up to ten times, in either polarity, PNG and JPEG).\n"
    )


def _level(summary: dict[str, Any]) -> str:
    if summary["edit_error"] is None:
        return f"{summary['reported'] / summary['pictures']:.2f}"
    return f"{summary['edit_error']:.1%} ({summary['exact']:.0%})"


def speed_text(measured: dict[str, Any], table: Table) -> str:
    """Time of ten digits in two sizes of frames."""
    rows = [
        [
            f"{case['width']}×{case['height']}",
            f"`{case['task']}`",
            str(case["digits"]),
            *[f"{case[name]:.2f}" for name in ("p50_ms", "p90_ms", "p99_ms")],
            f"{case['p50_range_ms'][0]:.2f} to {case['p50_range_ms'][1]:.2f}",
        ]
        for case in measured["cases"]
        if case["series"] == "budget"
    ]
    return (
        table(["picture", "call", "digits", "p50 ms", "p90 ms", "p99 ms", "p50 of the fastest and slowest picture"], rows)
        + f"\nFrom the decoded picture to the answer, one thread, every answer checked; the median of {_counts(measured)} "
        + "pictures of a kind; "
        + f"{measured['machine']['cpu']}, {measured['created'][:10]}.\n"
    )


def _counts(measured: dict[str, Any]) -> str:
    counts = [case["pictures"] for case in measured["cases"] if case["series"] == "budget"]
    return str(min(counts)) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
