"""The tables that ``mnist-edge evaluate`` shows, none wider than a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from mnist_edge.cli.common import text_table
from mnist_edge.cli.evaluate_confidence import calibration_lines, reliability_text, selective_text
from mnist_edge.contract import CLASS_NAMES
from mnist_edge.train.evaluation.selective import COVERAGES

if TYPE_CHECKING:
    from mnist_edge.train.evaluation.comparison import Comparison
    from mnist_edge.train.evaluation.scores import Averages, Evaluation
    from mnist_edge.train.evaluation.tempering import Tempering

WIDTH: Final = 80
PAIRS_SHOWN: Final = 10
_LEAST_P: Final = 1e-300  # smaller ones underflow to 0, which no p-value is

_FLIP_WORDS: Final = {"broken": "only B right", "mended": "only A right", "wrong_both": "neither right"}


def evaluation_text(evaluation: Evaluation, tempering: Tempering, worst: int) -> str:
    """Everything about one model: figures, report, confusion, calibration, and at most ``worst`` mistakes."""
    parts = [
        "\n".join([*_head(evaluation), *calibration_lines(evaluation, tempering)]),
        _report(evaluation),
        _confusion(evaluation),
        _pairs(evaluation),
        reliability_text(evaluation),
        selective_text(evaluation),
        _mistakes(evaluation, worst),
    ]
    return "\n\n".join(part for part in parts if part)


def comparison_text(first: Evaluation, second: Evaluation, comparison: Comparison, worst: int) -> str:
    """Two models side by side, the test of their difference, and at most ``worst`` flips."""
    return "\n\n".join([_side_by_side(first, second), _difference(comparison), _flips(comparison, worst)])


def _head(evaluation: Evaluation) -> list[str]:
    low, high = evaluation.accuracy_interval
    wrong = evaluation.total - evaluation.correct
    return [
        f"accuracy   {evaluation.accuracy:.2%}  (95 % interval {low:.2%} to {high:.2%}), "
        f"{evaluation.correct:,} right, {wrong:,} wrong",
        f"top-2      {evaluation.top2_accuracy:.2%}  the digit is among the two most probable answers",
        f"loss       {evaluation.loss:.4f}  cross-entropy, in nats",
        f"Brier      {evaluation.calibration.brier:.4f}  0 is best, 2 is worst",
    ]


def _report(evaluation: Evaluation) -> str:
    rows: list[tuple[object, ...]] = [
        (
            each.name,
            each.support,
            each.correct,
            _percent(each.accuracy),
            *map(_four, (each.precision, each.recall, each.f1)),
        )
        for each in evaluation.classes
    ]
    for name, mean in (("macro", evaluation.macro), ("weighted", evaluation.weighted)):
        rows.append((name, "", "", "", *_averages(mean)))
    return text_table(("digit", "images", "right", "accuracy", "precision", "recall", "F1"), rows)


def _averages(mean: Averages) -> tuple[str, ...]:
    return tuple(map(_four, (mean.precision, mean.recall, mean.f1)))


def _confusion(evaluation: Evaluation) -> str:
    rows = [
        (name, *(count or "." for count in row))
        for name, row in zip(CLASS_NAMES, evaluation.confusion.tolist(), strict=True)
    ]
    return "Confusion: a row is the digit, a column the model's answer.\n" + text_table(("", *CLASS_NAMES), rows)


def _pairs(evaluation: Evaluation) -> str:
    pairs = evaluation.confused_pairs[:PAIRS_SHOWN]
    if not pairs:
        return ""
    listed = ", ".join(f"{pair.truth} as {pair.answer}: {pair.count:,}" for pair in pairs)
    rest = len(evaluation.confused_pairs) - len(pairs)
    more = f", and {rest} pairs more" if rest > 1 else ", and one pair more" if rest else ""
    # "9 as 4: 7" stays on one line
    words = textwrap.fill(f"{listed}{more}".replace(" as ", "\0as\0").replace(": ", ":\0"), WIDTH).replace("\0", " ")
    return f"Most confused, digit as answer: times\n{words}"


def _mistakes(evaluation: Evaluation, worst: int) -> str:
    if not len(evaluation.mistakes):
        return "No mistakes."
    if not worst:
        return ""
    chosen = evaluation.mistakes[:worst].tolist()
    rows = [
        (
            index,
            int(evaluation.labels[index]),
            int(evaluation.answers[index]),
            _percent(float(evaluation.confidences[index])),
            _percent(float(evaluation.probabilities[index, evaluation.labels[index]])),
        )
        for index in chosen
    ]
    which = f"{len(chosen):,} of {len(evaluation.mistakes):,}" if len(chosen) < len(evaluation.mistakes) else "all"
    title = f"Worst mistakes ({which}), the surest first; image counts from 0"
    return f"{title}\n" + text_table(("image", "digit", "answer", "confidence", "of the digit"), rows)


def _side_by_side(first: Evaluation, second: Evaluation) -> str:
    both = (first, second)
    rows = [
        _row("accuracy", [each.accuracy for each in both], _percent, _points),
        _row("top-2", [each.top2_accuracy for each in both], _percent, _points),
        _row("right", [each.correct for each in both], "{:,}".format, "{:+,}".format),
        _row("loss", [each.loss for each in both], "{:.4f}".format, "{:+.4f}".format),
        _row("ECE", [each.calibration.ece for each in both], "{:.4f}".format, "{:+.4f}".format),
        _row("AURC", [each.selective.aurc for each in both], "{:.6f}".format, "{:+.6f}".format),
        _row("Brier", [each.calibration.brier for each in both], "{:.4f}".format, "{:+.4f}".format),
        _row("macro F1", [each.macro.f1 for each in both], "{:.4f}".format, "{:+.4f}".format),
    ]
    for share in COVERAGES[1:]:
        figures: list[float | None] = [each.selective.at(share).accuracy for each in both]
        rows.append(_row(f"surest {share:.0%}", figures, _percent, _points))
    for one, other in zip(first.classes, second.classes, strict=True):
        rows.append(_row(f"digit {one.name}", [one.accuracy, other.accuracy], _percent, _points))
    return text_table(("", "A", "B", "A - B"), rows)


def _row(
    name: str, values: list[float | None], show: Callable[[float], str], difference: Callable[[float], str]
) -> tuple[str, ...]:
    first, second = values
    if first is None or second is None:
        return (name, "-", "-", "-")
    return (name, show(first), show(second), difference(first - second) if first != second else "0")


def _difference(comparison: Comparison) -> str:
    low, high = (_points(bound, 3) for bound in comparison.interval)
    flipped = comparison.mended + comparison.broken
    outside = comparison.interval[0] > 0 or comparison.interval[1] < 0
    if outside != comparison.significant:  # the exact test is the stricter one
        verdict = "a close call: test and interval disagree"
    else:
        verdict = "more than chance explains" if comparison.significant else "chance can explain it"
    return "\n".join(
        [
            f"Accuracy A - B: {_points(comparison.difference)} percentage points",
            f"95 % interval:  {low} to {high}  (paired, Newcombe)",
            f"McNemar test:   p {_p_value(comparison.p_value)} (exact); {verdict}",
            f"                {flipped:,} images only one gets right: A {comparison.mended:,}, B {comparison.broken:,}",
        ]
    )


def _flips(comparison: Comparison, worst: int) -> str:
    total = len(comparison.flips)
    if not total:
        return "No image is answered differently."
    counts = ", ".join(f"{_count(comparison, kind):,} {words}" for kind, words in _FLIP_WORDS.items())
    title = textwrap.fill(f"Answered differently: {total:,} ({counts})", WIDTH)
    if not worst:
        return title
    rows = [
        (
            flip.index,
            flip.label,
            f"{flip.answer} {_percent(flip.confidence):>7}",
            f"{flip.other_answer} {_percent(flip.other_confidence):>7}",
            _FLIP_WORDS[flip.kind],
        )
        for flip in comparison.flips[:worst]
    ]
    rest = total - len(rows)
    more = f"\n... and {rest:,} more: --worst {total}, or --json" if rest else ""
    table = text_table(("image", "digit", "A", "B", ""), rows)
    return f"{title}\nThe surest wrong answer first; image counts from 0.\n{table}{more}"


def _count(comparison: Comparison, kind: str) -> int:
    return sum(flip.kind == kind for flip in comparison.flips)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"


def _points(difference: float, digits: int = 2) -> str:
    """A difference of shares in percentage points."""
    return f"{100 * difference:+.{digits}f}"


def _four(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.4f}"


def _p_value(p: float) -> str:
    if p < _LEAST_P:
        return f"< {_LEAST_P:.0e}"
    return f"= {p:.4f}" if p >= 0.0001 else f"= {p:.1e}"
