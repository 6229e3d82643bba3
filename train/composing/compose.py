"""Composes a picture of digits on paper, with exact truth."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import OptionError
from mnist_edge.runtime.sample_digits import SAMPLE_DIGITS, draw_digit
from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.train.batches import Split
from mnist_edge.train.composing.camera import photograph
from mnist_edge.train.composing.ground import MIN_PEN, Page, ground
from mnist_edge.train.composing.kinds import SCENE_KINDS, levels_of, recipe
from mnist_edge.train.composing.layout import PageMap, Placed, arrange, bounds, camera_view, fitted
from mnist_edge.train.composing.light import light_field
from mnist_edge.train.composing.pens import Ink, put, write
from mnist_edge.train.composing.recipes import Recipe
from mnist_edge.train.composing.strokes import Strokes, trace_strokes
from mnist_edge.train.composing.truth import ComposedScene, TrueDigit, Truth

_MIN_PIXELS: Final = 24.0  # px, height of a digit where the kind is not about size; what does not fit then is left out


def compose_scene(kind: str, level: int, digits: Split, rng: np.random.Generator) -> ComposedScene:
    """Composes one picture.

    Args:
        kind: One of :data:`~mnist_edge.train.composing.kinds.SCENE_KINDS`.
        level: 0 (plain) to 3.
        digits: Handwritten digits to trace, such as MNIST's test images.
        rng: The same state gives the same picture.

    Raises:
        OptionError: If there is no such kind or level.
    """
    if kind not in SCENE_KINDS or level not in (0, *levels_of(kind)):
        expected = f"a kind of {', '.join(SCENE_KINDS)}, and a level of 0 to 3 (plain: 0)"
        raise OptionError("There is no such scene", expected=expected, received=f"{kind}, level {level}")
    image, truth = compose_recipe(recipe(kind, level, rng), digits, rng)
    return ComposedScene(image, truth, kind, level)


def compose_recipe(plan: Recipe, digits: Split, rng: np.random.Generator) -> tuple[NDArray[np.uint8], Truth]:
    """Composes one picture after a recipe of one's own; uint8 BGR ``[H, W, 3]`` and what it shows."""
    page = lay_out(plan, digits, rng)
    inks = write_digits(plan, page, rng)
    picture = ground(plan, page, [ink.box() for _, ink in inks], rng)
    for _, ink in inks:
        put(picture, ink, plan.pen)
    height, width = picture.shape[:2]
    picture *= light_field(height, width, plan.light, rng)
    image = photograph(picture, plan.camera, rng)
    return image, Truth(tuple(TrueDigit(digit.label, _inside(ink.box(), plan.size), digit.line) for digit, ink in inks))


def _inside(box: Box, size: tuple[int, int]) -> Box:
    left, top = max(box.left, 0), max(box.top, 0)
    return Box(left, top, min(box.right, size[0]) - left, min(box.bottom, size[1]) - top)


def choose_digit(digits: Split, own: float, rng: np.random.Generator) -> tuple[int, Strokes]:
    """A digit with its strokes: traced from one of ``digits``, or with the probability ``own`` from a drawing of ours."""
    for _ in range(20):
        if rng.random() < own:
            label = int(rng.integers(10))
            variant = int(rng.integers(len(SAMPLE_DIGITS[label])))
            seed = int(rng.integers(2**31))
            image = draw_digit(label, size=140, thickness=0.05, variant=variant, seed=seed, jitter=rng.uniform(0.5, 1.5))
        else:
            index = int(rng.integers(len(digits)))
            label, image = int(digits.labels[index]), digits.images[index]
        strokes = trace_strokes(image)
        if strokes:
            return label, strokes
    raise OptionError("The digits to compose from hold no ink", expected="white ink on black, uint8 0 to 255")


def lay_out(plan: Recipe, digits: Split, rng: np.random.Generator) -> Page:
    """Chooses digits and places them so that all are in the picture."""
    counts = list(plan.counts)
    while True:
        lines = [[choose_digit(digits, plan.own, rng) for _ in range(count)] for count in counts]
        placed = arrange(lines, plan.hand, rng) if lines else []
        low, high = bounds(placed) if placed else (np.zeros(2), np.array([6.0, 4.0]))
        low, high = low - 0.15, high + 0.15
        view = camera_view(plan.angle, plan.tilt, (low + high) / 2, high - low)
        corners = np.array([[low[0], low[1]], [high[0], low[1]], [low[0], high[1]], [high[0], high[1]]])
        seen = PageMap(view).apply(corners)
        largest = float((np.array(plan.size) / np.ptp(seen, axis=0)).min())
        pixels = plan.pixels or largest * plan.fill
        if not placed or (pixels <= 0.98 * largest and (plan.pixels or pixels >= _MIN_PIXELS)):
            break
        if sum(counts) == 1:
            pixels = 0.98 * largest
            break
        counts = _fewer(counts, plan.size)
    return Page(tuple(placed), fitted(view, corners, plan.size, pixels, rng), pixels)


def _fewer(counts: list[int], size: tuple[int, int]) -> list[int]:
    """Takes away a line, or from each line a digit, whichever is more in the way."""
    if len(counts) > 1 and len(counts) * 2 / size[1] > max(counts) / size[0]:
        return counts[:-1]
    return [max(1, count - 1) for count in counts] if max(counts) > 1 else counts[:-1]


def write_digits(plan: Recipe, page: Page, rng: np.random.Generator) -> list[tuple[Placed, Ink]]:
    """The ink of every digit, in pixels of the picture."""
    inks = []
    for digit in page.placed:
        strokes = tuple(page.view.apply(points) for points in digit.strokes)
        width = max(MIN_PEN, plan.pen.width * page.pixels)
        inks.append((digit, write(strokes, width, plan.pen, rng)))
    return inks
