"""What a page consists of: sections of paragraphs, tables, figures and commands. The template knows how each looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mnist_edge.train.figures import Look


_SMALL_SCREEN: Final = 46  # characters on a telephone
_CELL_PADDING: Final = 3  # characters between two columns


@dataclass(frozen=True)
class Cell:
    """A cell with a second, smaller line, for instance how its number comes about."""

    text: str
    small: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; ``strong`` sets a finding off from explanations."""

    text: str
    strong: bool = False
    kind: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Note:
    """A remark in small print: what is not shown here, and the command that would change it."""

    text: str
    command: str = ""
    kind: ClassVar[str] = "note"


@dataclass(frozen=True)
class Tile:
    """A key figure."""

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Tiles:
    """Key figures side by side."""

    tiles: tuple[Tile, ...]
    kind: ClassVar[str] = "tiles"


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    pairs: tuple[tuple[str, str], ...]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        align: One letter a column: ``l`` for text, ``r`` for numbers.
        totals: Rows at the end that sum up the others.
        title: What it shows, for readers who cannot see where it stands.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    align: str
    title: str
    totals: int = 0
    kind: ClassVar[str] = "table"

    @property
    def scrolls(self) -> bool:
        """Whether it may be wider than a small screen."""
        columns = zip(self.header, *self.rows, strict=True)
        return sum(max(map(_width, cells)) + _CELL_PADDING for cells in columns) > _SMALL_SCREEN


@dataclass(frozen=True)
class Picture:
    """A figure that is drawn once for each theme.

    Attributes:
        name: Name of its files, without suffix.
        alt: What it shows, for readers who cannot see it.
        draw: Draws it.
        small: Whether two of them fit side by side.
    """

    name: str
    alt: str
    draw: Callable[[Look], Figure]
    caption: str = ""
    small: bool = False
    kind: ClassVar[str] = "picture"


@dataclass(frozen=True)
class Code:
    """Commands to type."""

    lines: tuple[str, ...]
    kind: ClassVar[str] = "code"


Block = Paragraph | Note | Tiles | Facts | Table | Picture | Code


@dataclass(frozen=True)
class Section:
    """A headline and what is under it; ``name`` is its anchor."""

    name: str
    title: str
    blocks: tuple[Block, ...]


def _width(cell: str | Cell) -> int:
    """In Latin characters; Chinese ones are twice as wide."""
    lines = (cell,) if isinstance(cell, str) else (cell.text, cell.small)
    return max(sum(2 if character > "\u2e7f" else 1 for character in line) for line in lines)
