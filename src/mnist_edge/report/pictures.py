"""Figures as files and as data URIs, drawn for a light and a dark page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from mnist_edge.report.blocks import Picture

_PIXELS_PER_INCH: Final = 96  # of CSS
THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


@dataclass(frozen=True)
class DrawnPicture:
    """A figure, ready for page and files.

    Attributes:
        light: Data URI for a light page.
        dark: Data URI for a dark page.
        width: In CSS pixels.
        height: In CSS pixels.
        svg: The light one as a file.
        png: The light one as a file.
    """

    light: str
    dark: str
    width: int
    height: int
    svg: bytes
    png: bytes


def draw(picture: Picture, lang: Literal["en", "zh"], advance: Callable[[int], object] = lambda done: None) -> DrawnPicture:
    """Draws a figure in both themes; ``advance`` is told each."""
    from mnist_edge.train.figures import Look, png_bytes, svg_text

    figures = {}
    for theme in THEMES:
        figures[theme] = picture.draw(Look(theme=theme, lang=lang))
        advance(1)
    light, dark = (svg_text(figures[theme]).encode() for theme in THEMES)
    width, height = (round(side * _PIXELS_PER_INCH) for side in figures["light"].get_size_inches())
    return DrawnPicture(_uri(light), _uri(dark), width, height, light, png_bytes(figures["light"]))


def _uri(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"
