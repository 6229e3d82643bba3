"""Figures as files and as text, with the same bytes for the same figure."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mnist_edge.errors import OptionError
from mnist_edge.files import write_bytes
from mnist_edge.train.figures.style import settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH: Final = 200  # sharp on a screen with two pixels a point
SUFFIXES: Final = (".png", ".svg")

# What matplotlib writes and no reader of a picture needs, the date among it; and the places where numbers stand.
_NEEDLESS: Final = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_NUMBERS: Final = re.compile(r'(?<=\s)(?:d|points|transform|x|y|width|height|x1|x2|y1|y2)="[^"]*"')
_ID: Final = re.compile(r' id="([^"]+)"')
_REFERENCE: Final = re.compile(r'(href="|url\()#([^")]+)("|\))')
_SHIFT: Final = re.compile(r'(?<=") transform="translate\((-?[\d.]+) 0\)"(?=/>)')  # at a letter; shorter as x
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}")


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes a figure in one step; the same figure gives the same bytes.

    Args:
        figure: From one of the functions of this package.
        path: A file name that ends in ``.png`` (200 dots an inch) or ``.svg``.

    Raises:
        OptionError: If it ends otherwise.
        OutputError: If the file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise OptionError(
            "A figure is not written in this format", expected=" or ".join(SUFFIXES), received=os.fspath(path)
        )
    write_bytes(path, svg_text(figure).encode() if suffix == ".svg" else png_bytes(figure))


def png_bytes(figure: Figure) -> bytes:
    """A figure as a PNG file, 200 dots an inch."""
    return _rendered(figure, "png", {"Software": None})


def svg_text(figure: Figure) -> str:
    """A figure as SVG without prologue, for a page.

    Letters are paths, so no font is needed; pictures are embedded with their own pixels.
    """
    text = _NEEDLESS.sub("", _rendered(figure, "svg").decode())
    text = _NUMBERS.sub(lambda found: _LONG_NUMBER.sub(_shorter, found[0]), text)
    text = _SHIFT.sub(r' x="\1"', _short_ids(text))
    return re.sub(r"\s*\n\s*", "\n", text).replace(">\n<", "><").strip() + "\n"


def _rendered(figure: Figure, kind: str, metadata: dict[str, Any] | None = None) -> bytes:
    buffer = io.BytesIO()
    with settings():
        figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
    return buffer.getvalue()


def _short_ids(svg: str) -> str:
    """Numbers instead of the names that stand at every letter, and none where nothing refers to them."""
    used = {found[2] for found in _REFERENCE.finditer(svg)}
    names = {name: f"i{place}" for place, name in enumerate(sorted(used))}
    svg = _ID.sub(lambda found: f' id="{names[found[1]]}"' if found[1] in used else "", svg)
    return _REFERENCE.sub(lambda found: f"{found[1]}#{names[found[2]]}{found[3]}", svg)


def _shorter(number: re.Match[str]) -> str:
    value = float(number[0])
    digits = 2 if abs(value) >= 1 else 5  # small ones are scales
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
