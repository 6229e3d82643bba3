"""Grids of digits: samples of a data set, and what a model answers to them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import DatasetFormatError, OptionError
from mnist_edge.train.figures.look import DEFAULT_LOOK, Look
from mnist_edge.train.figures.mosaic import Mosaic
from mnist_edge.train.figures.style import RIGHT_MARK, SMALL_SIZE, WIDTH, WRONG_MARK, Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mnist_edge.train.evaluation.scores import Evaluation

MAX_TILES: Final = 400  # more are no longer looked at, and a PNG has a largest height

_MARGIN: Final = 0.1  # inches
_HEAD: Final = 0.42  # with a title; a line more takes another 0.22
_SUBTITLE: Final = 0.22
_LARGEST_TILE: Final = 0.96
_SMALLEST_FIGURE: Final = 2.8  # has room for the titles
_GAP: Final = 0.1
_LINE: Final = 0.175  # of a caption


def sample_images(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    *,
    count: int = 25,
    seed: int = 42,
    look: Look = DEFAULT_LOOK,
) -> Figure:
    """A random choice of labelled digits.

    Args:
        images: uint8 ``[n, h, w]``, white ink on black; n at least 1.
        labels: uint8 ``[n]``.
        count: How many, 1 to 400; all of them if there are fewer.
        seed: Of the choice; the same seed gives the same digits.
        look: Theme and language.

    Raises:
        OptionError: If ``count`` is out of range, or there is no font for the language.
        DatasetFormatError: If the images are no pictures, or do not belong to the labels.
        MissingExtraError: If matplotlib is not installed.
    """
    _check(images, len(labels), count)
    chosen = np.sort(np.random.default_rng(seed).choice(len(images), min(count, len(images)), replace=False))
    columns = min(len(chosen), 5 if len(chosen) <= 25 else 8 if len(chosen) <= 64 else 10)
    with _grid(images[chosen], columns, _HEAD, 1, look) as (drawing, axes, mosaic):
        drawing.heading(drawing.words("samples.title"))
        for place, index in enumerate(chosen):
            label = str(labels[index])
            caption = drawing.words("samples.label", label=label) if columns <= 5 else label
            top, left = mosaic.corner(place)
            axes.text(left + mosaic.width / 2 - 0.5, top + mosaic.height, caption, size=SMALL_SIZE, ha="center", va="top")
        return drawing.figure


def prediction_grid(
    images: NDArray[np.uint8],
    evaluation: Evaluation,
    *,
    count: int = 25,
    seed: int = 42,
    look: Look = DEFAULT_LOOK,
) -> Figure:
    """Answers with their confidence: the wrong ones, the surest first, and then a random choice of the right ones.

    Right answers have a thin green frame and a check mark, wrong ones a thick red frame and a cross.

    Args:
        images: uint8 ``[n, h, w]``, white ink on black; n at least 1.
        evaluation: The answers to them.
        count: How many, 1 to 400; all of them if there are fewer.
        seed: Of the choice; the same seed gives the same digits.
        look: Theme and language.

    Raises:
        OptionError: If ``count`` is out of range, or there is no font for the language.
        DatasetFormatError: If the images are no pictures, or do not belong to the evaluation.
        MissingExtraError: If matplotlib is not installed.
    """
    _check(images, evaluation.total, count)
    wrong = evaluation.mistakes[:count]
    right = np.flatnonzero(evaluation.answers == evaluation.labels)
    more = np.random.default_rng(seed).choice(right, min(count - len(wrong), len(right)), replace=False)
    chosen = np.concatenate([wrong, np.sort(more)]).astype(np.int64)
    with _grid(images[chosen], min(len(chosen), 5), _HEAD + _SUBTITLE, 2, look) as (drawing, axes, mosaic):
        of_all = drawing.words("predictions.wrong", wrong=len(evaluation.mistakes), total=evaluation.total)
        drawing.heading(drawing.words("predictions.title"), of_all)
        for place, index in enumerate(chosen):
            _answer(drawing, axes, mosaic, place, evaluation, int(index))
        return drawing.figure


def _answer(drawing: Canvas, axes: Axes, mosaic: Mosaic, place: int, evaluation: Evaluation, index: int) -> None:
    from matplotlib.patches import Rectangle

    colours, (top, left) = drawing.colours, mosaic.corner(place)
    right = evaluation.answers[index] == evaluation.labels[index]
    frame, ink = (colours.right, colours.right_text) if right else (colours.wrong, colours.wrong_text)
    corner, width = (left - 0.5, top - 0.5), 1.2 if right else 3
    axes.add_patch(
        Rectangle(corner, mosaic.width, mosaic.height, fill=False, edgecolor=frame, linewidth=width, clip_on=False)
    )
    below = top + mosaic.height + 1
    predicted = drawing.words("predictions.predicted", answer=str(evaluation.answers[index]))
    truth = drawing.words(
        "predictions.true", label=str(evaluation.labels[index]), confidence=_percent(float(evaluation.confidences[index]))
    )
    line = _LINE / _LARGEST_TILE * mosaic.width
    mark = RIGHT_MARK if right else WRONG_MARK
    axes.text(left - 0.5, below, mark, size=SMALL_SIZE, color=ink, va="top", weight="bold")
    axes.text(left + 4, below, predicted, size=SMALL_SIZE, color=ink, va="top")
    axes.text(left - 0.5, below + line, truth, size=SMALL_SIZE - 1, color=colours.muted, va="top")


def _percent(share: float) -> str:
    """With one digit, and never rounded up to a certainty that is not there."""
    return f"{share:.1%}" if share < 0.9995 else f"{math.floor(share * 10_000) / 10_000:.2%}" if share < 1 else "100%"


class _grid:  # noqa: N801
    pass
