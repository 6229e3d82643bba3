"""The forms that digits have in the world's hands, as strokes with continuous random proportions."""

from __future__ import annotations

from mnist_edge.train.forms.writing import FORMS, draw_form

__all__ = ["FORMS", "draw_form"]
