"""Characters of no script, doodles and shapes: strokes that nobody taught."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.outliers.pen import Strokes, curve

_POINTS_OF_ARC: Final = 16
_LYING: Final = (56, 90)  # degrees from upright; hardly a hand slants a 1 as far


def invented_character(rng: np.random.Generator) -> Strokes:
    """A few simple strokes that meet: what the letters of all scripts have in common."""
    if rng.random() < 0.35:
        return _composed(rng)
    return _part(rng, int(rng.integers(2, 6)))


def _composed(rng: np.random.Generator) -> Strokes:
    """Two or three small parts beside or above each other, as in Korean syllables."""
    parts = [_unit(_part(rng, int(rng.integers(1, 4)))) for _ in range(int(rng.integers(2, 4)))]
    gap = rng.uniform(0.05, 0.35)
    places = [np.array([0.0, 0.0])]
    for _ in parts[1:]:
        step = np.array([1 + gap, 0.0]) if rng.random() < 0.5 else np.array([0.0, 1 + gap])
        places.append(places[-1] * rng.integers(2) + step)
    return [stroke * rng.uniform(0.9, 1.1) + place for part, place in zip(parts, places, strict=True) for stroke in part]


def _unit(strokes: Strokes) -> Strokes:
    points = np.vstack(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    return [(stroke - low) / max(float(extent.max()), 1e-6) for stroke in strokes]


def _part(rng: np.random.Generator, count: int) -> Strokes:
    strokes: Strokes = []
    for _ in range(count):
        stroke = _simple_stroke(rng)
        if strokes and rng.random() < 0.75:  # it begins, or crosses, somewhere on an earlier one
            earlier = strokes[int(rng.integers(len(strokes)))]
            anchor = earlier[int(rng.choice([0, len(earlier) // 2, len(earlier) - 1]))]
            own = stroke[int(rng.choice([0, len(stroke) // 2]))]
            stroke = stroke + (anchor - own)
        else:
            stroke = stroke + rng.uniform(0, 0.6, 2)
        strokes.append(stroke)
    return strokes


def _simple_stroke(rng: np.random.Generator) -> NDArray[np.float64]:
    """A line, arc, hook, wave, corner or loop that begins at the origin."""
    angle = np.pi / 4 * rng.integers(8) + rng.normal(0, 0.12)
    length = rng.uniform(0.25, 1.0)
    along = np.array([np.cos(angle), np.sin(angle)]) * length
    across = np.array([-along[1], along[0]])
    kind = rng.choice(["line", "arc", "hook", "wave", "corner", "loop"], p=[0.34, 0.18, 0.14, 0.1, 0.16, 0.08])
    if kind == "line":
        return np.linspace(np.zeros(2), along, 5)
    if kind == "loop":
        turn = np.linspace(0, 2 * np.pi, _POINTS_OF_ARC)[:, None]
        wide, high = rng.uniform(0.2, 0.5, 2)
        return np.asarray((np.cos(turn) - 1) * along * wide + np.sin(turn) * across * high, np.float64)
    bend = rng.uniform(0.2, 0.8) * rng.choice([-1, 1])
    knots = {
        "arc": [(0, 0), (0.5, bend), (1, 0)],
        "hook": [(0, 0), (0.5, 0), (0.85, 0), (1, bend / 2), (0.75, bend)],
        "wave": [(0, 0), (0.25, bend / 2), (0.75, -bend / 2), (1, 0)],
        "corner": [(0, 0), (1, 0), (1 + rng.uniform(-0.4, 0.2), bend)],
    }[str(kind)]
    points = np.array([x * along + y * across for x, y in knots])
    return points if kind == "corner" else curve(points)


def doodle(rng: np.random.Generator) -> Strokes:
    """Scribbles: one to three long curves or zigzags through random points."""
    strokes: Strokes = []
    for _ in range(int(rng.integers(1, 4))):
        count = int(rng.integers(5, 14))
        walk = rng.normal(0, 1, (count, 2)) * rng.uniform(0.2, 1.0, 2)
        points = np.cumsum(walk, axis=0) if rng.random() < 0.5 else walk
        strokes.append(curve(points) if rng.random() < 0.7 else points)
    return strokes


def slash(rng: np.random.Generator) -> Strokes:
    """A bar or a bow that lies rather than stands: dashes, slashes, brackets on their backs; now and then with a hook."""
    lean = np.deg2rad(rng.uniform(*_LYING)) * rng.choice([-1, 1])
    bow, hook = rng.normal(0, 0.06), rng.uniform(-0.25, 0.25)
    points = np.array([[0.0, 0.0], [0.5, bow], [1.0, 0.0]])
    is_hooked = rng.random() < 0.25
    stroke = np.vstack([points, [1.0 - abs(hook), hook]]) if is_hooked else curve(points)
    return _turned([stroke], float(lean + np.pi / 2))


def _star(rng: np.random.Generator) -> Strokes:
    corners = int(rng.integers(4, 9))
    turn = np.arange(2 * corners + 1) * np.pi / corners + rng.uniform(0, np.pi)
    radius = np.where(np.arange(2 * corners + 1) % 2, rng.uniform(0.35, 0.6), 1.0)[:, None]
    return [radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)]


def _asterisk(rng: np.random.Generator) -> Strokes:
    turn = np.arange(n := int(rng.integers(3, 6))) * np.pi / n + rng.normal(0, 0.1)
    rays = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return [np.stack([-ray, ray]) for ray in rays]


def _spiral(rng: np.random.Generator) -> Strokes:
    turn = np.linspace(0, rng.uniform(4.5, 8) * np.pi, 80)
    return [turn[:, None] * np.stack([np.cos(turn), rng.choice([-1, 1]) * np.sin(turn)], axis=1)]


def _zigzag(rng: np.random.Generator) -> Strokes:
    count = int(rng.integers(5, 10))
    points = np.stack([np.linspace(0, rng.uniform(0.7, 2), count), np.arange(count) % 2], axis=1).astype(np.float64)
    return [points[:, ::-1] if rng.random() < 0.3 else points if rng.random() < 0.6 else curve(points)]


def _grid(rng: np.random.Generator) -> Strokes:
    rows, columns = rng.integers(2, 5, 2)
    across = [np.array([[0.0, y], [columns - 1.0, y]]) + rng.normal(0, 0.04, (2, 2)) for y in range(rows)]
    down = [np.array([[x, 0.0], [x, rows - 1.0]]) + rng.normal(0, 0.04, (2, 2)) for x in range(columns)]
    overhang = rng.uniform(0, 0.5)
    return [line + np.array([-overhang, overhang])[:, None] * np.sign(line[1] - line[0]) for line in (*across, *down)]


def _arrow(rng: np.random.Generator) -> Strokes:
    head = rng.uniform(0.2, 0.5)
    shaft, tip = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[1 - head, -head], [1.0, 0.0], [1 - head, head]])
    return _turned([shaft, tip], rng.uniform(0, 2 * np.pi))


def _turned(strokes: Strokes, angle: float) -> Strokes:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [stroke @ turn for stroke in strokes]


def _lines(rng: np.random.Generator) -> Strokes:
    """Crossing or parallel lines, two to five."""
    if rng.random() < 0.5:
        return [rng.uniform(0, 1, (2, 2)) for _ in range(int(rng.integers(3, 6)))]
    count, length = int(rng.integers(2, 5)), rng.uniform(0.8, 3)
    return _turned([np.array([[0.0, y], [length, y]]) for y in range(count)], rng.choice([0, np.pi / 2, np.pi / 4]))


#: Corners of plain figures, in a unit square; the last two are open.
_FIGURES: Final = (
    ((0.5, 0), (1, 0.9), (0, 0.9), (0.5, 0)),
    ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)),
    ((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5), (0.5, 0)),
    ((0, 0.5), (0.35, 1), (1, 0)),
    ((0, 0), (2, 0)),
)
_HEART: Final = ((0.5, 1), (0, 0.45), (0.2, 0.05), (0.5, 0.3), (0.8, 0.05), (1, 0.45), (0.5, 1))


def _figure(rng: np.random.Generator) -> Strokes:
    return [np.array(_FIGURES[int(rng.integers(len(_FIGURES)))], np.float64)]


def _heart(rng: np.random.Generator) -> Strokes:
    return [curve(np.array(_HEART, np.float64))]


def _cross(rng: np.random.Generator) -> Strokes:
    return [np.array([[0.5, 0.0], [0.5, 1.0]]), np.array([[0.0, 0.5], [1.0, 0.5]])]


_SIGNS: Final = (*(_figure,) * 5, _heart, _cross, _arrow, _star, _asterisk, _spiral, _zigzag, _grid, _lines)


def shape(rng: np.random.Generator) -> Strokes:
    """A sign or figure that is neither letter nor digit; no circle, which is a 0, and no upright bar, which is a 1."""
    stretch = np.exp(rng.normal(0, 0.2, 2))
    return [stroke * stretch for stroke in _SIGNS[int(rng.integers(len(_SIGNS)))](rng)]
