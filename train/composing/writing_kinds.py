"""Kinds of scenes that differ in the writing: its size, its pen, its lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mnist_edge.train.composing.camera import SCREEN
from mnist_edge.train.composing.layout import Hand
from mnist_edge.train.composing.light import Light
from mnist_edge.train.composing.paper import PAPERS, Colour
from mnist_edge.train.composing.pens import Pen
from mnist_edge.train.composing.recipes import INKS, Recipe, Rng, good_camera


def size(base: Recipe, level: int, rng: Rng) -> Recipe:
    """From tiny to most of the frame, in small and large pictures."""
    sizes: tuple[tuple[tuple[int, int], float, float], ...]
    if level == 1:
        sizes = (((640, 480), 22, 60), ((1280, 720), 28, 90), ((300, 225), 24, 90))
    elif level == 2:
        sizes = (
            ((640, 480), 16, 26),
            ((1920, 1080), 26, 60),
            ((1920, 1080), 200, 520),
            ((300, 300), 18, 40),
            ((640, 480), 200, 330),
        )
    else:
        sizes = (
            ((640, 480), 12, 17),
            ((1920, 1080), 18, 34),
            ((1600, 1200), 700, 1050),
            ((320, 240), 170, 220),
            ((4000, 3000), 80, 600),
        )
    size, low, high = sizes[rng.integers(len(sizes))]
    hand = replace(base.hand, sizes=0.08 + 0.08 * level) if rng.random() < 0.5 else base.hand
    pixels = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    counts = base.counts if pixels < 0.5 * min(size) else (1,)
    # A thinner pen than a pixel and a bit is not seen in small writing.
    pen = replace(base.pen, width=max(base.pen.width, 1.6 / pixels), density=max(base.pen.density, 0.9), grain=0.05)
    blur = rng.uniform(0.3, 0.6) if pixels < 30 else base.camera.blur
    return replace(
        base, size=size, pixels=pixels, hand=hand, counts=counts, pen=pen, camera=replace(base.camera, blur=blur)
    )


def touching(base: Recipe, level: int, rng: Rng) -> Recipe:
    """Neighbours that touch, cross and overlap, at most three in a row."""
    hand = Hand(
        gap=(0.16, 0.4),
        touching=(0.35, 0.5, 0.65)[level - 1],
        depth=((0.0, 0.02), (0.0, 0.06), (0.03, 0.1))[level - 1],
        unevenness=0.04,
    )
    counts = tuple(max(2, count) for count in base.counts)
    return replace(base, hand=hand, counts=counts)


def thin(base: Recipe, level: int, rng: Rng) -> Recipe:
    """Thin and dry pens; strokes with gaps."""
    pen = Pen(
        width=rng.uniform(*((0.035, 0.05), (0.022, 0.04), (0.015, 0.03))[level - 1]),
        colour=base.pen.colour,
        density=rng.uniform(0.8, 1.0) - 0.08 * (level - 1),
        pressure=0.15 + 0.05 * level,
        grain=0.1 * level,
        gaps=(0.0, rng.uniform(0.01, 0.06), rng.uniform(0.04, 0.12))[level - 1],
    )
    return replace(base, pen=pen, camera=replace(base.camera, blur=min(base.camera.blur, 0.7)), fill=max(base.fill, 0.7))


def faint(base: Recipe, level: int, rng: Rng) -> Recipe:
    """Pencil, pale and coloured ink on coloured paper."""
    paper = PAPERS[0] if level == 1 else PAPERS[rng.integers(len(PAPERS))]
    # The difference between ink and paper in grey, as a share of white.
    contrast = rng.uniform(*((0.3, 0.45), (0.18, 0.3), (0.1, 0.18))[level - 1])
    if rng.random() < 0.5:
        pen = Pen(rng.uniform(0.05, 0.1), (0.35, 0.34, 0.34), pressure=0.2, grain=0.25)
    else:
        names = tuple(INKS)[2:]
        pen = Pen(rng.uniform(0.06, 0.12), INKS[names[rng.integers(len(names))]], pressure=0.15, grain=0.1)
    grey = np.array([0.114, 0.587, 0.299])
    full = max(0.1, float(grey @ (np.array(paper) - np.array(pen.colour))))
    pen = replace(pen, density=min(1.0, contrast / full))
    camera = replace(good_camera(rng), noise=rng.uniform(0.5, 1.5), exposure=rng.uniform(0.75, 1.0))
    light = Light(gradient=0.06 * level, vignette=0.06 * level, mottle=0.004)
    return replace(base, pen=pen, paper=paper, roughness=0.004, light=light, camera=camera)


def inverted(base: Recipe, level: int, rng: Rng) -> Recipe:
    """White on black: a screen, then boards with chalk."""
    if level == 1:  # a screen, or a drawing on black
        pen = replace(base.pen, colour=(1.0, 1.0, 1.0), density=1.0, grain=0.0)
        return replace(base, pen=pen, paper=(0.0, 0.0, 0.0), roughness=0.0, camera=SCREEN, light=Light())
    boards: tuple[Colour, ...] = ((0.24, 0.29, 0.20), (0.16, 0.16, 0.17), (0.34, 0.26, 0.18), (0.14, 0.18, 0.32))
    chalk: tuple[Colour, ...] = ((0.92, 0.94, 0.94), (0.60, 0.88, 0.95), (0.86, 0.78, 0.70))
    pen = Pen(
        rng.uniform(0.07, 0.13),
        chalk[int(rng.integers(3)) if level == 3 else 0],
        density=rng.uniform(0.75, 0.95) - 0.12 * (level - 2),
        pressure=0.15,
        grain=0.2 + 0.1 * (level - 2),
    )
    light = Light(gradient=0.15 * level, vignette=0.1 * level, mottle=0.06, shadows=int(level == 3))
    return replace(
        base,
        pen=pen,
        paper=boards[rng.integers(4)],
        roughness=0.03,
        light=light,
        camera=replace(good_camera(rng), haze=0.06),
    )


def slanted(base: Recipe, level: int, rng: Rng) -> Recipe:
    """Turned and tilted pages, uneven baselines."""
    hand = replace(
        base.hand,
        unevenness=0.03 + 0.03 * level,
        drift=0.01 * level,
        leading=(1.75 + 0.1 * level, 2.5),
        sizes=0.05 + 0.03 * level,
    )
    angle = np.deg2rad(rng.uniform(*((3, 6), (5, 10), (9, 15))[level - 1])) * rng.choice([-1, 1])
    tilt = rng.uniform(-1, 1, 2) * (0.0, 0.2, 0.35)[level - 1]
    light = Light(gradient=0.06 * level, vignette=0.06 * level, mottle=0.01)
    view = replace(base, hand=hand, angle=float(angle), tilt=(float(tilt[0]), float(tilt[1])), light=light)
    return replace(view, paper=PAPERS[rng.integers(3)], camera=good_camera(rng), roughness=0.008)
