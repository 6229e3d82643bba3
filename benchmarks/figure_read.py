"""Draws docs/pictures/read.jpg: composed scenes of several kinds as ``DigitClassifier.read`` reads them.

The digits are this project's own strokes. The scenes are the first ones that the kinds give, not the best.

    python benchmarks/figure_read.py
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge import DigitClassifier
from mnist_edge.files import write_bytes
from mnist_edge.runtime.drawing import annotate
from mnist_edge.train.batches import Split
from mnist_edge.train.composing.compose import compose_recipe
from mnist_edge.train.composing.kinds import recipe

OUTPUT: Final = Path(__file__).parents[1] / "docs" / "pictures" / "read.jpg"
KINDS: Final = (("light", 2), ("lines", 2), ("inverted", 2), ("slanted", 2), ("faint", 2), ("clutter", 1))
TILE: Final = (560, 420)  # px
COLUMNS: Final = 3
GAP: Final = 10
NO_DIGITS: Final = Split(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8))


def scene(kind: str, level: int) -> NDArray[np.uint8]:
    """One composed picture of ``TILE``, uint8 BGR."""
    rng = np.random.default_rng(2026)
    plan = dataclasses.replace(recipe(kind, level, rng), size=TILE, own=1.0, counts=(4, 5, 3))
    return compose_recipe(plan, NO_DIGITS, rng)[0]


def main() -> None:
    """Writes the figure."""
    classifier = DigitClassifier()
    tiles = []
    for kind, level in KINDS:
        picture = scene(kind, level)
        drawn = annotate(picture, classifier.read(picture), show_rejected=kind == "clutter")
        tiles.append(cv2.copyMakeBorder(drawn, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)))
    rows = [np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    sheet = np.vstack(rows)[:-GAP, :-GAP]
    write_bytes(OUTPUT, cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())


if __name__ == "__main__":
    main()
