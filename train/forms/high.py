"""Forms of 5 to 9."""

from __future__ import annotations

from mnist_edge.train.forms.curves import Points, Rng, Strokes, arc, line, smooth


def five(rng: Rng) -> Strokes:
    """A bar that meets the back, or lies a little apart from it, on a belly."""
    back, shoulder = rng.uniform(0.16, 0.32), rng.uniform(0.38, 0.52)
    lean = rng.uniform(-0.04, 0.1)
    top = rng.uniform(0.0, 0.1)
    away = rng.uniform(0.03, 0.12) if rng.random() < 0.35 else 0.0
    rise = rng.uniform(-0.02, 0.09)
    bar = smooth((back + lean + away, top - away / 3), (0.6, top - rise / 2 - 0.01), (rng.uniform(0.75, 1.02), top - rise))
    return [bar, line((back + lean, top), (back, shoulder)), _belly(rng, back, shoulder)]


def _belly(rng: Rng, back: float, shoulder: float) -> Points:
    right = rng.uniform(0.72, 0.95)
    return smooth(
        (back, shoulder),
        ((back + right) / 2, shoulder - rng.uniform(0.0, 0.1)),
        (right, (shoulder + 1) / 2 - 0.02),
        (rng.uniform(0.45, 0.6), 1.0),
        (rng.uniform(0.02, 0.2), rng.uniform(0.82, 0.97)),
    )


def curved_five(rng: Rng) -> Strokes:
    """In one stroke, nearly an S, its upper corner rounded off."""
    back, shoulder, top = rng.uniform(0.18, 0.3), rng.uniform(0.42, 0.52), rng.uniform(0.0, 0.08)
    right = rng.uniform(0.75, 0.95)
    return [
        smooth(
            (rng.uniform(0.75, 0.98), top),
            (0.5, top + 0.01),
            (back + 0.06, top + 0.06),
            (back, shoulder - 0.08),
            (back + 0.2, shoulder - 0.02),
            (right - 0.06, shoulder + 0.14),
            (right - 0.04, 0.82),
            (0.5, 1.0),
            (rng.uniform(0.02, 0.18), rng.uniform(0.86, 0.98)),
        )
    ]


def six(rng: Rng) -> Strokes:
    """A stem, straight to round, into a bowl that closes, nearly closes or curls in."""
    bowl, wide = rng.uniform(0.4, 0.6), rng.uniform(0.3, 0.44)
    start, round_ = (rng.uniform(0.45, 0.92), rng.uniform(0.0, 0.08)), rng.uniform(0.0, 0.16)
    left, high = 0.5 - wide, 1 - bowl
    stem = [start, ((start[0] + left) / 2 - round_, 0.28 + 0.05 * rng.normal()), (left, 1 - bowl * 0.55)]
    curl = rng.uniform(0.0, 0.14)
    ring = [
        (left + 0.3 * wide, 0.97),
        (0.5 + 0.25 * wide, 1.0),
        (0.5 + wide, 1 - bowl * 0.5),
        (0.5 + 0.35 * wide, high),
        (left + 0.4 * wide, high + 0.14 * bowl + curl),
    ]
    ends = [(left + rng.uniform(-0.02, 0.1), high + 0.4 * bowl + curl)]
    if curl > 0.07:
        ends.append((left + 0.16 + curl, 1 - 0.25 * bowl))
    return [smooth(*stem, *ring, *(ends if rng.random() < 0.85 else []))]


def seven(rng: Rng) -> Strokes:
    """A bar and a stem, straight or bent, leaning or nearly upright."""
    foot, corner = rng.uniform(0.16, 0.6), rng.uniform(0.8, 0.98)
    left, rise = rng.uniform(0.0, 0.2), rng.uniform(-0.05, 0.09)
    bend, sag = rng.uniform(-0.1, 0.06), rng.uniform(-0.03, 0.06)
    bar = smooth((left, rise), ((left + corner) / 2, rise / 2 + sag), (corner, 0.0))
    stem = smooth((corner, 0.0), ((corner + foot) / 2 + bend, 0.45), (foot, 1.0))
    return [bar, stem]


def hooked_seven(rng: Rng) -> Strokes:
    """With a hook, serif or wave at the left of its bar."""
    bar, stem = seven(rng)
    x, y = (float(value) for value in bar[0])
    hook = line((x + rng.uniform(-0.04, 0.05), y + rng.uniform(0.08, 0.26)), (x, y))
    return [hook, bar, stem]


def crossed_seven(rng: Rng) -> Strokes:
    """With a stroke through the stem."""
    strokes = hooked_seven(rng) if rng.random() < 0.25 else seven(rng)
    stem = strokes[-1]
    x, y = (float(value) for value in stem[round(rng.uniform(0.38, 0.62) * (len(stem) - 1))])
    left, right, slope = rng.uniform(0.12, 0.32), rng.uniform(0.12, 0.32), rng.normal(0.02, 0.05)
    return [*strokes, line((x - left, y + slope), (x + right, y - slope))]


def eight(rng: Rng) -> Strokes:
    """In one stroke as an S and back; its ends may miss each other."""
    waist, upper, lower = rng.uniform(0.4, 0.54), rng.uniform(0.22, 0.34), rng.uniform(0.28, 0.42)
    miss = rng.normal(0, 0.03, 2)
    return [
        smooth(
            (0.5 + upper * 0.9 + miss[0], waist * 0.34 + miss[1]),
            (0.5, 0.0),
            (0.5 - upper, waist * 0.45),
            (0.5 + rng.normal(0, 0.02), waist),
            (0.5 + lower, (waist + 1) / 2 + 0.04),
            (0.5, 1.0),
            (0.5 - lower, (waist + 1) / 2 + 0.04),
            (0.5 + rng.normal(0, 0.02), waist),
            (0.5 + upper, waist * 0.45),
            (0.5 + upper * 0.8, waist * 0.3),
        )
    ]


def two_rings(rng: Rng) -> Strokes:
    """An 8 of two rings, one above the other, touching or overlapping a little."""
    border = rng.uniform(0.4, 0.54)
    over = rng.uniform(0.0, 0.05)
    upper, lower = rng.uniform(0.2, 0.34), rng.uniform(0.26, 0.42)
    shift = rng.normal(0, 0.03)
    rings = []
    for x, wide, top, bottom, start in ((0.5 + shift, upper, 0.0, border + over, 90.0), (0.5, lower, border, 1.0, -90.0)):
        begin = start + rng.uniform(-40, 40)
        rings.append(arc((x, (top + bottom) / 2), (wide, (bottom - top) / 2), begin, begin + 360 + rng.uniform(-15, 25)))
    return rings


def nine(rng: Rng) -> Strokes:
    """A ring and a stem, straight or leaning."""
    ring, right = _ring(rng)
    foot = right + rng.uniform(-0.35, 0.04)
    bend = rng.uniform(-0.04, 0.05)
    start = (right + rng.uniform(-0.02, 0.03), rng.uniform(0.02, 0.2))
    return [ring, smooth(start, ((start[0] + foot) / 2 + bend + 0.03, 0.55), (foot, 1.0))]


def hooked_nine(rng: Rng) -> Strokes:
    """The stem ends in a hook to the left, small or round, as in a g."""
    ring, right = _ring(rng)
    start = (right + rng.uniform(-0.02, 0.02), rng.uniform(0.04, 0.2))
    end = (rng.uniform(0.08, 0.3), rng.uniform(0.8, 0.96))
    return [
        ring,
        smooth(start, (right + rng.uniform(-0.06, 0.03), 0.62), (rng.uniform(0.55, 0.68), 0.95), (0.42, 1.0), end),
    ]


def footed_nine(rng: Rng) -> Strokes:
    """The stem ends in a corner and a straight foot to the left."""
    ring, right = _ring(rng)
    corner = (right + rng.uniform(-0.12, 0.03), 1.0)
    start = (right + rng.uniform(-0.02, 0.02), rng.uniform(0.04, 0.2))
    return [ring, line(start, corner, (rng.uniform(0.08, 0.3), 1.0 + rng.normal(0, 0.03)))]


def _ring(rng: Rng) -> tuple[Points, float]:
    """The ring of a 9, and how far right it reaches; its ends meet, cross, or leave a gap."""
    wide, high = rng.uniform(0.24, 0.38), rng.uniform(0.38, 0.58)
    start = rng.uniform(-50, 10)
    ring = arc((0.48, high / 2), (wide, high / 2), start, start - 360 + rng.uniform(-20, 40))
    return ring, 0.48 + wide
