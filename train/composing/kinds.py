"""Kinds of scenes and their difficulty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mnist_edge.train.composing import page_kinds, writing_kinds
from mnist_edge.train.composing.recipes import Recipe, Rng, plain

_KINDS: Final[dict[str, Callable[[Recipe, int, Rng], Recipe]]] = {
    "light": page_kinds.light,
    "lines": page_kinds.lines,
    "size": writing_kinds.size,
    "touching": writing_kinds.touching,
    "noise": page_kinds.noise,
    "thin": writing_kinds.thin,
    "faint": writing_kinds.faint,
    "inverted": writing_kinds.inverted,
    "slanted": writing_kinds.slanted,
    "clutter": page_kinds.clutter,
    "empty": page_kinds.empty,
}
#: Every kind of scene; ``plain`` has level 0 only, the others 1 to 3.
SCENE_KINDS: Final[tuple[str, ...]] = ("plain", *_KINDS)


def levels_of(kind: str) -> tuple[int, ...]:
    """The levels at which a kind differs from ``plain``; 0 for ``plain`` itself."""
    return (0,) if kind == "plain" else (1, 2, 3)


def recipe(kind: str, level: int, rng: Rng) -> Recipe:
    """Draws what is fixed about one picture; level 0 of every kind is ``plain``."""
    base = plain(rng)
    return base if level == 0 else _KINDS[kind](base, level, rng)
