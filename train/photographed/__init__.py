"""Training digits as other people's pictures: written anew, on paper, in uneven light, cut out by the runner."""

from __future__ import annotations

from mnist_edge.train.photographed.training import with_photographed

__all__ = ["with_photographed"]
