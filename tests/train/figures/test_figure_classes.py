"""Bars of precision, recall and F1: as high as the scores, on an axis that says where it starts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mnist_edge.train import figures
from mnist_edge.train.evaluation.scores import Evaluation

Answers = Callable[..., Evaluation]
Written = Callable[[Figure], list[str]]
CheckInside = Callable[[Figure], None]


def bars(axes: Axes, label: str) -> dict[int, float]:
    container = next(each for each in axes.containers if each.get_label() == label)
    return {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in container}


def test_bars_are_as_high_as_the_scores_and_the_axis_says_where_it_starts(
    answers: Answers, check_inside: CheckInside
) -> None:
    labels = [*range(10)] * 20
    answered = [*labels[:-1], 8]
    found = answers(labels, answered)
    figure = figures.class_bars(found)
    axes = figure.axes[0]
    for field, label in (("precision", "precision"), ("recall", "recall"), ("f1", "F1")):
        assert bars(axes, label) == pytest.approx({place: getattr(each, field) for place, each in enumerate(found.classes)})
    start = axes.get_ylim()[0]
    assert start == pytest.approx(0.9)
    assert min(each.recall or 0 for each in found.classes) == 0.95
    assert axes.get_ylabel() == "score (axis starts at 90%)"
    assert len({bar.get_facecolor() for bar in axes.patches if isinstance(bar, Rectangle)}) == 3
    check_inside(figure)


def test_bars_of_bad_models_start_at_zero_and_absent_digits_are_named(
    answers: Answers, written: Written, check_inside: CheckInside
) -> None:
    single = figures.class_bars(answers([*range(10)], [7] * 10))
    assert single.axes[0].get_ylim()[0] == 0
    assert single.axes[0].get_ylabel() == "score"
    assert bars(single.axes[0], "precision") == {7: pytest.approx(0.1)}  # undefined for those that are never answered
    absent = figures.class_bars(answers([0, 1] * 30, [0, 1] * 29 + [0, 5]))
    assert written(absent).count("no images") == 8
    assert absent.axes[0].get_ylim()[0] > 0.9  # the 5, which does not occur, has a precision of 0
    for figure in (single, absent):
        check_inside(figure)


def test_bars_of_a_perfect_model_and_of_one_image(answers: Answers, check_inside: CheckInside) -> None:
    for found in (answers([*range(10)] * 3, [*range(10)] * 3, 1.0), answers([3], [3], 0.5), answers([3], [4], 0.5)):
        check_inside(figures.class_bars(found))
