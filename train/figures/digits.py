"""Grids of digits: samples of a data set, and what a model answers to them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import DatasetFormatError, OptionError
from mnist_edge.train.figures.look import DEFAULT_LOOK, Look
from mnist_edge.train.figures.style import RIGHT_MARK, SMALL_SIZE, WRONG_MARK
from mnist_edge.train.figures.tile_grid import TileGrid, tile_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mnist_edge.train.evaluation.scores import Evaluation

MAX_TILES: Final = 400  # nobody looks at more, and a PNG has a largest height

_WRONG_SHARE: Final = 0.6  # only mistakes would make a good model look like a bad one
_CERTAIN: Final = 0.9995  # from here on one digit after the point would say 100.0%


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
        seed: Of the choice, 0 or more; the same seed gives the same digits.
        look: Theme and language.

    Raises:
        OptionError: If ``count`` or ``seed`` is out of range, or there is no font for the language.
        DatasetFormatError: If the images are no pictures, or do not belong to the labels.
        MissingExtraError: If matplotlib is not installed.
    """
    _check(images, len(labels), count, seed)
    chosen = np.sort(np.random.default_rng(seed).choice(len(images), min(count, len(images)), replace=False))
    columns = min(len(chosen), 5 if len(chosen) <= 25 else 8 if len(chosen) <= 64 else 10)
    with tile_grid(images[chosen], columns, 1, look, subtitle=False) as grid:
        grid.drawing.heading(grid.drawing.words("samples.title"))
        for place, index in enumerate(chosen):
            label = str(labels[index])
            text = grid.drawing.words("samples.label", label=label) if columns <= 5 else label
            grid.caption(place, 0, grid.mosaic.width / 2, text, size=SMALL_SIZE, ha="center")
    return grid.drawing.figure


def prediction_grid(
    images: NDArray[np.uint8],
    evaluation: Evaluation,
    *,
    count: int = 25,
    seed: int = 42,
    look: Look = DEFAULT_LOOK,
) -> Figure:
    """Answers with their confidence: wrong ones, the surest first, and then a random choice of the right ones.

    Wrong ones take three fifths of the places at most, as long as there are right ones for the others. Right answers have
    a thin green frame and a check mark, wrong ones a thick red frame and a cross.

    Args:
        images: uint8 ``[n, h, w]``, white ink on black; n at least 1.
        evaluation: The answers to them.
        count: How many, 1 to 400; all of them if there are fewer.
        seed: Of the choice, 0 or more; the same seed gives the same digits.
        look: Theme and language.

    Raises:
        OptionError: If ``count`` or ``seed`` is out of range, or there is no font for the language.
        DatasetFormatError: If the images are no pictures, or do not belong to the evaluation.
        MissingExtraError: If matplotlib is not installed.
    """
    _check(images, evaluation.total, count, seed)
    right = np.flatnonzero(evaluation.answers == evaluation.labels)
    wrong = evaluation.mistakes[: max(math.ceil(_WRONG_SHARE * count), count - len(right))]
    more = np.random.default_rng(seed).choice(right, min(count - len(wrong), len(right)), replace=False)
    chosen = np.concatenate([wrong, np.sort(more)])
    with tile_grid(images[chosen], min(len(chosen), 5), 2, look, subtitle=True) as grid:
        words = grid.drawing.words
        found = words("predictions.wrong", wrong=len(evaluation.mistakes), total=evaluation.total)
        grid.drawing.heading(words("predictions.title"), found)
        for place, index in enumerate(chosen):
            _answer(grid, place, evaluation, int(index))
    return grid.drawing.figure


def _answer(grid: TileGrid, place: int, evaluation: Evaluation, index: int) -> None:
    from matplotlib.patches import Rectangle

    answer, label = str(evaluation.answers[index]), str(evaluation.labels[index])
    colours, mosaic, words = grid.drawing.colours, grid.mosaic, grid.drawing.words
    if answer == label:
        frame, ink, width, mark = colours.right, colours.right_text, 1.2, RIGHT_MARK
    else:
        frame, ink, width, mark = colours.wrong, colours.wrong_text, 3, WRONG_MARK
    top, left = mosaic.corner(place)
    box = Rectangle((left - 0.5, top - 0.5), mosaic.width, mosaic.height, fill=False, edgecolor=frame, linewidth=width)
    box.set_clip_on(False)
    grid.axes.add_patch(box)
    confidence = percent(float(evaluation.confidences[index]))
    grid.caption(place, 0, 0, mark, size=SMALL_SIZE, color=ink)
    grid.caption(place, 0, 4.5, words("predictions.predicted", answer=answer), size=SMALL_SIZE, color=ink)
    truth = words("predictions.true", label=label, confidence=confidence)
    grid.caption(place, 1, 0, truth, size=SMALL_SIZE - 1, color=colours.muted)


def percent(share: float) -> str:
    """A share 0 to 1, never rounded up to a certainty that is not there."""
    return f"{share:.1%}" if share < _CERTAIN else ">99.9%"


def _check(images: NDArray[Any], labels: int, count: int, seed: int) -> None:
    if not 1 <= count <= MAX_TILES:
        raise OptionError("The number of pictures is out of range", expected=f"1 to {MAX_TILES}", received=str(count))
    if seed < 0:
        raise OptionError("The seed is out of range", expected="0 or more", received=str(seed))
    if images.ndim != 3 or images.size == 0 or images.dtype != np.uint8:
        raise DatasetFormatError(
            "These are no pictures to show",
            expected="a uint8 array [n, height, width] with at least one picture",
            received=f"{images.dtype} {list(images.shape)}",
        )
    if len(images) != labels:
        raise DatasetFormatError(
            "Pictures and labels do not belong together",
            expected="one label for each picture",
            received=f"{len(images):,} pictures and {labels:,} labels",
        )
