"""The curves of a training: every epoch, the best one, and axes that suit them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from matplotlib.figure import Figure

from mnist_edge.errors import RunError
from mnist_edge.train import figures
from mnist_edge.train.run import EpochRecord

Written = Callable[[Figure], list[str]]
CheckInside = Callable[[Figure], None]


def epochs(*rows: tuple[float, float, float, float]) -> list[EpochRecord]:
    return [EpochRecord(place, *row, 1.0, 1e-3) for place, row in enumerate(rows, 1)]


HISTORY = epochs((0.5, 0.8, 0.4, 0.9), (0.3, 0.9, 0.3, 0.95), (0.2, 0.93, 0.35, 0.94))


def test_curves_hold_the_history_and_mark_the_best_epoch(written: Written, check_inside: CheckInside) -> None:
    figure = figures.training_curves(HISTORY)
    for axes, field in zip(figure.axes, ("accuracy", "loss"), strict=True):
        curves = {str(line.get_label()): line for line in axes.lines}
        assert [*curves["training"].get_xdata()] == [1, 2, 3]
        assert [*curves["training"].get_ydata()] == [getattr(record, field) for record in HISTORY]
        assert [*curves["validation"].get_ydata()] == [getattr(record, f"val_{field}") for record in HISTORY]
        best = curves["best epoch: 2"]
        assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, getattr(HISTORY[1], f"val_{field}"))
        assert curves["training"].get_linestyle() != curves["validation"].get_linestyle()
        assert curves["training"].get_marker() != curves["validation"].get_marker()
    assert {"Training and validation accuracy", "Training and validation loss", "epoch"} <= set(written(figure))
    check_inside(figure)


@pytest.mark.parametrize(
    "history", [HISTORY[:1], epochs((0, 1, 0, 1), (0, 1, 0, 1)), epochs(*[(1 / n, 0.9, 1 / n, 0.9) for n in range(1, 99)])]
)
def test_curves_of_one_epoch_of_perfection_and_of_many_epochs(
    history: list[EpochRecord], check_inside: CheckInside
) -> None:
    figure = figures.training_curves(history)
    check_inside(figure)
    for axes in figure.axes:
        ticks = [tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
        assert ticks
        assert all(tick == round(tick) for tick in ticks)
    assert figure.axes[1].get_ylim()[0] <= 0
    percentages = [tick for tick in figure.axes[0].get_yticks() if tick <= figure.axes[0].get_ylim()[1]]
    assert max(percentages) <= 1


def test_a_history_without_epochs_is_refused_in_one_line() -> None:
    with pytest.raises(RunError, match="no finished epoch") as caught:
        figures.training_curves([])
    assert "\n" not in str(caught.value)
