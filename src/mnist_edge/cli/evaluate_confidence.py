"""What ``mnist-edge evaluate`` shows of confidence: the calibration error, reliability, and accuracy by coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnist_edge.cli.common import text_table
from mnist_edge.train.evaluation.selective import COVERAGES

if TYPE_CHECKING:
    from mnist_edge.train.evaluation.scores import Evaluation
    from mnist_edge.train.evaluation.tempering import Tempering


def calibration_lines(evaluation: Evaluation, tempering: Tempering) -> list[str]:
    """The calibration error, and what becomes of it where the model's temperature is taken away or applied."""
    found = evaluation.calibration
    lines = [f"ECE        {found.ece:.4f}  expected calibration error; the worst bin: {found.max_error:.4f}"]
    if tempering.temperature != 1:
        name, other = ("before", tempering.ece_before) if tempering.applied else ("after", tempering.ece_after)
        how = "without" if tempering.applied else "with"
        lines.append(f"  {name:<9}{other:.4f}  {how} the temperature of {tempering.temperature:g}")
    if tempering.ece_answers is not None:
        lines.append(
            f"  answers  {tempering.ece_answers:.4f}  of the confidence in answers, which allows for what is no digit"
        )
    return lines


def reliability_text(evaluation: Evaluation) -> str:
    """How often the answers of each confidence are right."""
    rows = [
        (f"{each.low:.2f} to {each.high:.2f}", each.count, *_four(each.confidence, each.accuracy), f"{each.gap:+.4f}")
        for each in evaluation.calibration.bins
        if each.gap is not None
    ]
    return "Reliability: how often the answers of each confidence are right.\n" + text_table(
        ("confidence", "images", "mean", "accuracy", "gap"), rows
    )


def _four(*figures: float | None) -> tuple[str, ...]:
    return tuple(f"{figure:.4f}" for figure in figures)


def selective_text(evaluation: Evaluation) -> str:
    """How many answers are right if only the surest are given."""
    found = evaluation.selective
    points = [found.at(coverage) for coverage in COVERAGES]
    rows = [
        (
            f"{each.coverage:.0%}",
            f"{each.answered:,}",
            f"{each.wrong:g}",
            f"{each.accuracy:.2%}",
            _between(each.accuracy_interval),
        )
        for each in points
    ]
    table = text_table(("answered", "images", "wrong", "accuracy", "95 % interval"), rows)
    area = f"AURC       {found.aurc:.6f}  mean share of wrong answers; at best {found.least_aurc:.6f}"
    return f"Answering only the surest images.\n{table}\n{area}"


def _between(interval: tuple[float, float]) -> str:
    return " to ".join(f"{bound:.2%}" for bound in interval)
