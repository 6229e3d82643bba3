"""Pens: how strokes become ink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.train.composing.fields import smooth_noise
from mnist_edge.train.composing.strokes import Points, Strokes

_FINE: Final = 420  # px; small writing is drawn this large and reduced, so that a pen of 1.3 px is not one of 1 or 2
_MOST_FINE: Final = 8
_VISIBLE: Final = 0.3  # share of a pixel that ink must cover to belong to a digit's box
_SUBPIXEL_BITS: Final = 4


@dataclass(frozen=True)
class Pen:
    """What writes.

    Attributes:
        width: Of the line, as a share of the digit's height.
        colour: BGR reflectance of full ink, 0 to 1.
        density: How much of the paper full ink hides, 0 to 1.
        pressure: How much the width varies along a stroke, 0 to 1.
        grain: How much of the ink the roughness of the paper takes away, 0 to 1: pencil and chalk.
        gaps: Share of the line where the pen fails, 0 to 1.
    """

    width: float
    colour: tuple[float, float, float]
    density: float = 1.0
    pressure: float = 0.1
    grain: float = 0.0
    gaps: float = 0.0


@dataclass(frozen=True, eq=False)
class Ink:
    """The ink of some strokes.

    Attributes:
        cover: float32 ``[h, w]``, 0 to 1: how much of a pixel the ink covers.
        left: Column of the picture where ``cover`` begins.
        top: Row of the picture where it begins.
    """

    cover: NDArray[np.float32]
    left: int
    top: int

    def box(self) -> Box:
        """Where the ink is, in the picture's pixels; of size 0 if there is none."""
        columns = np.flatnonzero(self.cover.max(axis=0) > _VISIBLE)
        rows = np.flatnonzero(self.cover.max(axis=1) > _VISIBLE)
        if not len(columns):
            return Box(self.left, self.top, 0, 0)
        width, height = int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
        return Box(self.left + int(columns[0]), self.top + int(rows[0]), width, height)


def write(strokes: Strokes, width: float, pen: Pen, rng: np.random.Generator) -> Ink:
    """Draws strokes.

    Args:
        strokes: Polylines in pixels of the picture.
        width: Of the line, in pixels; the pen's own width is a share and is not used.
        pen: How the line varies and fails.
        rng: For its irregularities.
    """
    every = np.vstack(strokes)
    margin = width + 2
    low = np.floor(every.min(axis=0) - margin).astype(int)
    high = np.ceil(every.max(axis=0) + margin).astype(int)
    extent = high - low
    fine = int(np.clip(_FINE // max(int(extent.max()), 1), 1, _MOST_FINE))
    canvas = np.zeros((int(extent[1]) * fine, int(extent[0]) * fine), np.uint8)
    phase, frequency = rng.uniform(0, 2 * np.pi, 2), rng.uniform(0.5, 1.5, 2) * 9 / max(float(extent.max()), 1)
    for points in strokes:
        # The pressure depends on the place, so that strokes that meet are equally thick where they do.
        swing = np.sin((points - low) @ frequency + phase[0]) + 0.5 * np.sin(
            (points - low) @ (2.3 * frequency[::-1]) + phase[1]
        )
        _draw(canvas, (points - low) * fine, width * fine * (1 + pen.pressure * swing / 1.5))
    cover = cv2.resize(canvas, (int(extent[0]), int(extent[1])), interpolation=cv2.INTER_AREA).astype(
        np.float32
    ) / np.float32(255)
    return Ink(_worn(cover, width, pen, rng), int(low[0]), int(low[1]))


def _draw(canvas: NDArray[np.uint8], points: Points, widths: NDArray[np.float64]) -> None:
    # OpenCV's coordinates are of the middle of a pixel.
    fixed = np.round((points - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    for start, end, across in zip(fixed, fixed[1:], (widths[1:] + widths[:-1]) / 2, strict=False):
        cv2.line(canvas, start.tolist(), end.tolist(), 255, max(1, round(float(across))), cv2.LINE_AA, _SUBPIXEL_BITS)


def _worn(cover: NDArray[np.float32], width: float, pen: Pen, rng: np.random.Generator) -> NDArray[np.float32]:
    """Takes away what the paper's grain and a dry pen leave out."""
    height, across = cover.shape
    if pen.grain > 0:
        rough = smooth_noise(height, across, max(1.2, min(0.25 * width, 4.0)), rng)
        cover = cover * np.clip(1 - pen.grain * (0.55 + 0.7 * rough), 0.05, 1)
    if pen.gaps > 0:
        # Lumps about as long as the line is wide, above a limit that a normal number exceeds in this share of the area.
        lumps = smooth_noise(height, across, max(2.0, 1.2 * width), rng)
        limit = _upper_quantile(pen.gaps)
        cover = cover * np.clip((limit - lumps) * 3 + 0.5, 0.02, 1)
    return np.asarray(cover, np.float32)


def _upper_quantile(share: float) -> float:
    """The number that a normal variable exceeds with this probability; Hastings' approximation (1955)."""
    t = np.sqrt(-2 * np.log(np.clip(share, 1e-6, 0.5)))
    return float(t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t))


def put(picture: NDArray[np.float32], ink: Ink, pen: Pen) -> None:
    """Colours a picture with ink, in place.

    Args:
        picture: float32 BGR ``[H, W, 3]``, reflectance 0 to 1.
        ink: Where; what lies outside of the picture is cut off.
        pen: Colour and density.
    """
    height, width = picture.shape[:2]
    left, top = max(ink.left, 0), max(ink.top, 0)
    right, bottom = min(ink.left + ink.cover.shape[1], width), min(ink.top + ink.cover.shape[0], height)
    if left >= right or top >= bottom:
        return
    cover = ink.cover[top - ink.top : bottom - ink.top, left - ink.left : right - ink.left, None] * np.float32(pen.density)
    ground = picture[top:bottom, left:right]
    ground += cover * (np.array(pen.colour, np.float32) - ground)
