"""Whether a model's confidence can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mnist_edge.train.figures.look import DEFAULT_LOOK, Look
from mnist_edge.train.figures.style import SMALL_SIZE, SMALL_WIDTH, Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from mnist_edge.train.evaluation.calibration import Calibration, ReliabilityBin
    from mnist_edge.train.evaluation.scores import Evaluation

HISTOGRAM_BINS: Final = 20
# Of fewer images the accuracy says little: of 9 right ones in 9 the 95 % interval goes down to 70 %.
FEW_IMAGES: Final = 10
_HEIGHT: Final = 4.7
_HATCHES: Final = {"sure": "////", "modest": "\\\\\\\\"}
_TITLE_PAD: Final = 36.0  # points; two lines stand between the title and the axes
_LEAST_BAR: Final = 0.15  # has room for a count
_ON_BARS: Final = "#101418"
_BASE: Final = 0.6  # where the log axis starts, so that a single picture is a bar


def reliability_diagram(evaluation: Evaluation, *, look: Look = DEFAULT_LOOK) -> Figure:
    """Accuracy over confidence in the bins of the calibration error, with the number of images in each.

    The hatched part is the gap between the bin's accuracy and its mean confidence: on top of the bar where the model is too
    sure, hatched the other way inside the bar where it is too modest. Bins of fewer than 10 images are pale, empty ones
    have no bar.

    Args:
        evaluation: Whose calibration.
        look: Theme and language.

    Raises:
        OptionError: If there is no font for the language.
        MissingExtraError: If matplotlib is not installed.
    """
    calibration = evaluation.calibration
    with canvas(look, SMALL_WIDTH, _HEIGHT, layout="constrained") as drawing:
        colours, words = drawing.colours, drawing.words
        axes = drawing.figure.subplots()
        drawing.title(axes, words("reliability.title"), pad=_TITLE_PAD)
        _reliability_bars(drawing, axes, [each for each in calibration.bins if each.count])
        axes.plot([0, 1], [0, 1], "--", color=colours.muted, linewidth=1.2, label=words("reliability.perfect"))
        _note_error(drawing, axes, calibration)
        _share_axis(drawing, axes)
        axes.set_ylim(0, 1.02)
        axes.set_ylabel(words("reliability.accuracy"))
        _every_fifth(drawing, axes.yaxis)
        _reliability_key(drawing, axes)
    return drawing.figure


def _reliability_bars(drawing: Canvas, axes: Axes, bins: list[ReliabilityBin]) -> None:
    colours = drawing.colours
    fill = colours.series[2]
    axes.bar(
        [each.low for each in bins],
        [each.accuracy or 0.0 for each in bins],
        [each.high - each.low for each in bins],
        align="edge",
        color=[drawing.faded(fill) if _is_weak(each) else fill for each in bins],
        edgecolor=[fill if _is_weak(each) else colours.page for each in bins],
        linewidth=1,
        label=drawing.words("reliability.bars"),
    )
    for name, sign in (("sure", -1), ("modest", 1)):
        _gaps(drawing, axes, [each for each in bins if sign * (each.gap or 0) > 0], name)
    for each in bins:
        accuracy, confidence = each.accuracy or 0.0, each.confidence or 0.0
        inside = accuracy >= _LEAST_BAR
        height = 0.0 if inside else max(accuracy, confidence)
        ink = _ON_BARS if inside and not _is_weak(each) else colours.ink
        place = (each.low + each.high) / 2, height + 0.015
        axes.text(*place, f"{each.count:,}", size=8, rotation=90, ha="center", va="bottom", color=ink)


def _gaps(drawing: Canvas, axes: Axes, bins: list[ReliabilityBin], name: str) -> None:
    strong, weak = _gap_inks(drawing, name)
    axes.bar(
        [each.low for each in bins],
        [(each.confidence or 0.0) - (each.accuracy or 0.0) for each in bins],
        [each.high - each.low for each in bins],
        bottom=[each.accuracy or 0.0 for each in bins],
        align="edge",
        facecolor="none",
        edgecolor=[(weak, 0.5) if _is_weak(each) else strong for each in bins],
        hatch=_HATCHES[name],
        linewidth=1,
        label=drawing.words(f"reliability.{name}"),
    )


def _gap_inks(drawing: Canvas, name: str) -> tuple[str, str]:
    """The ink of a gap in a bin of many images, and in one of few; a gap of the modest lies on the bar."""
    colours = drawing.colours
    return (colours.wrong, colours.wrong) if name == "sure" else (_ON_BARS, colours.ink)


def _reliability_key(drawing: Canvas, axes: Axes) -> None:
    """A legend in the colours of bins with many images, whichever come first in the diagram."""
    from matplotlib.patches import Patch

    colours, words = drawing.colours, drawing.words
    drawn = {container.get_label() for container in axes.containers if len(container)}
    keys: list[Any] = [
        Patch(facecolor=colours.series[2], linewidth=0, label=words("reliability.bars")),
        *(line for line in axes.lines if line.get_label() == words("reliability.perfect")),
    ]
    for name, ground in (("sure", "none"), ("modest", colours.series[2])):
        label = words(f"reliability.{name}")
        if label in drawn:
            ink = _gap_inks(drawing, name)[0]
            keys.append(Patch(facecolor=ground, edgecolor=ink, hatch=_HATCHES[name], linewidth=1, label=label))
    drawing.figure.legend(handles=keys, loc="outside lower center", ncols=2, handlelength=1.4, columnspacing=1.2)


def _is_weak(each: ReliabilityBin) -> bool:
    return each.count < FEW_IMAGES


def _note_error(drawing: Canvas, axes: Axes, calibration: Calibration) -> None:
    """The error and what the marks mean, between title and axes, where no bar can lie under them."""
    colours, words = drawing.colours, drawing.words
    notes = [words("reliability.counts")]
    if any(each.count and _is_weak(each) for each in calibration.bins):
        notes.append(words("reliability.weak", count=FEW_IMAGES))
    axes.text(0, 1.03, words("reliability.and").join(notes), transform=axes.transAxes, size=SMALL_SIZE, color=colours.muted)
    error = words("reliability.ece", ece=f"{calibration.ece:.2%}")
    axes.text(0, 1.09, error, transform=axes.transAxes, weight="bold")


def confidence_histogram(evaluation: Evaluation, *, look: Look = DEFAULT_LOOK) -> Figure:
    """How many answers have which confidence, right and wrong ones apart, in bins of 5 % on a logarithmic scale.

    Args:
        evaluation: Whose confidences.
        look: Theme and language.

    Raises:
        OptionError: If there is no font for the language.
        MissingExtraError: If matplotlib is not installed.
    """
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    is_right = evaluation.answers == evaluation.labels
    with canvas(look, SMALL_WIDTH, _HEIGHT, layout="constrained") as drawing:
        from matplotlib.patches import Patch
        from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

        keys: list[Patch] = []
        colours, words = drawing.colours, drawing.words
        axes = drawing.figure.subplots()
        drawing.title(axes, words("confidence.title"))
        axes.set_yscale("log")
        for name, chosen, colour, share, hatch in (
            ("right", is_right, colours.right, 0.92, ""),
            ("wrong", ~is_right, colours.wrong, 0.46, "////"),
        ):
            counts, _ = np.histogram(evaluation.confidences[chosen].astype(np.float64).clip(0, 1), edges)
            filled = counts > 0
            axes.bar(
                ((edges[:-1] + edges[1:]) / 2)[filled],
                counts[filled] - _BASE,
                share / HISTOGRAM_BINS,
                bottom=_BASE,
                color=colour,
                hatch=hatch,
                edgecolor=colours.page,
                linewidth=0,
            )
            label = words(f"confidence.{name}", count=int(counts.sum()))
            keys.append(Patch(facecolor=colour, hatch=hatch, edgecolor=colours.page, linewidth=0, label=label))
        _share_axis(drawing, axes)
        axes.set_ylim(_BASE, max(12.0, axes.get_ylim()[1]))
        axes.set_ylabel(words("confidence.images"))
        axes.yaxis.set_major_locator(LogLocator(10))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        drawing.figure.legend(handles=keys, loc="outside lower center", ncols=2, handlelength=1.4)
    return drawing.figure


def _share_axis(drawing: Canvas, axes: Axes) -> None:
    axes.set_xlim(0, 1)
    axes.set_xlabel(drawing.words("reliability.confidence"))
    axes.grid()
    _every_fifth(drawing, axes.xaxis)


def _every_fifth(drawing: Canvas, axis: Axis) -> None:
    axis.set_ticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    drawing.percent_ticks(axis)
