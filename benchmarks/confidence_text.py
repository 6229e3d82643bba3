"""The result of confidence.py in words and a table, for docs/confidence.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

_DIGITS: Final = {"validation": "validation", "test": "MNIST test", "harder": "harder test"}


def confidence_text(measured: dict[str, Any], table: Callable[[list[str], list[list[str]]], str]) -> str:
    """Calibration and selective accuracy of the models, as Markdown."""
    rows = [
        [
            f"`{model['name']}`",
            f"{model['temperature']:g}",
            words,
            f"{found['accuracy']:.2%}",
            f"{found['ece_before']:.2%}",
            f"{found['ece_after']:.2%}",
            "" if found["ece_answers"] is None else f"{found['ece_answers']:.2%}",
            *(_selected(point) for point in found["selective"]),
            f"{found['aurc']:.6f}",
        ]
        for model in measured["models"]
        for name, words in _DIGITS.items()
        for found in [model["splits"][name]]
    ]
    header = ["model", "temperature", "digits", "accuracy", "ECE before", "ECE after", "ECE of `confidence`"]
    counts = measured["images"]
    return (
        table([*header, "surest 99 %", "surest 95 %", "AURC"], rows)
        + f"\nValidation are the {counts['validation']:,} digits that the temperature was fitted on; by the "
        f"{counts['test']:,} of the test set nothing was chosen. The harder ones are those of the test set, written anew "
        "and photographed by this project. In brackets: 95 % intervals.\n"
    )


def _selected(point: dict[str, Any]) -> str:
    low, high = point["accuracy_interval_95"]
    return f"{point['accuracy']:.2%} ({low:.2%} to {high:.2%})"
