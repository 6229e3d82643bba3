"""The pictures of a training and of a model, each a function that returns a matplotlib ``Figure``.

None of them shows anything, uses ``pyplot``, or leaves matplotlib's settings changed.
"""

from __future__ import annotations

from mnist_edge.train.figures.classes import class_bars
from mnist_edge.train.figures.confidence import confidence_histogram, reliability_diagram
from mnist_edge.train.figures.confusion import confusion_heatmap
from mnist_edge.train.figures.digits import prediction_grid, sample_images
from mnist_edge.train.figures.fonts import require_fonts
from mnist_edge.train.figures.layers import feature_maps, kernel_grid
from mnist_edge.train.figures.look import Look
from mnist_edge.train.figures.saving import png_bytes, save_figure, svg_text
from mnist_edge.train.figures.selective import risk_coverage
from mnist_edge.train.figures.style import page_colours
from mnist_edge.train.figures.training import training_curves

__all__ = [
    "Look",
    "class_bars",
    "confidence_histogram",
    "confusion_heatmap",
    "feature_maps",
    "kernel_grid",
    "page_colours",
    "png_bytes",
    "prediction_grid",
    "reliability_diagram",
    "require_fonts",
    "risk_coverage",
    "sample_images",
    "save_figure",
    "svg_text",
    "training_curves",
]
