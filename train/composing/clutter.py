"""What lies beside digits: letters, doodles, stains. Nothing here can be read as a digit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.train.composing.fields import smooth_noise
from mnist_edge.train.composing.strokes import Points, Strokes, normalized

_Line = tuple[tuple[float, float], ...]

#: Letters as straight pen strokes in a unit square, without those that look like digits: I, O, S, Z, B, G, l, b, q, g, y.
LETTERS: Final[dict[str, tuple[_Line, ...]]] = {
    "A": (((0.0, 1.0), (0.4, 0.0), (0.8, 1.0)), ((0.15, 0.62), (0.66, 0.62))),
    "E": (((0.7, 0.0), (0.0, 0.0), (0.0, 1.0), (0.72, 1.0)), ((0.0, 0.5), (0.55, 0.5))),
    "F": (((0.7, 0.0), (0.0, 0.0), (0.0, 1.0)), ((0.0, 0.48), (0.55, 0.48))),
    "H": (((0.0, 0.0), (0.0, 1.0)), ((0.7, 0.0), (0.7, 1.0)), ((0.0, 0.5), (0.7, 0.5))),
    "K": (((0.0, 0.0), (0.0, 1.0)), ((0.7, 0.0), (0.0, 0.55), (0.75, 1.0))),
    "M": (((0.0, 1.0), (0.1, 0.0), (0.45, 0.6), (0.8, 0.0), (0.9, 1.0)),),
    "N": (((0.0, 1.0), (0.0, 0.0), (0.7, 1.0), (0.7, 0.0)),),
    "R": (((0.0, 1.0), (0.0, 0.0), (0.5, 0.03), (0.62, 0.25), (0.5, 0.48), (0.0, 0.52), (0.65, 1.0)),),
    "T": (((0.0, 0.0), (0.9, 0.0)), ((0.45, 0.0), (0.45, 1.0))),
    "V": (((0.0, 0.0), (0.4, 1.0), (0.8, 0.0)),),
    "W": (((0.0, 0.0), (0.25, 1.0), (0.5, 0.35), (0.75, 1.0), (1.0, 0.0)),),
    "X": (((0.0, 0.0), (0.75, 1.0)), ((0.75, 0.0), (0.0, 1.0))),
    "k": (((0.0, 0.0), (0.0, 1.0)), ((0.5, 0.45), (0.0, 0.75), (0.55, 1.0))),
    "m": (((0.0, 0.5), (0.0, 1.0), (0.05, 0.6), (0.35, 0.5), (0.42, 1.0), (0.48, 0.6), (0.78, 0.5), (0.85, 1.0)),),
    "w": (((0.0, 0.5), (0.2, 1.0), (0.42, 0.6), (0.64, 1.0), (0.85, 0.5)),),
    "&": (
        ((0.8, 1.0), (0.2, 0.3), (0.3, 0.02), (0.52, 0.1), (0.45, 0.35), (0.05, 0.7), (0.2, 1.0), (0.5, 0.9), (0.85, 0.55)),
    ),
    "#": (((0.3, 0.0), (0.2, 1.0)), ((0.65, 0.0), (0.55, 1.0)), ((0.0, 0.32), (0.9, 0.3)), ((0.0, 0.7), (0.9, 0.68))),
}


def letter(name: str, rng: np.random.Generator) -> Strokes:
    """One letter in a shaky hand, of size 1."""
    shear = rng.normal(0, 0.12)
    strokes = [_wavy(np.array(line, np.float64), rng) for line in LETTERS[name]]
    return normalized(tuple(points + np.outer(points[:, 1], (-shear, 0)) for points in strokes))


def _wavy(corners: Points, rng: np.random.Generator) -> Points:
    """Joins corners by lines that are not quite straight."""
    moved = corners + rng.normal(0, 0.02, corners.shape)
    steps = np.linspace(0, 1, 8, endpoint=False)[:, None, None]
    along = (moved[:-1] * (1 - steps) + moved[1:] * steps).transpose(1, 0, 2).reshape(-1, 2)
    points = np.vstack([along, moved[-1:]])
    turn = np.linspace(0, 2 * np.pi * rng.uniform(0.5, 1.5), len(points)) + rng.uniform(0, 2 * np.pi)
    return np.asarray(points + 0.012 * np.column_stack([np.sin(turn), np.cos(turn)]), np.float64)


def _spiral(rng: np.random.Generator) -> Strokes:
    t = np.linspace(0, 2 * np.pi * rng.uniform(2.6, 4.0), 90)
    return (np.column_stack([np.cos(t) * t, np.sin(t) * t]),)


def _zigzag(rng: np.random.Generator) -> Strokes:
    count = int(rng.integers(6, 12))
    return (_wavy(np.column_stack([np.arange(count) * rng.uniform(0.2, 0.4), np.arange(count) % 2 * 1.0]), rng),)


def _star(rng: np.random.Generator) -> Strokes:
    t = np.arange(6) * 4 * np.pi / 5 + rng.uniform(0, 1)
    return (_wavy(np.column_stack([np.cos(t), np.sin(t)]), rng),)


def _heart(rng: np.random.Generator) -> Strokes:
    t = np.linspace(0, 2 * np.pi, 60)
    curve = np.column_stack(
        [16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))]
    )
    return (curve * rng.uniform(0.9, 1.1, 2),)


def _face(rng: np.random.Generator) -> Strokes:
    t = np.linspace(0, 2 * np.pi, 50)
    smile = np.linspace(0.15 * np.pi, 0.85 * np.pi, 20)
    eyes = tuple(np.array([[x, -0.35], [x + 0.02, -0.2]]) for x in (-0.35, 0.33))
    mouth = 0.6 * np.column_stack([np.cos(smile), np.sin(smile)])
    return (np.column_stack([np.cos(t), np.sin(t)]) * rng.uniform(0.9, 1.1, 2), mouth, *eyes)


def _arrow(rng: np.random.Generator) -> Strokes:
    length = rng.uniform(1.5, 3)
    return (
        _wavy(np.array([[0.0, 0.3], [length, 0.3]]), rng),
        _wavy(np.array([[length - 0.35, 0.0], [length, 0.3], [length - 0.35, 0.6]]), rng),
    )


def _scribble(rng: np.random.Generator) -> Strokes:
    t = np.linspace(0, 2 * np.pi * rng.uniform(5, 9), 200)
    return (np.column_stack([t * rng.uniform(0.1, 0.2) + 0.7 * np.cos(t), np.sin(t) * (1 + 0.3 * np.sin(0.37 * t))]),)


def _box_with_cross(rng: np.random.Generator) -> Strokes:
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    return (
        _wavy(square, rng),
        _wavy(np.array([[0.2, 0.2], [0.8, 0.8]]), rng),
        _wavy(np.array([[0.8, 0.2], [0.2, 0.8]]), rng),
    )


DOODLES: Final[tuple[Callable[[np.random.Generator], Strokes], ...]] = (
    _spiral,
    _zigzag,
    _star,
    _heart,
    _face,
    _arrow,
    _scribble,
    _box_with_cross,
)


def word(rng: np.random.Generator) -> Strokes:
    """One to five letters beside each other, of size 1."""
    names = sorted(LETTERS)
    strokes: list[Points] = []
    at = 0.0
    for _ in range(int(rng.integers(1, 6))):
        drawn = letter(names[rng.integers(len(names))], rng)
        strokes += [points + np.array([at, 0.0]) for points in drawn]
        at = max(float(points[:, 0].max()) for points in strokes) + rng.uniform(0.15, 0.35)
    return tuple(strokes)


def doodle(rng: np.random.Generator) -> Strokes:
    """One doodle of size 1."""
    return normalized(DOODLES[rng.integers(len(DOODLES))](rng))


def free_place(
    extent: tuple[float, float], taken: list[Box], size: tuple[int, int], margin: float, rng: np.random.Generator
) -> tuple[float, float] | None:
    """A random upper left corner where ``extent`` fits into the picture and stays ``margin`` away from what is taken."""
    room = (size[0] - extent[0] - 4, size[1] - extent[1] - 4)
    if min(room) <= 4:
        return None
    for _ in range(60):
        left, top = rng.uniform(4, room[0]), rng.uniform(4, room[1])
        if all(
            left > box.right + margin
            or left + extent[0] < box.left - margin
            or top > box.bottom + margin
            or top + extent[1] < box.top - margin
            for box in taken
        ):
            return float(left), float(top)
    return None


def stain(picture: NDArray[np.float32], place: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    """A dried drop of coffee, tea or ink on a page, float32 BGR ``[H, W, 3]``, in place: a pale patch with a darker rim."""
    height, width = picture.shape[:2]
    left, top = max(0, int(place[0] - 2 * radius)), max(0, int(place[1] - 2 * radius))
    right, bottom = min(width, int(place[0] + 2 * radius)), min(height, int(place[1] + 2 * radius))
    if right - left < 4 or bottom - top < 4:
        return
    x = (np.arange(left, right) - place[0])[None, :] / radius
    y = (np.arange(top, bottom) - place[1])[:, None] / radius
    ragged = np.hypot(x, y) + 0.18 * smooth_noise(bottom - top, right - left, radius, rng)
    inside = np.clip((1 - ragged) * 8, 0, 1)
    rim = np.exp(-(((ragged - 0.95) / 0.08) ** 2))
    cover = cv2.GaussianBlur((0.6 * inside + 0.5 * rim).astype(np.float32), (0, 0), max(0.6, 0.02 * radius))
    colour = np.array(((0.55, 0.68, 0.80), (0.70, 0.75, 0.78), (0.80, 0.72, 0.68))[rng.integers(3)], np.float32)
    strength = np.float32(rng.uniform(0.25, 0.6))
    picture[top:bottom, left:right] *= 1 - strength * cover[:, :, None] * (1 - colour)
