"""What is no digit: letters, doodles, shapes, halves and textures, drawn by this project."""

from __future__ import annotations

from mnist_edge.train.outliers.drawing import HELD_OUT_LETTER, KINDS, draw_outliers

__all__ = ["HELD_OUT_LETTER", "KINDS", "draw_outliers"]
