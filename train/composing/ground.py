"""The page around the digits: paper, printed lines, clutter, the table under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.train.composing.clutter import doodle, free_place, stain, word
from mnist_edge.train.composing.layout import PageMap, Placed, bounds
from mnist_edge.train.composing.paper import rule, rulings, sheet, show_through, table_top
from mnist_edge.train.composing.pens import put, write
from mnist_edge.train.composing.recipes import Recipe

MIN_PEN: Final = 1.1  # px; a thinner line would hardly be seen


@dataclass(frozen=True, eq=False)
class Page:
    """What is written, and where.

    Attributes:
        placed: The digits in the page's units.
        view: From the page's units to pixels.
        pixels: Height of a digit in pixels, about.
    """

    placed: tuple[Placed, ...]
    view: PageMap
    pixels: float


def ground(plan: Recipe, page: Page, taken: list[Box], rng: np.random.Generator) -> NDArray[np.float32]:
    """Everything but the digits, BGR reflectance, float32 ``[H, W, 3]``.

    Args:
        plan: The recipe.
        page: Where the digits are.
        taken: Their boxes; clutter keeps away from them.
        rng: For all shapes.
    """
    width, height = plan.size
    picture = sheet(height, width, plan.paper, plan.roughness, rng)
    if plan.is_printed_behind:
        show_through(picture, rng)
    _print_rulings(picture, plan, page, rng)
    for _ in range(plan.stains):
        radius = rng.uniform(0.03, 0.12) * min(plan.size)
        stain(picture, (rng.uniform(0, width), rng.uniform(0, height)), radius, rng)
    everything = taken + _add_clutter(picture, plan, page, taken, rng)
    if plan.table_sides:
        _show_table(picture, plan, page, everything, rng)
    return picture


def _print_rulings(picture: NDArray[np.float32], plan: Recipe, page: Page, rng: np.random.Generator) -> None:
    if not plan.rulings:
        return
    width, height = plan.size
    frame = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    seen = PageMap(np.linalg.inv(page.view.matrix).astype(np.float64)).apply(frame)
    lines = sorted({digit.line for digit in page.placed})
    baselines = [
        float(
            np.median([max(points[:, 1].max() for points in digit.strokes) for digit in page.placed if digit.line == line])
        )
        for line in lines
    ]
    low, high = seen.min(axis=0), seen.max(axis=0)
    if page.placed:
        written_low, written_high = bounds(list(page.placed))
    for ruling in plan.rulings:
        pen_width = ruling.width or max(MIN_PEN, plan.pen.width * page.pixels)
        from_here, to_here = (written_low, written_high) if ruling.style == "underline" and page.placed else (low, high)
        lines_px = rulings(ruling, page.view, from_here, to_here, baselines)
        rule(picture, ruling if ruling.width else replace(ruling, width=pen_width), lines_px, rng)


def _add_clutter(
    picture: NDArray[np.float32], plan: Recipe, page: Page, taken: list[Box], rng: np.random.Generator
) -> list[Box]:
    """Words and doodles beside the digits, in place; returns where they are."""
    added: list[Box] = []
    shapes = [word] * plan.words + [doodle] * plan.doodles
    for shape in shapes:
        size = page.pixels * rng.uniform(0.7, 1.3)
        strokes = tuple(points * size for points in shape(rng))
        extent = np.max([points.max(axis=0) for points in strokes], axis=0)
        place = free_place((float(extent[0]), float(extent[1])), taken + added, plan.size, 0.4 * page.pixels, rng)
        if place is None:
            continue
        ink = write(tuple(points + place for points in strokes), max(MIN_PEN, plan.pen.width * page.pixels), plan.pen, rng)
        put(picture, ink, plan.pen)
        added.append(ink.box())
    return added


def _show_table(picture: NDArray[np.float32], plan: Recipe, page: Page, taken: list[Box], rng: np.random.Generator) -> None:
    """The table beyond the paper's edges, where there is room beside the digits; the paper throws a narrow shadow on it."""
    width, height = plan.size
    margin = 0.6 * page.pixels
    left = min((box.left for box in taken), default=0.3 * width) - margin
    right = max((box.right for box in taken), default=0.7 * width) + margin
    top = min((box.top for box in taken), default=0.3 * height) - margin
    bottom = max((box.bottom for box in taken), default=0.7 * height) + margin
    room = {"left": left, "right": width - right, "top": top, "bottom": height - bottom}
    sides = [side for side in rng.permutation(sorted(room))[: plan.table_sides] if room[side] > 12]
    if not sides:
        return
    reach = {side: rng.uniform(0.3, 0.9) * min(room[side], 0.3 * max(plan.size)) if side in sides else -60 for side in room}
    lean = rng.normal(0, 0.015, 4) * max(plan.size)
    low_x, low_y, high_x, high_y = reach["left"], reach["top"], width - reach["right"], height - reach["bottom"]
    corners = np.array(
        [[low_x + lean[0], low_y + lean[1]], [high_x + lean[2], low_y], [high_x, high_y + lean[3]], [low_x, high_y]]
    )
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    paper = mask.astype(np.float32)[:, :, None] / 255
    dark = cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.008 * max(plan.size))).astype(np.float32)[:, :, None] / 255
    picture *= paper
    picture += (1 - paper) * table_top(height, width, rng) * (1 - 0.5 * dark)
