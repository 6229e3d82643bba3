"""The layout of feature maps and kernels: one mosaic with a heading above and a colour scale under it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.figures.look import Look
from mnist_edge.train.figures.mosaic import Mosaic
from mnist_edge.train.figures.style import SMALL_SIZE, WIDTH, Canvas, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

_LEFT: Final = 0.45  # all in inches
_RIGHT: Final = 0.1
_HEAD: Final = 0.68
_FOOT: Final = 0.72  # holds the colour scale
_LARGEST_TILE: Final = 0.6
_INPUT: Final = 0.5
HEADING: Final = WIDTH - 0.1 - _RIGHT  # room for a title, which starts 0.1 inches from the edge
HEADING_BESIDE_INPUT: Final = HEADING - _INPUT - 0.1
_ROW_NUMBER: Final = 0.16  # the least distance between two of them
_TILE_PIXELS: Final = 12  # tiles of fewer are enlarged, so that the gaps between them can be narrow


@dataclass(frozen=True, eq=False)
class MapSheet:
    """Maps on a canvas.

    Attributes:
        drawing: The canvas.
        axes: Axes whose unit is a pixel of the mosaic.
        mosaic: Where the maps lie.
        scale: Pixels of the mosaic an inch.
    """

    drawing: Canvas
    axes: Axes
    mosaic: Mosaic
    scale: float

    def number_rows(self) -> None:
        """Writes the number of its first map before each row, or before some if they are low."""
        pitch = (self.mosaic.height + self.mosaic.vertical_gap) / self.scale
        every = max(1, round(_ROW_NUMBER / pitch + 0.49))
        for row in range(0, self.mosaic.rows, every):
            middle = self.mosaic.corner(row * self.mosaic.columns)[0] + self.mosaic.height / 2 - 0.5
            self._text(-0.08 * self.scale, middle, str(row * self.mosaic.columns), ha="right", va="center")

    def name_axes(self, rows: str, columns: str) -> None:
        """Writes what rows and columns are."""
        centre = self.mosaic.total_height / 2
        self._text(-0.1 * self.scale, centre, rows, ha="right", va="center", rotation=90)
        self._text(0, self.mosaic.total_height + 0.05 * self.scale, columns, ha="left", va="top")

    def show_input(self, image: NDArray[np.uint8]) -> None:
        """Shows the picture in the upper right corner."""
        from matplotlib.colors import LinearSegmentedColormap

        colours, width = self.drawing.colours, float(self.drawing.figure.get_size_inches()[0])
        paper = LinearSegmentedColormap.from_list("paper", [colours.panel, colours.ink])
        axes = self.drawing.axes(width - _RIGHT - _INPUT, 0.1, _INPUT, _INPUT)
        axes.imshow(image, cmap=paper, vmin=0, vmax=255)

    def _text(self, x: float, y: float, text: str, **style: Any) -> None:
        self.axes.text(x, y, text, size=SMALL_SIZE, color=self.drawing.colours.muted, **style)


@contextlib.contextmanager
def map_sheet(
    tiles: NDArray[Any],
    colours: str | Colormap,
    limits: tuple[float, float],
    quantity: str,
    look: Look,
    *,
    columns: int | None = None,
) -> Iterator[MapSheet]:
    """A canvas with maps.

    Args:
        tiles: Finite numbers ``[n, h, w]``; n at least 1.
        colours: A matplotlib colormap.
        limits: The values at its ends.
        quantity: What the values are.
        look: Theme and language.
        columns: Maps in a row; ``None`` takes what fits.
    """
    in_row = columns or _columns(*tiles.shape)
    pixels = _enlarged(tiles) if in_row <= 16 else tiles
    count, height, width = pixels.shape
    gap = max(1, round(max(height, width) / 7))
    mosaic = Mosaic(count, in_row, height, width, gap, gap)
    scale = max(mosaic.total_width / (WIDTH - _LEFT - _RIGHT), max(height, width) / _LARGEST_TILE)
    used = mosaic.total_width / scale, mosaic.total_height / scale
    with canvas(look, WIDTH, _HEAD + used[1] + _FOOT) as drawing:
        axes = drawing.axes(_LEFT, _HEAD, *used)
        low, high = limits
        axes.imshow(mosaic.join(pixels), cmap=colours, vmin=low, vmax=high if high > low else low + 1)
        _colour_scale(drawing, colours, limits, quantity, top=_HEAD + used[1] + 0.3)
        yield MapSheet(drawing, axes, mosaic, scale)


def _columns(count: int, height: int, width: int) -> int:
    small = max(height, width) <= _TILE_PIXELS / 2
    return min(count, 8 if count <= 32 or (count <= 64 and not small) else 16 if count <= 512 else 32)


def _enlarged(tiles: NDArray[Any]) -> NDArray[Any]:
    factor = max(1, _TILE_PIXELS // max(tiles.shape[1:]))
    return tiles.repeat(factor, axis=1).repeat(factor, axis=2)


def _colour_scale(
    drawing: Canvas, colours: str | Colormap, limits: tuple[float, float], quantity: str, *, top: float
) -> None:
    low, high = limits
    axes = drawing.axes(_LEFT, top, 2.2, 0.12)
    axes.set_axis_on()
    axes.spines[:].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(length=0, pad=3, labelcolor=drawing.colours.muted)
    if high > low:
        axes.imshow(np.linspace(low, high, 128)[None], cmap=colours, aspect="auto", extent=(low, high, 0, 1))
        ticks = [low, 0.0, high] if low < -0.15 * high < 0 else [low, high]
        axes.set_xticks(ticks, [f"{tick:.2g}" for tick in ticks])
    else:
        axes.imshow([[0.0]], cmap=colours, vmin=0, vmax=1, aspect="auto", extent=(-1, 1, 0, 1))
        axes.set_xticks([0.0], ["0"])
    axes.text(1.04, 0.5, quantity, transform=axes.transAxes, size=SMALL_SIZE, color=drawing.colours.muted, va="center")
