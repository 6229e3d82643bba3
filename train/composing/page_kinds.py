"""Kinds of scenes that differ in what is around the writing: light, lines, camera, other things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mnist_edge.train.composing.light import Light
from mnist_edge.train.composing.paper import PAPERS, RULING_COLOURS, Ruling
from mnist_edge.train.composing.recipes import Recipe, Rng, good_camera, tint


def light(base: Recipe, level: int, rng: Rng) -> Recipe:
    """Uneven light, shadows with soft and hard edges, coloured lamps."""
    hard = rng.random() < 0.5
    lit = Light(
        gradient=rng.uniform(0.1, 0.2) * (1 + level),
        vignette=rng.uniform(0.0, 0.25) * level,
        mottle=0.01 * level,
        shadows=int(rng.integers(0, 2)) if level == 1 else int(rng.integers(1, level + 1)),
        darkness=(0.1 + 0.08 * level, 0.25 + 0.12 * level),
        softness=(0.002, 0.02) if hard and level > 1 else (0.02, 0.12),
        cast=rng.uniform(0, 0.35) * level,
        falloff=rng.uniform(0, 0.2) * (level - 1),
    )
    camera = replace(good_camera(rng), exposure=rng.uniform(0.7, 1.05), tint=tint(rng, 0.02 + 0.025 * level))
    paper = PAPERS[rng.integers(len(PAPERS) - 1)]
    return replace(base, light=lit, camera=camera, paper=paper, roughness=0.008, is_printed_behind=rng.random() < 0.4)


def lines(base: Recipe, level: int, rng: Rng) -> Recipe:
    """Ruled and squared paper, margins, underlines."""
    style = ("ruled", "squared")[int(rng.random() < 0.5)]
    colours = RULING_COLOURS[:2] if level == 1 else RULING_COLOURS
    width = rng.uniform(0.8, 1.0 + 0.6 * level) * max(base.size) / 800
    angle = 0.0 if level == 1 else rng.normal(0, 0.012 * level)
    on_lines = rng.random() < 0.6
    spacing = (
        rng.uniform(1.3, 1.8) if style == "ruled" else float(rng.choice([0.55, 0.75, 1.1, 1.4])) * rng.uniform(0.9, 1.1)
    )
    main = Ruling(
        style="ruled" if style == "ruled" else "squared",
        spacing=spacing,
        offset=rng.uniform(0.0, 0.12) if on_lines or level == 1 else rng.uniform(0, spacing),
        width=max(0.9, width),
        colour=colours[rng.integers(len(colours))],
        density=rng.uniform(0.35, 0.55) + 0.13 * level,
        angle=angle,
    )
    more: list[Ruling] = []
    if level >= 2 and rng.random() < 0.6:
        more.append(
            replace(main, style="margin", offset=rng.uniform(0.4, 1.0), colour=RULING_COLOURS[3], width=1.3 * main.width)
        )
    if level >= 2 and rng.random() < 0.35:
        colour = base.pen.colour
        under = Ruling("underline", 1, rng.uniform(0.2, 0.3), 0.0, colour, 0.95, angle=rng.normal(0, 0.01))
        more.append(under)
    only_under = more and more[-1].style == "underline" and rng.random() < 0.5
    hand = replace(base.hand, leading=(2 * spacing, 2 * spacing)) if style == "ruled" and spacing < 1.5 else base.hand
    if style == "ruled" and spacing >= 1.5:
        hand = replace(hand, leading=(spacing, spacing))
    lit = Light(gradient=0.1 * level, vignette=0.08 * level, mottle=0.01, shadows=int(level == 3 and rng.random() < 0.4))
    return replace(
        base,
        hand=hand,
        rulings=tuple(more[-1:] if only_under else [main, *more]),
        light=lit,
        paper=PAPERS[int(rng.choice([0, 0, 1, 3]))],
        roughness=0.006,
        camera=good_camera(rng),
        angle=rng.normal(0, 0.02),
    )


def noise(base: Recipe, level: int, rng: Rng) -> Recipe:
    """Sensor noise, blur, shakes, low resolution, strong compression."""
    scale = max(base.size) / 800
    which = rng.random(4) < (0.5 if level < 3 else 0.7)
    if not which.any():
        which[rng.integers(4)] = True
    camera = replace(
        base.camera,
        exposure=rng.uniform(0.6, 0.95),
        noise=rng.uniform(3, 6) * level if which[0] else 2.0,
        colour_noise=rng.uniform(1, 3) * level if which[0] else 1.0,
        blur=rng.uniform(0.8, 1.3) * level * scale if which[1] else 0.8,
        motion=rng.uniform(1.5, 3.0) * level * scale if which[1] and rng.random() < 0.6 else 0.0,
        quality=int(rng.integers(*((45, 70), (25, 45), (10, 25))[level - 1])) if which[2] else 85,
        reduction=1 + rng.uniform(0.3, 0.6) * level if which[3] else 1.0,
        haze=rng.uniform(0, 0.06 * level),
        sharpening=rng.uniform(0, 0.5 * level),
    )
    lit = Light(gradient=0.08 * level, vignette=0.08 * level, mottle=0.01)
    return replace(base, camera=camera, light=lit, paper=PAPERS[rng.integers(3)], roughness=0.01, fill=max(base.fill, 0.65))


def clutter(base: Recipe, level: int, rng: Rng) -> Recipe:
    """Letters, doodles, stains and the table beside the digits."""
    return replace(
        base,
        fill=rng.uniform(0.35, 0.6),
        words=int(rng.integers(1, 2 + level)),
        doodles=int(rng.integers(0, 1 + level)),
        stains=int(rng.integers(0, level)),
        table_sides=int(rng.integers(0, level)) if level > 1 else 0,
        light=Light(gradient=0.1 * level, vignette=0.05 * level, mottle=0.01),
        paper=PAPERS[rng.integers(3)],
        roughness=0.008,
        camera=good_camera(rng),
    )


def empty(base: Recipe, level: int, rng: Rng) -> Recipe:
    """No digit: paper, shadows, rulings, textures, noise."""
    kinds: list[Callable[[Recipe, int, Rng], Recipe]] = [light, noise, lines]
    other = kinds[rng.integers(len(kinds))](base, level, rng)
    if level == 3:
        other = replace(other, stains=int(rng.integers(0, 4)), table_sides=int(rng.integers(0, 4)), is_printed_behind=True)
        if rng.random() < 0.4:
            other = replace(other, roughness=rng.uniform(0.02, 0.05))
    unwritten = tuple(ruling for ruling in other.rulings if ruling.style != "underline")
    return replace(other, counts=(), rulings=unwritten)
