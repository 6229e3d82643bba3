"""The confusion matrix: every count in its place, on colours on which it can be read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from mnist_edge.train import figures
from mnist_edge.train.evaluation.scores import Evaluation
from mnist_edge.train.figures.style import COLOURS

Answers = Callable[..., Evaluation]
Written = Callable[[Figure], list[str]]
CheckInside = Callable[[Figure], None]
Contrast = Callable[[tuple[float, ...], tuple[float, ...]], float]

LIGHT = COLOURS["light"]


def cells(figure: Figure) -> dict[tuple[float, float], Text]:
    return {text.get_position(): text for text in figure.axes[0].texts}


def test_the_heat_map_has_every_count_in_its_place(answers: Answers, written: Written, check_inside: CheckInside) -> None:
    labels = [*range(10), 4, 4, 4, 9]
    answered = [*range(10), 9, 9, 1, 4]
    figure = figures.confusion_heatmap(answers(labels, answered))
    texts = cells(figure)
    assert len(texts) == 100
    for (column, row), expected in {(4, 4): "1", (9, 4): "2", (1, 4): "1", (4, 9): "1", (0, 9): "·"}.items():
        assert texts[column, row].get_text() == expected
    colours = figure.axes[0].images[0].get_array()
    assert to_hex(colours[9, 4]) == to_hex(LIGHT.wrong)  # half of the nines, the largest share
    assert to_hex(colours[0, 1]) == to_hex(LIGHT.panel)
    assert to_hex(colours[3, 3]) == to_hex(colours[4, 4])  # the diagonal is not on the scale of the mistakes
    assert colours[3, 3][1] - colours[3, 3][0] > 0.05  # but green
    strength = [abs(colours[cell] - np.array(to_rgba(LIGHT.panel)[:3])).sum() for cell in ((4, 1), (4, 9), (9, 4))]
    assert strength == sorted(strength)
    assert strength[0] > 0.1
    assert "50%" in written(figure)
    check_inside(figure)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_counts_can_be_read_on_any_colour(theme: str, answers: Answers, contrast: Contrast) -> None:
    rng = np.random.default_rng(0)
    found = answers(rng.integers(0, 10, 999).tolist(), rng.choice(10, 999, p=np.arange(10) / 45).tolist())
    figure = figures.confusion_heatmap(found, look=figures.Look(theme=theme))  # type: ignore[arg-type]
    colours = figure.axes[0].images[0].get_array()
    for (column, row), text in cells(figure).items():
        if text.get_text().isdigit():
            assert contrast(to_rgba(text.get_color())[:3], colours[int(row), int(column)]) >= 4.5


def test_heat_maps_without_mistakes_without_a_digit_and_of_one_answer(
    answers: Answers, written: Written, check_inside: CheckInside
) -> None:
    perfect = figures.confusion_heatmap(answers([*range(10)], [*range(10)]))
    assert len(perfect.axes) == 1  # no scale, as there is nothing on it
    absent = figures.confusion_heatmap(answers([0, 1], [0, 5]))
    assert written(absent).count("no images") == 8
    single = figures.confusion_heatmap(answers([*range(10)], [7] * 10))
    assert "100%" in written(single)
    for figure in (perfect, absent, single):
        check_inside(figure)
