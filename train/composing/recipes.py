"""What is fixed about a picture before it is drawn, and the plain case."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np

from mnist_edge.train.composing.camera import SCREEN, Camera
from mnist_edge.train.composing.layout import Hand
from mnist_edge.train.composing.light import Light
from mnist_edge.train.composing.paper import PAPERS, Colour, Ruling
from mnist_edge.train.composing.pens import Pen

Rng: TypeAlias = np.random.Generator

INKS: Final[dict[str, Colour]] = {
    "black": (0.10, 0.09, 0.09),
    "grey": (0.26, 0.24, 0.24),
    "blue": (0.58, 0.22, 0.13),
    "navy": (0.36, 0.14, 0.10),
    "red": (0.20, 0.16, 0.72),
    "green": (0.26, 0.42, 0.10),
    "violet": (0.50, 0.14, 0.36),
}
_SIZES: Final = ((640, 480), (800, 600), (480, 640), (1024, 768), (960, 540), (720, 960), (400, 300))


@dataclass(frozen=True)
class Recipe:
    """Everything about one picture but the random shapes themselves.

    Attributes:
        size: Width and height of the picture in pixels.
        counts: Digits in each line; empty for a picture without digits.
        own: Share of digits drawn from this project's own strokes instead of traced from MNIST.
        hand: How they are written.
        pen: What writes.
        fill: Share of the picture that the writing takes, 0 to 1, along the tighter side.
        pixels: Height of a digit in pixels, instead of ``fill``; digits that do not fit are left out.
        angle: Of the page, in radians.
        tilt: Of the page, see :func:`~mnist_edge.train.composing.layout.camera_view`.
        paper: BGR reflectance.
        roughness: Of the paper.
        is_printed_behind: Whether print on the back shines through.
        rulings: Lines on the paper.
        light: On it.
        camera: That takes the picture.
        words: Number of words beside the digits.
        doodles: Number of doodles.
        stains: Number of stains.
        table_sides: Sides of the picture on which the table is in view.
    """

    size: tuple[int, int]
    counts: tuple[int, ...]
    pen: Pen
    own: float = 0.2
    hand: Hand = field(default_factory=Hand)
    fill: float = 0.6
    pixels: float = 0.0
    angle: float = 0.0
    tilt: tuple[float, float] = (0.0, 0.0)
    paper: Colour = PAPERS[0]
    roughness: float = 0.008
    is_printed_behind: bool = False
    rulings: tuple[Ruling, ...] = ()
    light: Light = field(default_factory=Light)
    camera: Camera = field(default_factory=Camera)
    words: int = 0
    doodles: int = 0
    stains: int = 0
    table_sides: int = 0


def any_pen(rng: Rng) -> Pen:
    """A marker, a fineliner or a ballpoint, easy to see."""
    which = rng.random()
    names = ("black", "black", "grey", "blue", "navy", "red", "green", "violet")
    colour = INKS[names[rng.integers(len(names))]]
    if which < 0.35:
        return Pen(rng.uniform(0.09, 0.15), colour, density=rng.uniform(0.88, 1), pressure=0.08)
    if which < 0.7:
        return Pen(rng.uniform(0.06, 0.1), colour, density=rng.uniform(0.8, 0.98), pressure=0.12, grain=0.05)
    return Pen(rng.uniform(0.05, 0.075), colour, density=rng.uniform(0.75, 0.95), pressure=0.18, grain=0.12)


def plain(rng: Rng) -> Recipe:
    """A good photograph or scan of clear writing; now and then a paint program's."""
    lines = int(rng.choice([1, 1, 2, 3, 4, 5]))
    base = Recipe(
        size=_SIZES[rng.integers(len(_SIZES))],
        counts=tuple(int(count) for count in rng.integers(1, 9, lines)),
        pen=any_pen(rng),
        fill=rng.uniform(0.5, 0.88),
        hand=Hand(gap=(0.22, 0.8)),
        angle=rng.normal(0, 0.012),
    )
    if rng.random() < 0.15:
        pen = replace(base.pen, density=1.0, grain=0.0, pressure=0.0, colour=(0.0, 0.0, 0.0))
        return replace(base, pen=pen, paper=(1.0, 1.0, 1.0), roughness=0.0, camera=SCREEN)
    return replace(
        base,
        paper=PAPERS[int(rng.choice([0, 0, 0, 1, 2]))],
        roughness=rng.uniform(0.003, 0.012),
        light=Light(gradient=rng.uniform(0, 0.12), vignette=rng.uniform(0, 0.1), mottle=0.01),
        camera=good_camera(rng),
    )


def good_camera(rng: Rng) -> Camera:
    """A phone or a scanner that did its work."""
    return Camera(
        exposure=rng.uniform(0.72, 1.02),
        haze=rng.uniform(0, 0.08),
        tint=tint(rng, 0.02),
        blur=rng.uniform(0.4, 1.0),
        noise=rng.uniform(0.5, 2.5),
        colour_noise=rng.uniform(0, 1.0),
        sharpening=rng.uniform(0, 0.6),
        quality=int(rng.integers(80, 97)),
    )


def tint(rng: Rng, strength: float) -> tuple[float, float, float]:
    """A white balance that is a little off: BGR factors."""
    blue, green, red = (float(value) for value in np.clip(1 + rng.normal(0, strength, 3), 0.6, 1.2))
    return blue, green, red
