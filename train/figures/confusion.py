"""Which digit is taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import CLASS_NAMES, NUM_CLASSES
from mnist_edge.train.figures.look import DEFAULT_LOOK, Look
from mnist_edge.train.figures.style import SMALL_SIZE, TEXT_SIZE, WIDTH, Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mnist_edge.train.evaluation.scores import Evaluation

_LEFT: Final = 0.55  # inches
_TOP: Final = 0.92
_SIDE: Final = WIDTH - _LEFT - 0.1
_FOOT: Final = 0.88
_SCALE: Final = 2.4
_FAINTEST: Final = 0.12  # strength of the smallest mistake's colour, so that none looks like no mistake
_DIAGONAL: Final = 0.16
_NOTHING: Final = "·"


def confusion_heatmap(evaluation: Evaluation, *, look: Look = DEFAULT_LOOK) -> Figure:
    """The confusion matrix with its counts; a row is a true digit, a column the model's answer.

    The colour of a mistake is its share of the row on a square-root scale that ends at the largest one. The diagonal has a
    colour of its own, because on a common scale it would leave nothing of the mistakes to see.

    Args:
        evaluation: Whose confusions.
        look: Theme and language.

    Raises:
        OptionError: If there is no font for the language.
        MissingExtraError: If matplotlib is not installed.
    """
    shares = _mistake_shares(evaluation.confusion)
    largest = float(shares.max())
    with canvas(look, WIDTH, _TOP + _SIDE + (_FOOT if largest > 0 else 0.1)) as drawing:
        strengths = _strengths(shares, largest)
        _draw_matrix(drawing, evaluation.confusion, strengths)
        drawing.heading(drawing.words("confusion.title"))
        if largest > 0:
            _draw_scale(drawing, largest)
    return drawing.figure


def _mistake_shares(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64 ``[10, 10]``: counts as a share of their row, 0 on the diagonal and in rows without images."""
    wrong = np.where(np.eye(len(confusion), dtype=bool), 0, confusion)
    shares: NDArray[np.float64] = wrong / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    return shares


def _strengths(shares: NDArray[np.float64], largest: float) -> NDArray[np.float64]:
    relative = np.sqrt(shares / largest) if largest > 0 else shares
    return np.where(shares > 0, _FAINTEST + (1 - _FAINTEST) * relative, 0.0)


def _blend(under: str, over: str, strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """RGB ``[..., 3]``, 0 to 1: ``over`` laid on ``under`` with the given strengths."""
    from matplotlib.colors import to_rgb

    first, second = np.array(to_rgb(under)), np.array(to_rgb(over))
    mixed: NDArray[np.float64] = first + (second - first) * strengths[..., None]
    return mixed


def _draw_matrix(drawing: Canvas, confusion: NDArray[np.int64], strengths: NDArray[np.float64]) -> None:
    colours, words = drawing.colours, drawing.words
    axes = drawing.axes(_LEFT, _TOP, _SIDE, _SIDE)
    axes.set_axis_on()
    pixels = _blend(colours.panel, colours.wrong, strengths)
    on_diagonal = np.eye(NUM_CLASSES, dtype=bool) & (confusion > 0)
    pixels[on_diagonal] = _blend(colours.panel, colours.right, np.array([_DIAGONAL]))
    axes.imshow(pixels)
    axes.spines[:].set_visible(False)
    axes.set_xticks(range(NUM_CLASSES), CLASS_NAMES)
    axes.set_yticks(range(NUM_CLASSES), CLASS_NAMES)
    axes.set_xticks(np.arange(NUM_CLASSES + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(NUM_CLASSES + 1) - 0.5, minor=True)
    axes.grid(which="minor", axis="both", color=colours.page, linewidth=2)
    axes.tick_params(which="both", length=0, labelsize=TEXT_SIZE, top=False, labeltop=True, labelbottom=False)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(words("confusion.predicted"), labelpad=5)
    axes.set_ylabel(words("confusion.true"), labelpad=5)
    _write_counts(drawing, axes, confusion, pixels)


def _write_counts(drawing: Canvas, axes: Axes, confusion: NDArray[np.int64], pixels: NDArray[np.float64]) -> None:
    muted = drawing.colours.muted
    style: dict[str, Any] = {"size": SMALL_SIZE, "ha": "center", "va": "center"}
    for row, counts in enumerate(confusion.tolist()):
        if not any(counts):
            axes.text((NUM_CLASSES - 1) / 2, row, drawing.words("classes.absent"), color=muted, **style)
            continue
        for column, count in enumerate(counts):
            ink = _ink(pixels[row, column]) if count else muted
            axes.text(column, row, str(count) if count else _NOTHING, color=ink, **style)


def _ink(background: NDArray[Any]) -> str:
    """Black or white, whichever stands out more (relative luminance as in WCAG 2)."""
    linear = np.where(background <= 0.04045, background / 12.92, ((background + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    return "#ffffff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


def _draw_scale(drawing: Canvas, largest: float) -> None:
    colours = drawing.colours
    axes = drawing.axes(_LEFT, _TOP + _SIDE + 0.36, _SCALE, 0.13)
    axes.set_axis_on()
    steps = np.linspace(0, 1, 128)
    axes.imshow(
        _blend(colours.panel, colours.wrong, _FAINTEST + (1 - _FAINTEST) * steps)[None], aspect="auto", extent=(0, 1, 0, 1)
    )
    axes.spines[:].set_visible(False)
    ticks = [0.0, 0.25, 1.0]
    # The left end has the colour of the faintest mistake, and not that of none.
    axes.set_xticks([tick**0.5 for tick in ticks], [">0", *(_percent(tick * largest) for tick in ticks[1:])])
    axes.set_yticks([])
    axes.tick_params(length=0, pad=3)
    axes.set_title(drawing.words("confusion.share"), loc="left", size=SMALL_SIZE, color=colours.muted, pad=4)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%" if share >= 0.1 else f"{100 * share:.2g}%"
