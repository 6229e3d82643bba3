"""The layout of digits side by side with captions under them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from numpy.typing import NDArray

from mnist_edge.train.figures.look import Look
from mnist_edge.train.figures.mosaic import Mosaic
from mnist_edge.train.figures.style import WIDTH, Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARGIN: Final = 0.1  # all in inches
_HEAD: Final = 0.45
_SUBTITLE: Final = 0.2
_LARGEST_TILE: Final = 0.96
_SMALLEST_FIGURE: Final = 2.8  # has room for the titles
_GAP: Final = 0.1
_LINE: Final = 0.165  # of a caption


@dataclass(frozen=True, eq=False)
class TileGrid:
    """Digits on a canvas.

    Attributes:
        drawing: The canvas.
        axes: Axes whose unit is a pixel of the digits, with the first one's upper left pixel at 0, 0.
        mosaic: Where the digits lie.
        line: Height of a line of caption, in these pixels.
    """

    drawing: Canvas
    axes: Axes
    mosaic: Mosaic
    line: float

    def caption(self, place: int, line: int, indent: float, text: str, **style: Any) -> None:
        """Writes under a tile, from its left edge on.

        Args:
            place: Which tile.
            line: Which line, from 0.
            indent: In pixels of the digits at the size of the largest tiles.
            text: What.
            style: Of a matplotlib text.
        """
        top, left = self.mosaic.corner(place)
        below = top + self.mosaic.height + 1 + line * self.line
        self.axes.text(left - 0.5 + indent, below, text, va="top", **style)


@contextlib.contextmanager
def tile_grid(images: NDArray[Any], columns: int, lines: int, look: Look, *, subtitle: bool) -> Iterator[TileGrid]:
    """A canvas with digits, ink on paper as in print on a light page, and the other way round on a dark one.

    Args:
        images: ``[n, h, w]``, 0 (no ink) to 255; n at least 1.
        columns: Digits in a row.
        lines: Lines of caption under each.
        look: Theme and language.
        subtitle: Whether the heading has a second line.
    """
    from matplotlib.colors import LinearSegmentedColormap

    count, height, width = images.shape
    tile = min(_LARGEST_TILE, (WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns)
    scale = width / tile  # pixels an inch
    below = math.ceil((lines * _LINE + 0.12) * scale)
    mosaic = Mosaic(count, columns, height, width, below, math.ceil(_GAP * scale))
    head = _HEAD + subtitle * _SUBTITLE
    used = mosaic.total_width / scale, (mosaic.total_height + below) / scale
    figure_width = max(_SMALLEST_FIGURE, used[0] + 2 * _MARGIN)
    with canvas(look, figure_width, head + used[1] + _MARGIN) as drawing:
        axes = drawing.axes(_MARGIN, head, *used)
        paper = LinearSegmentedColormap.from_list("paper", [drawing.colours.panel, drawing.colours.ink])
        axes.imshow(mosaic.join(images), cmap=paper, vmin=0, vmax=255)
        axes.set_xlim(-0.5, mosaic.total_width - 0.5)
        axes.set_ylim(mosaic.total_height + below - 0.5, -0.5)
        yield TileGrid(drawing, axes, mosaic, _LINE * scale)
