"""Layer tables as text."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_edge.cli.common import text_table
from mnist_edge.layer_arithmetic import LayerRow, total_multiply_adds


def layer_summary(rows: Sequence[LayerRow]) -> str:
    """Shapes and sizes, one line a layer, and their sums."""
    cells = [
        (row.name, row.kind, row.shape_text or "unknown", f"{row.parameters:,}", number_text(row.multiply_adds))
        for row in rows
    ]
    parameters, work = sum(row.parameters for row in rows), number_text(total_multiply_adds(rows))
    table = text_table(("layer", "kind", "output", "parameters", "multiply-adds"), cells)
    return f"{table}\n\n{parameters:,} parameters, {work} multiply-adds for one picture"


def layer_formulas(rows: Sequence[LayerRow]) -> str:
    """How the numbers come about, a paragraph a layer; layers without anything to explain are left out."""
    paragraphs = []
    for row in rows:
        formulas = {
            "output": row.output_formula,
            "parameters": row.parameter_formula,
            "multiply-adds": row.multiply_adds_formula,
        }
        lines = [f"  {what:<13}  {formula}" for what, formula in formulas.items() if formula]
        if lines:
            paragraphs.append("\n".join([row.name, *lines]))
    return "\n".join(paragraphs)


def number_text(value: int | None) -> str:
    """A number with thousands separators, or ``"unknown"``."""
    return "unknown" if value is None else f"{value:,}"
