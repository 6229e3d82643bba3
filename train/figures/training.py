"""How accuracy and loss went from epoch to epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mnist_edge.errors import RunError
from mnist_edge.train.figures.look import DEFAULT_LOOK, Look
from mnist_edge.train.figures.style import SMALL_SIZE, WIDTH, Canvas, canvas
from mnist_edge.train.run import EpochRecord, best_epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT: Final = 5.6
_MARKED_EPOCHS: Final = 30  # with more of them the marks would run into each other


def training_curves(history: Sequence[EpochRecord], *, look: Look = DEFAULT_LOOK) -> Figure:
    """Accuracy and loss of training and validation over the epochs; the epoch that became the model is marked.

    Args:
        history: One record an epoch, at least one.
        look: Theme and language.

    Raises:
        RunError: If there is no epoch.
        OptionError: If there is no font for the language.
        MissingExtraError: If matplotlib is not installed.
    """
    if not history:
        raise RunError("The run has no finished epoch", expected="at least one", fix="Train it with: mnist-edge train")
    with canvas(look, WIDTH, _HEIGHT, layout="constrained") as drawing:
        from matplotlib.ticker import MaxNLocator

        upper, lower = drawing.figure.subplots(2, sharex=True)
        _curves(drawing, upper, history, "accuracy")
        _curves(drawing, lower, history, "loss")
        drawing.percent_ticks(upper.yaxis)
        low, high = upper.get_ylim()
        upper.set_ylim(top=min(high, 1 + 0.1 * (1 - low)))  # there is no accuracy above 100%; room for a mark on it
        upper.tick_params(labelbottom=True)
        for axes in (upper, lower):
            axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
            axes.set_xlabel(drawing.words("curves.epoch"), loc="right", labelpad=1)
        lower.set_xlim(history[0].epoch - 0.5, history[-1].epoch + 0.5)
        lower.set_ylim(bottom=min(0, lower.get_ylim()[0]))
    return drawing.figure


def _curves(drawing: Canvas, axes: Axes, history: Sequence[EpochRecord], quantity: str) -> None:
    colours, words = drawing.colours, drawing.words
    best = best_epoch(history)
    epochs = [record.epoch for record in history]
    few = len(history) <= _MARKED_EPOCHS
    drawing.title(axes, words(f"curves.{quantity}"))
    axes.grid()
    axes.axvline(best.epoch, color=colours.muted, linewidth=1, linestyle=(0, (1, 2)))
    for name, field, colour, mark, line in (
        ("training", quantity, colours.series[0], "o", "-"),
        ("validation", f"val_{quantity}", colours.series[1], "s", "--"),
    ):
        values = [getattr(record, field) for record in history]
        label = words(f"curves.{name}")
        axes.plot(epochs, values, line, color=colour, linewidth=2, marker=mark if few else "", markersize=5, label=label)
    axes.plot(
        [best.epoch],
        [getattr(best, f"val_{quantity}")],
        "o",
        color=colours.ink,
        markersize=11,
        markerfacecolor="none",
        markeredgewidth=1.4,
        label=words("curves.best", epoch=best.epoch),
    )
    axes.margins(y=0.1)
    axes.legend(loc="best", fontsize=SMALL_SIZE, handlelength=2.4)
