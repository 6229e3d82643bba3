"""How sure the answers are: the bins of the calibration, and a histogram."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from mnist_edge.train import figures
from mnist_edge.train.evaluation.scores import Evaluation
from mnist_edge.train.figures.style import COLOURS

Answers = Callable[..., Evaluation]
Written = Callable[[Figure], list[str]]
CheckInside = Callable[[Figure], None]

LIGHT = COLOURS["light"]


def test_the_reliability_diagram_shows_the_bins_of_the_calibration(
    answers: Answers, written: Written, check_inside: CheckInside
) -> None:
    found = answers([1] * 9, [1, 1, 1, 1, 1, 1, 1, 2, 2], [0.95] * 6 + [0.55, 0.95, 0.15])
    figure = figures.reliability_diagram(found)
    axes, bins = figure.axes[0], [each for each in found.calibration.bins if each.count]
    heights, sure, modest = (
        next(each for each in axes.containers if each.get_label() == label)
        for label in ("accuracy", "gap: too sure", "gap: too modest")
    )
    assert [bar.get_x() for bar in heights] == pytest.approx([each.low for each in bins])
    assert [bar.get_height() for bar in heights] == pytest.approx([each.accuracy for each in bins])
    for kind, sign in ((sure, -1), (modest, 1)):
        chosen = [each for each in bins if (each.gap or 0) * sign > 0]
        assert [bar.get_x() for bar in kind] == pytest.approx([each.low for each in chosen])
        assert [bar.get_y() + bar.get_height() for bar in kind] == pytest.approx([each.confidence for each in chosen])
    texts = written(figure)
    assert f"ECE {found.calibration.ece:.2%}" in texts
    assert {"1", "7"} <= set(texts)
    assert [*next(line for line in axes.lines if line.get_label() == "perfect").get_ydata()] == [0, 1]
    check_inside(figure)


def test_the_histogram_counts_right_and_wrong_answers_apart(
    answers: Answers, written: Written, check_inside: CheckInside
) -> None:
    found = answers([1] * 6, [1, 1, 1, 2, 2, 1], [0.97, 0.98, 0.62, 0.97, 0.3, 1.0])
    figure = figures.confidence_histogram(found)
    axes = figure.axes[0]
    right, wrong = (
        {round(bar.get_x() + bar.get_width() / 2, 3): bar.get_y() + bar.get_height() for bar in container}
        for container in axes.containers
    )
    assert right == pytest.approx({0.625: 1, 0.975: 3})
    assert wrong == pytest.approx({0.325: 1, 0.975: 1})
    assert axes.get_yscale() == "log"
    assert {"right: 4", "wrong: 2"} <= set(written(figure))
    check_inside(figure)


def test_the_curve_of_the_risk_has_its_marks_and_the_least_there_could_be(
    answers: Answers, written: Written, check_inside: CheckInside
) -> None:
    wrong = [150, 199]  # the surest first: the second half of the images, and the last one
    found = answers([1] * 200, [2 if index in wrong else 1 for index in range(200)], [0.99 - 0.001 * n for n in range(200)])
    figure = figures.risk_coverage(found)
    axes = figure.axes[0]
    curve = next(line for line in axes.lines if line.get_label() == "wrong answers")
    least = next(line for line in axes.lines if line.get_label() == "least possible")
    assert [*curve.get_xdata()] == pytest.approx([count / 200 for count in range(160, 201)])
    assert [*curve.get_ydata()] == pytest.approx([1 / count for count in range(160, 200)] + [2 / 200])
    assert [*least.get_ydata()][-3:] == pytest.approx([0, 1 / 199, 2 / 200])
    marks = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "o"]
    assert marks == [pytest.approx(place) for place in ((0.95, 1 / 190), (0.99, 1 / 198), (1, 2 / 200))]
    assert "wrong at 95%: 0.53%, 99%: 0.51%, 100%: 1.00%" in written(figure)
    check_inside(figure)


def test_diagrams_of_a_perfect_model_and_of_one_image(answers: Answers, check_inside: CheckInside) -> None:
    for found in (answers([*range(10)] * 3, [*range(10)] * 3, 1.0), answers([3], [3], 0.5), answers([3], [4], 0.5)):
        for draw in (figures.reliability_diagram, figures.confidence_histogram, figures.risk_coverage):
            check_inside(draw(found))
    key = figures.confidence_histogram(answers([3], [3])).legends[0]
    assert [to_hex(patch.get_facecolor()) for patch in key.get_patches()] == [LIGHT.right, LIGHT.wrong]
