"""Pictures with what was read drawn into them."""

from mnist_edge.runtime.drawing.annotation import annotate as annotate
