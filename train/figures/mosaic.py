"""Many small pictures as one, so that a figure embeds one image and not dozens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Mosaic:
    """Where the tiles of a mosaic lie, in pixels of the tiles.

    Attributes:
        count: Tiles, at least 1.
        columns: Tiles in a row.
        height: Of a tile.
        width: Of a tile.
        vertical_gap: Between two rows.
        horizontal_gap: Between two columns.
    """

    count: int
    columns: int
    height: int
    width: int
    vertical_gap: int = 1
    horizontal_gap: int = 1

    @property
    def rows(self) -> int:
        """Rows; the last one may not be full."""
        return -(-self.count // self.columns)

    @property
    def total_height(self) -> int:
        """Of all rows with the gaps between them."""
        return self.rows * (self.height + self.vertical_gap) - self.vertical_gap

    @property
    def total_width(self) -> int:
        """Of all columns with the gaps between them."""
        return self.columns * (self.width + self.horizontal_gap) - self.horizontal_gap

    def corner(self, index: int) -> tuple[int, int]:
        """Row and column of the upper left pixel of a tile."""
        row, column = divmod(index, self.columns)
        return row * (self.height + self.vertical_gap), column * (self.width + self.horizontal_gap)

    def join(self, tiles: NDArray[Any]) -> NDArray[np.float32]:
        """One picture.

        Args:
            tiles: Numbers ``[count, height, width]``.

        Returns:
            float32 ``[total_height, total_width]``; NaN between the tiles.
        """
        joined = np.full((self.total_height, self.total_width), np.nan, np.float32)
        for index, tile in enumerate(tiles):
            top, left = self.corner(index)
            joined[top : top + self.height, left : left + self.width] = tile
        return joined
