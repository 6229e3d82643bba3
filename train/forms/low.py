"""Forms of 0 to 4."""

from __future__ import annotations

import numpy as np

from mnist_edge.train.forms.curves import Rng, Strokes, arc, line, smooth


def zero(rng: Rng) -> Strokes:
    """Round, slim or boxy; closed, a little open, or with its ends crossing."""
    wide, start = rng.uniform(0.27, 0.5), rng.uniform(-130, -50)
    ring = arc((0.5, 0.5), (wide, 0.5), start, start - 360 + rng.uniform(-25, 28), rng.uniform(0.82, 1.05))
    inward = np.linspace(0, rng.uniform(-0.02, 0.05), len(ring))[:, None]  # a spiral rather than a ring
    return [ring + inward * (0.5 - ring) * 2]


def slashed_zero(rng: Rng) -> Strokes:
    """With a stroke across, either way, within the ring or beyond; now and then a dot."""
    strokes = zero(rng)
    wide = float(np.abs(strokes[0][:, 0] - 0.5).max())
    if rng.random() < 0.1:
        x, y = 0.5 + rng.normal(0, 0.03, 2)
        return [*strokes, line((x, y), (x + 0.03, y + 0.02))]
    reach, steep = rng.uniform(0.7, 1.45), rng.uniform(0.45, 0.85)
    across, down = wide * reach, 0.5 * reach * steep
    stroke = line((0.5 + across, 0.5 - down), (0.5 - across, 0.5 + down))
    return [*strokes, stroke if rng.random() < 0.75 else stroke * (-1, 1) + (1, 0)]


def one(rng: Rng) -> Strokes:
    """A bar, straight or a little bent."""
    bend, lean = rng.normal(0, 0.02), rng.normal(0, 0.1)
    return [smooth((0.5 + lean, 0.0), (0.5 + bend, 0.5), (0.5 - lean, 1.0))]


def flagged_one(rng: Rng) -> Strokes:
    """With a flag from a short tick to an upstroke of most of the height, or nearly as wide as high, straight or bent."""
    steep = np.deg2rad(rng.uniform(28, 70))
    length = min(rng.uniform(0.14, 0.95), 0.7 / float(np.sin(steep)))
    x, y = 0.55 - length * np.cos(steep), length * np.sin(steep)
    middle = ((x + 0.55) / 2 + rng.normal(0, 0.03) * length, y / 2 + rng.uniform(-0.02, 0.1) * length)
    lean = rng.normal(0, 0.05)
    return [smooth((x, y), middle, (0.55, 0.0)), smooth((0.55, 0.0), (0.54 - lean / 2, 0.5), (0.55 - lean, 1.0))]


def footed_one(rng: Rng) -> Strokes:
    """With a foot, mostly also with a flag."""
    strokes = flagged_one(rng) if rng.random() < 0.8 else one(rng)
    foot = strokes[-1][-1]
    left, right = rng.uniform(0.1, 0.45, 2)
    slope = rng.normal(0, 0.03)
    x, y = float(foot[0]), float(foot[1]) + rng.uniform(-0.02, 0.03)
    return [*strokes, line((x - left, y + slope), (x + right, y - slope))]


def two(rng: Rng) -> Strokes:
    """With a corner or a small curve at the foot."""
    top, turn = rng.uniform(0.1, 0.3), rng.uniform(0.25, 0.42)
    neck = smooth(
        (rng.uniform(0.08, 0.2), top),
        (rng.uniform(0.35, 0.5), 0.0),
        (rng.uniform(0.78, 0.88), turn * 0.7),
        (rng.uniform(0.62, 0.78), turn + 0.2),
        (rng.uniform(0.3, 0.42), 0.76),
        (0.1, 1.0),
    )
    end = rng.uniform(0.78, 1.02)
    sag, lift = rng.uniform(-0.07, 0.05), rng.uniform(-0.06, 0.05)
    return [neck, smooth((0.1, 1.0), ((0.1 + end) / 2, 1.0 + sag), (end, 0.98 + lift))]


def looped_two(rng: Rng) -> Strokes:
    """With a loop at the foot, and a tail that may swing."""
    loop = rng.uniform(0.06, 0.17)
    return [
        smooth(
            (rng.uniform(0.08, 0.22), rng.uniform(0.1, 0.28)),
            (rng.uniform(0.36, 0.5), 0.0),
            (rng.uniform(0.74, 0.86), rng.uniform(0.2, 0.3)),
            (rng.uniform(0.54, 0.66), 0.58),
            (0.3, 0.9),
            (0.16, 0.99),
            (0.06, 0.98 - loop * 0.5),
            (0.14, 0.96 - loop),
            (0.34, 0.94 - loop * 0.2),
            (rng.uniform(0.55, 0.66), 1.0),
            (rng.uniform(0.85, 1.0), rng.uniform(0.86, 1.0)),
        )
    ]


def three(rng: Rng) -> Strokes:
    """Round, the upper bow mostly the smaller; its waist a notch, a point or a small loop."""
    waist, deep = rng.uniform(0.4, 0.52), rng.uniform(0.28, 0.55)
    upper, lower = rng.uniform(0.68, 0.86), rng.uniform(0.76, 0.94)
    start, end = rng.uniform(0.04, 0.2), rng.uniform(0.78, 0.95)
    head = [
        (rng.uniform(0.08, 0.24), start),
        (0.45, 0.0),
        (upper, waist * 0.48),
        (upper - 0.14, waist * 0.86),
        (deep, waist),
    ]
    foot = [(lower - 0.1, waist + 0.1), (lower, (waist + 1) / 2 + 0.02), (0.5, 1.0), (rng.uniform(0.04, 0.18), end)]
    if rng.random() < 0.3:
        size = rng.uniform(0.03, 0.07)
        turn = [(deep - 1.4 * size, waist + 0.6 * size), (deep - 0.6 * size, waist + 1.6 * size)]
        return [smooth(*head, *turn, *foot)]
    return [smooth(*head), smooth(head[-1], *foot)]


def flat_three(rng: Rng) -> Strokes:
    """With a straight top and an edge, as a ʒ."""
    corner, waist = rng.uniform(0.72, 0.92), rng.uniform(0.34, 0.48)
    deep, lower = rng.uniform(0.32, 0.52), rng.uniform(0.8, 0.96)
    foot = [(lower - 0.12, waist + 0.08), (lower, (waist + 1) / 2 + 0.03), (0.48, 1.0), (0.06, rng.uniform(0.78, 0.94))]
    rise = rng.normal(0, 0.03)
    return [line((rng.uniform(0.06, 0.2), 0.02 + rise), (corner, 0.02 - rise), (deep, waist)), smooth((deep, waist), *foot)]


def open_four(rng: Rng) -> Strokes:
    """Open at the top: a leg and a bar, straight or in one curve, and a stem through it."""
    bar, stem = rng.uniform(0.46, 0.68), rng.uniform(0.6, 0.8)
    left, right = rng.uniform(0.02, 0.16), stem + rng.uniform(0.06, 0.3)
    rise = rng.normal(0, 0.03)
    top, down = rng.uniform(-0.03, 0.2), rng.normal(0, 0.04)
    upright = line((stem + down, top), (stem - down, 1.0))
    start = (left + rng.uniform(0.0, 0.22), rng.uniform(0.0, 0.12))
    if rng.random() < 0.5:
        return [line(start, (left, bar), (right, bar - rise)), upright]
    cup = smooth(start, (left, bar * 0.7), (left + 0.12, bar), ((left + stem) / 2 + 0.08, bar), (right, bar - 0.04 - rise))
    return [cup, upright]


def joined_four(rng: Rng) -> Strokes:
    """Open at the top, its leg curving into the stem, as a Cyrillic Ч."""
    stem, deep = rng.uniform(0.66, 0.82), rng.uniform(0.46, 0.6)
    left = rng.uniform(0.06, 0.2)
    leg = smooth(
        (left, rng.uniform(0.0, 0.1)),
        (left + 0.01, deep * 0.65),
        (left + 0.18, deep),
        (stem - 0.14, deep),
        (stem, deep * 0.8),
    )
    lean = rng.normal(0, 0.05)
    return [leg, line((stem + lean, rng.uniform(-0.05, 0.08)), (stem - lean, 1.0))]


def closed_four(rng: Rng) -> Strokes:
    """A triangle on a stem, in one stroke or with ends that cross."""
    bar, stem = rng.uniform(0.56, 0.76), rng.uniform(0.58, 0.76)
    left, right = rng.uniform(0.0, 0.14), stem + rng.uniform(0.02, 0.3)
    rise, gap = rng.normal(0, 0.03), rng.uniform(-0.08, 0.03)
    bend = rng.uniform(-0.05, 0.05)
    slope = smooth((stem + gap, 0.0), ((left + stem) / 2 + bend, bar * 0.52 + bend), (left, bar))
    lean = rng.normal(0, 0.03)
    return [slope, line((left, bar), (right, bar - rise)), line((stem, rng.uniform(0.0, 0.06)), (stem - lean, 1.0))]


def lightning_four(rng: Rng) -> Strokes:
    """A long slope from the top, a bar, and a short stem through the bar."""
    bar, left = rng.uniform(0.55, 0.78), rng.uniform(0.0, 0.12)
    top, stem = rng.uniform(0.3, 0.75), rng.uniform(0.5, 0.8)
    right, rise = stem + rng.uniform(0.05, 0.3), rng.normal(0, 0.03)
    bow = rng.uniform(-0.08, 0.03)
    slope = smooth((top, 0.0), ((top + left) / 2 + bow, bar * 0.5 + bow / 2), (left, bar))
    start, lean = bar - rng.uniform(0.1, 0.35), rng.uniform(-0.02, 0.06)
    return [slope, line((left, bar), (right, bar - rise)), line((stem + lean, start), (stem - lean, 1.0))]
