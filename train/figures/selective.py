"""How many of the answers are wrong if only the surest are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mnist_edge.train.figures.look import DEFAULT_LOOK, Look
from mnist_edge.train.figures.style import SMALL_SIZE, SMALL_WIDTH, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mnist_edge.train.evaluation.scores import Evaluation

_HEIGHT: Final = 4.7
_FROM: Final = 0.8  # coverage at which the axis begins; nobody refuses more
_MARKED: Final = (0.95, 0.99, 1.0)
_TITLE_PAD: Final = 20.0  # points; one line stands between the title and the axes
_LEAST_TOP: Final = 0.001  # of the axis of a model that is hardly ever wrong


def risk_coverage(evaluation: Evaluation, *, look: Look = DEFAULT_LOOK) -> Figure:
    """The share of wrong answers over the share of images answered, the surest first, from 80 % on.

    The dashed line is the least there could be, if every wrong answer were less sure than every right one. Marks stand
    where 95, 99 and 100 % are answered.

    Args:
        evaluation: Whose answers.
        look: Theme and language.

    Raises:
        OptionError: If there is no font for the language.
        MissingExtraError: If matplotlib is not installed.
    """
    found = evaluation.selective
    total = evaluation.total
    coverages = np.arange(1, total + 1) / total
    least = np.maximum(0, np.arange(1, total + 1) - evaluation.correct) / np.arange(1, total + 1)
    shown = coverages >= _FROM
    with canvas(look, SMALL_WIDTH, _HEIGHT, layout="constrained") as drawing:
        colours, words = drawing.colours, drawing.words
        axes: Any = drawing.figure.subplots()
        drawing.title(axes, words("risk.title"), pad=_TITLE_PAD)
        axes.plot(coverages[shown], found.risks[shown], color=colours.series[0], linewidth=2, label=words("risk.model"))
        axes.plot(coverages[shown], least[shown], "--", color=colours.muted, linewidth=1.2, label=words("risk.least"))
        points = [found.at(coverage) for coverage in _MARKED]
        for point in points:
            place = (point.answered / total, point.wrong / point.answered)
            axes.plot(*place, "o", color=colours.ink, markersize=6, clip_on=False)
        # Not beside the marks, which may lie on each other.
        shares = [words("risk.at", share=f"{each.coverage:.0%}", wrong=f"{1 - each.accuracy:.2%}") for each in points]
        note = words("risk.marks", shares=words("risk.and").join(shares))
        axes.text(0, 1.03, note, transform=axes.transAxes, size=SMALL_SIZE, color=colours.muted)
        axes.set_xlim(_FROM, 1)
        axes.set_xticks([0.8, 0.85, 0.9, 0.95, 1])
        axes.set_ylim(0, max(_LEAST_TOP, float(found.risks[shown].max())) * 1.15)
        axes.set_xlabel(words("risk.coverage"))
        axes.set_ylabel(words("risk.wrong"))
        axes.grid()
        drawing.percent_ticks(axes.xaxis)
        drawing.percent_ticks(axes.yaxis)
        drawing.figure.legend(loc="outside lower center", ncols=2, handlelength=2.4)
    return drawing.figure
