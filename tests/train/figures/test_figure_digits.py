"""Grids of digits: the right pictures over the right words, wrong answers first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from mnist_edge.errors import DatasetFormatError, MnistEdgeError, OptionError
from mnist_edge.train import figures
from mnist_edge.train.evaluation.scores import Evaluation
from mnist_edge.train.figures.style import COLOURS

Answers = Callable[..., Evaluation]
Written = Callable[[Figure], list[str]]
CheckInside = Callable[[Figure], None]

LIGHT = COLOURS["light"]
IMAGES = np.random.default_rng(1).integers(0, 256, (60, 28, 28), np.uint8)


def test_samples_show_the_chosen_images_over_their_labels(written: Written) -> None:
    labels = (np.arange(60) % 10).astype(np.uint8)
    figure = figures.sample_images(IMAGES, labels, count=7, seed=3)
    chosen = np.sort(np.random.default_rng(3).choice(60, 7, replace=False))
    assert sorted(written(figure)) == sorted(["Sample images", *(f"label {label}" for label in labels[chosen])])
    assert [text.get_text() for text in figure.axes[0].texts] == [f"label {label}" for label in labels[chosen]]
    pixels = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(pixels[:28, :28], IMAGES[chosen[0]])
    below = pixels.shape[0] - 28
    np.testing.assert_array_equal(pixels[below:, :28], IMAGES[chosen[5]])
    assert figures.svg_text(figure) == figures.svg_text(figures.sample_images(IMAGES, labels, count=7, seed=3))
    assert figures.svg_text(figure) != figures.svg_text(figures.sample_images(IMAGES, labels, count=7, seed=4))


@pytest.mark.parametrize("count", [1, 2, 25, 60, 61, 400])
def test_samples_of_any_number_stay_inside_the_figure(count: int, written: Written, check_inside: CheckInside) -> None:
    figure = figures.sample_images(IMAGES, np.zeros(60, np.uint8), count=count)
    assert sum("0" in text for text in written(figure)) == min(count, 60)
    check_inside(figure)


def frames(figure: Figure) -> list[tuple[str, float]]:
    return [(to_hex(patch.get_edgecolor()), patch.get_linewidth()) for patch in figure.axes[0].patches]


def test_wrong_answers_come_first_and_differ_by_more_than_colour(
    answers: Answers, written: Written, check_inside: CheckInside
) -> None:
    labels, answered = [1, 2, 3, 4, 5], [1, 7, 3, 9, 5]
    figure = figures.prediction_grid(IMAGES[:5], answers(labels, answered, [0.9, 0.6, 0.8, 0.7, 0.99999]), count=5)
    right, wrong = (LIGHT.right, 1.2), (LIGHT.wrong, 3.0)
    assert frames(figure) == [wrong, wrong, right, right, right]
    texts = written(figure)
    lines = [texts[at : at + 3] for at in range(0, 15, 3)]
    assert lines == [
        ["✗", "predicted 9", "true 4, 70.0%"],
        ["✗", "predicted 7", "true 2, 60.0%"],
        ["✓", "predicted 1", "true 1, 90.0%"],
        ["✓", "predicted 3", "true 3, 80.0%"],
        ["✓", "predicted 5", "true 5, >99.9%"],
    ]
    assert {"Predictions", "wrong: 2 of 5"} <= set(texts)
    pixels = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(pixels[:28, :28], IMAGES[3])
    check_inside(figure)


@pytest.mark.parametrize(
    ("wrong", "right", "count", "shown_wrong", "shown_right"),
    [(40, 10, 25, 15, 10), (40, 2, 25, 23, 2), (3, 50, 25, 3, 22), (0, 50, 25, 0, 25), (50, 0, 25, 25, 0), (9, 9, 1, 1, 0)],
)
def test_there_is_room_for_right_answers(
    wrong: int, right: int, count: int, shown_wrong: int, shown_right: int, answers: Answers, check_inside: CheckInside
) -> None:
    found = answers([0] * (wrong + right), [1] * wrong + [0] * right)
    figure = figures.prediction_grid(IMAGES[: wrong + right], found, count=count)
    assert frames(figure) == [(LIGHT.wrong, 3.0)] * shown_wrong + [(LIGHT.right, 1.2)] * shown_right
    check_inside(figure)


@pytest.mark.parametrize(
    ("images", "labels", "options", "error", "match"),
    [
        (IMAGES, 60, {"count": 0}, OptionError, "1 to 400"),
        (IMAGES, 60, {"count": 401}, OptionError, "1 to 400"),
        (IMAGES, 60, {"seed": -1}, OptionError, "seed"),
        (IMAGES[:0], 0, {}, DatasetFormatError, r"uint8 \[0, 28, 28\]"),
        (IMAGES / 255, 60, {}, DatasetFormatError, r"Expected: a uint8 array.*Received: float64"),
        (IMAGES[0], 28, {}, DatasetFormatError, r"uint8 \[28, 28\]"),
        (IMAGES, 59, {}, DatasetFormatError, "60 pictures and 59 labels"),
    ],
)
def test_samples_that_cannot_be_shown_are_refused_in_one_line(
    images: np.ndarray, labels: int, options: dict[str, int], error: type[MnistEdgeError], match: str
) -> None:
    with pytest.raises(error, match=match) as caught:
        figures.sample_images(images, np.zeros(labels), **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("images", "count", "error", "match"),
    [(IMAGES, 25, DatasetFormatError, "60 pictures and 1 labels"), (IMAGES[:1], -3, OptionError, "1 to 400")],
)
def test_predictions_that_cannot_be_shown_are_refused_in_one_line(
    answers: Answers, images: np.ndarray, count: int, error: type[MnistEdgeError], match: str
) -> None:
    with pytest.raises(error, match=match) as caught:
        figures.prediction_grid(images, answers([1], [1]), count=count)
    assert "\n" not in str(caught.value)
