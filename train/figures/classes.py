"""Precision, recall and F1 of each digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mnist_edge.train.figures.look import DEFAULT_LOOK, Look
from mnist_edge.train.figures.style import SMALL_SIZE, WIDTH, Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mnist_edge.train.evaluation.scores import ClassScore, Evaluation

_HEIGHT: Final = 3.6
_BAR: Final = 0.27  # of the distance between two digits
_SPANS: Final = (0.01, 0.02, 0.03, 0.04, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
_HATCHES: Final = ("", "////", "")


def class_bars(evaluation: Evaluation, *, look: Look = DEFAULT_LOOK) -> Figure:
    """Precision, recall and F1 of each digit as bars.

    Good models differ in the last percent only, so the axis starts just under the lowest score, says so, and is drawn
    broken; it starts at 0 if a score lies below a half. A score that is undefined has no bar, and digits
    that do not occur do not decide on the axis.

    Args:
        evaluation: Whose scores.
        look: Theme and language.

    Raises:
        OptionError: If there is no font for the language.
        MissingExtraError: If matplotlib or scikit-learn is not installed.
    """
    classes = evaluation.classes
    scores = [value for each in classes if each.support for value in (each.precision, each.recall, each.f1)]
    start = _axis_start([value for value in scores if value is not None])
    with canvas(look, WIDTH, _HEIGHT, layout="constrained") as drawing:
        axes = drawing.figure.subplots()
        drawing.title(axes, drawing.words("classes.title"))
        for place, field in enumerate(("precision", "recall", "f1")):
            _bars(drawing, axes, classes, place, field)
        _finish_axes(drawing, axes, classes, start)
        drawing.figure.legend(loc="outside lower center", ncols=3, handlelength=1.2)
    return drawing.figure


def _axis_start(scores: list[float]) -> float:
    """Where the axis starts: a round number under the lowest score, 0 if that is below a half."""
    needed = 1.05 * (1 - min(scores))
    return next((1 - span for span in _SPANS if span >= needed), 0.0)


def _bars(drawing: Canvas, axes: Axes, classes: tuple[ClassScore, ...], place: int, field: str) -> None:
    scored = [(index, value) for index, each in enumerate(classes) if (value := getattr(each, field)) is not None]
    axes.bar(
        [index + (place - 1) * _BAR for index, _ in scored],
        [value for _, value in scored],
        width=_BAR * 0.88,
        color=drawing.colours.series[place],
        hatch=_HATCHES[place],
        edgecolor=drawing.colours.page if _HATCHES[place] else "none",
        linewidth=0,
        label=drawing.words(f"classes.{field}"),
    )


def _finish_axes(drawing: Canvas, axes: Axes, classes: tuple[ClassScore, ...], start: float) -> None:
    from matplotlib.ticker import MaxNLocator

    colours, words = drawing.colours, drawing.words
    axes.set_ylim(start, 1 + 0.02 * (1 - start))
    axes.set_xlim(-0.6, len(classes) - 0.4)
    axes.grid()
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    drawing.percent_ticks(axes.yaxis)
    axes.set_xticks(range(len(classes)), [each.name for each in classes])
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(words("classes.digit"))
    axes.set_ylabel(words("classes.cut_axis", start=f"{start:.0%}") if start else words("classes.axis"))
    for index, each in enumerate(classes):
        if not each.support:
            text = words("classes.absent")
            style = {"size": SMALL_SIZE, "color": colours.muted, "rotation": 90, "ha": "center", "va": "bottom"}
            axes.text(index, 0.03, text, transform=axes.get_xaxis_transform(), **style)  # type: ignore[arg-type]
    if start:
        slash = [(-1, -0.7), (1, 0.7)]
        places = [0.025, 0.05]
        axes.plot(
            [0, 0],
            places,
            transform=axes.transAxes,
            color=colours.axis,
            marker=slash,
            markersize=9,
            linestyle="none",
            markeredgecolor=colours.axis,
            markeredgewidth=1,
            clip_on=False,
        )
