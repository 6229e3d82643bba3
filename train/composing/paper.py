"""Paper, boards and tables: what digits are written on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.composing.fields import Field, ramp, smooth_noise, white_noise
from mnist_edge.train.composing.layout import PageMap
from mnist_edge.train.composing.pens import Pen, put, write
from mnist_edge.train.composing.strokes import Points

Colour: TypeAlias = tuple[float, float, float]
RulingStyle: TypeAlias = Literal["ruled", "squared", "margin", "underline"]

#: BGR reflectance of papers: white, cream, grey recycled, yellow pad, pale blue, pale pink, pale green, kraft.
PAPERS: Final[tuple[Colour, ...]] = (
    (0.95, 0.95, 0.95),
    (0.84, 0.90, 0.93),
    (0.80, 0.81, 0.82),
    (0.62, 0.90, 0.94),
    (0.95, 0.88, 0.80),
    (0.88, 0.84, 0.95),
    (0.80, 0.92, 0.82),
    (0.50, 0.64, 0.74),
)
#: Lines printed on paper: grey, pale and strong blue, red, brown, violet, green.
RULING_COLOURS: Final[tuple[Colour, ...]] = (
    (0.68, 0.68, 0.68),
    (0.88, 0.72, 0.58),
    (0.75, 0.48, 0.28),
    (0.50, 0.48, 0.85),
    (0.50, 0.58, 0.66),
    (0.80, 0.58, 0.68),
    (0.62, 0.76, 0.56),
)


@dataclass(frozen=True)
class Ruling:
    """Printed or drawn lines.

    Attributes:
        style: Lines across, a grid, a line at the side, or a stroke under each line of digits.
        spacing: Distance, in units of the digit's height.
        offset: Of the first line under the first baseline, in the same units.
        width: In pixels.
        colour: BGR reflectance.
        density: 0 to 1.
        angle: Against the lines of digits, in radians.
    """

    style: RulingStyle
    spacing: float
    offset: float
    width: float
    colour: Colour
    density: float
    angle: float = 0.0


def sheet(height: int, width: int, colour: Colour, roughness: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Paper without anything on it, BGR reflectance, float32 ``[height, width, 3]``.

    Args:
        height: In pixels.
        width: In pixels.
        colour: Of the paper.
        roughness: Standard deviation of its texture, 0 to 1.
        rng: For the texture.
    """
    longer = max(height, width)
    texture: Field = 0.5 * white_noise(height, width, rng)
    texture += 0.6 * smooth_noise(height, width, max(2.0, longer / 250), rng)
    texture += 0.5 * smooth_noise(height, width, longer / 30, rng)
    texture += 0.5 * smooth_noise(height, width, longer / 4, rng)
    shade = 1 + roughness * texture
    return np.asarray(np.clip(shade[:, :, None] * np.array(colour, np.float32), 0, 1), np.float32)


def rulings(ruling: Ruling, page: PageMap, low: Points, high: Points, baselines: list[float]) -> list[Points]:
    """The lines of a ruling, in pixels, ``[2, 2]`` each.

    Args:
        ruling: Its style.
        page: From the page's units to pixels.
        low: Upper left corner of what the picture shows of the page.
        high: Lower right corner.
        baselines: Of the lines of digits, in the page's units.
    """
    centre = (low + high) / 2
    reach = float(np.linalg.norm(high - low)) / 2 + ruling.spacing
    lines: list[Points] = []
    if ruling.style in ("ruled", "squared"):
        count = int(np.ceil(reach / ruling.spacing))
        first = ruling.offset + ruling.spacing * round((centre[1] - ruling.offset) / ruling.spacing)
        steps = ruling.spacing * np.arange(-count, count + 1)
        lines += [np.array([[centre[0] - reach, first + step], [centre[0] + reach, first + step]]) for step in steps]
        if ruling.style == "squared":
            lines += [
                np.array([[centre[0] + step, centre[1] - reach], [centre[0] + step, centre[1] + reach]]) for step in steps
            ]
    elif ruling.style == "margin":
        lines = [np.array([[-ruling.offset, centre[1] - reach], [-ruling.offset, centre[1] + reach]])]
    else:
        right = high[0] if not baselines else low[0] + 0.75 * (high[0] - low[0])
        lines = [np.array([[low[0], base + ruling.offset], [right, base + ruling.offset]]) for base in baselines]
    cos, sin = np.cos(ruling.angle), np.sin(ruling.angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    return [page.apply((line - centre) @ turn + centre) for line in lines]


def rule(picture: NDArray[np.float32], ruling: Ruling, lines: list[Points], rng: np.random.Generator) -> None:
    """Prints the lines of a ruling on a picture, in place."""
    height, width = picture.shape[:2]
    pen = Pen(0, ruling.colour, density=ruling.density, pressure=0.05, grain=0.08)
    for line in lines:
        inside = _clipped(line, width, height, 8)
        if inside is not None:
            put(picture, write((inside,), ruling.width, pen, rng), pen)


def _clipped(line: Points, width: int, height: int, margin: int) -> Points | None:
    """The part of a straight line within ``margin`` pixels around the picture."""
    start, end = line
    along = end - start
    first, last = 0.0, 1.0
    for axis, limit in enumerate((width, height)):
        if abs(along[axis]) < 1e-9:
            if not -margin <= start[axis] <= limit + margin:
                return None
            continue
        near, far = sorted(((-margin - start[axis]) / along[axis], (limit + margin - start[axis]) / along[axis]))
        first, last = max(first, near), min(last, far)
    return np.array([start + first * along, start + last * along]) if first < last else None


def show_through(picture: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Print on the back of the sheet that shines through: rows of blurred dashes, in place."""
    height, width = picture.shape[:2]
    marks = np.zeros((height, width), np.float32)
    pitch = max(8.0, height / rng.uniform(18, 30))
    for top in np.arange(pitch * rng.random(), height, pitch):
        x = rng.uniform(0, 0.2) * width
        end = rng.uniform(0.5, 1.0) * width
        while x < end:
            length = rng.uniform(0.6, 3.0) * pitch
            cv2.line(marks, (int(x), int(top)), (int(x + length), int(top)), 1.0, max(1, int(0.3 * pitch)))
            x += length + 0.4 * pitch
    rough = np.clip(0.5 + 0.5 * smooth_noise(height, width, max(2.0, 0.25 * pitch), rng), 0, 1)
    marks = cv2.GaussianBlur(marks * rough, (0, 0), 0.12 * pitch + 0.6)
    picture *= 1 - np.float32(rng.uniform(0.02, 0.05)) * marks[:, :, None]


def table_top(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Wood or a plain dark surface, BGR reflectance, float32 ``[height, width, 3]``."""
    longer = max(height, width)
    if rng.random() < 0.6:
        colour = np.array(((0.16, 0.28, 0.42), (0.30, 0.46, 0.62), (0.12, 0.16, 0.24))[rng.integers(3)], np.float32)
        bent = ramp(height, width, rng.uniform(0, np.pi)) * rng.uniform(40, 90)
        bent = bent + 1.2 * smooth_noise(height, width, longer / 4, rng)
        grain = np.sin(2 * np.pi * bent) * 0.09 + 0.05 * smooth_noise(height, width, max(2.0, longer / 200), rng)
    else:
        colour = np.array(((0.12, 0.12, 0.13), (0.35, 0.33, 0.32), (0.45, 0.30, 0.22))[rng.integers(3)], np.float32)
        grain = 0.06 * smooth_noise(height, width, max(2.0, longer / 150), rng)
    grain = grain + 0.03 * white_noise(height, width, rng)
    return np.asarray(np.clip(colour * (1 + grain[:, :, None]), 0, 1), np.float32)
