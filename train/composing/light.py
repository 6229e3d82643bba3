"""Light on a page: ramps, vignettes, shadows with soft and hard edges, coloured lamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.composing.fields import Field, coordinates, enlarged, ramp, small_shape, smooth_noise

_DARKEST: Final = 0.12  # what the light from all around leaves in the deepest shadow


@dataclass(frozen=True)
class Light:
    """How a page is lit.

    Attributes:
        gradient: How much darker the darkest edge is, 0 to 1.
        vignette: How much darker the corners are, 0 to 1.
        mottle: Standard deviation of slow irregularities.
        shadows: Number of shadows.
        darkness: Least and largest share of the light that a shadow takes.
        softness: Least and largest width of a shadow's edge, as a share of the picture's longer side.
        cast: Strength of a colour that changes over the page, 0 to 1.
        falloff: A pool of light, dark around: 0 to 1.
    """

    gradient: float = 0.0
    vignette: float = 0.0
    mottle: float = 0.0
    shadows: int = 0
    darkness: tuple[float, float] = (0.2, 0.4)
    softness: tuple[float, float] = (0.01, 0.05)
    cast: float = 0.0
    falloff: float = 0.0


def light_field(height: int, width: int, light: Light, rng: np.random.Generator) -> NDArray[np.float32]:
    """What to multiply a page with, float32 ``[height, width, 3]`` BGR, 1 where the light is full.

    Args:
        height: In pixels.
        width: In pixels.
        light: Kinds and strengths.
        rng: For directions and places.
    """
    rows, columns = small_shape(height, width)
    smooth = 1 - light.gradient * (0.5 + _unit(ramp(rows, columns, rng.uniform(0, 2 * np.pi))))
    x, y = coordinates(rows, columns)
    middle = rng.normal(0, 0.08, 2)
    distance = (x - middle[0]) ** 2 + (y - middle[1]) ** 2
    smooth = smooth * (1 - light.vignette * np.clip(2.2 * distance, 0, 1))
    smooth = smooth * (1 - light.falloff + light.falloff * np.exp(-distance / 0.12))
    if light.mottle:
        smooth = smooth * (1 + light.mottle * smooth_noise(rows, columns, max(rows, columns) / 3, rng))
    coloured = np.repeat(np.asarray(smooth, np.float32)[:, :, None], 3, axis=2)
    if light.cast:
        coloured *= _cast(rows, columns, light.cast, rng)
    field = enlarged(coloured, height, width)
    for _ in range(light.shadows):
        field *= _shadow(height, width, light, rng)
    return _metered(field)


def _metered(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sets the brightest parts to 1, as a camera's exposure does, and lifts what would be darker than a camera shows."""
    brightness = cv2.resize(field, (64, 64), interpolation=cv2.INTER_AREA).mean(axis=2)
    metered = field / max(float(np.percentile(brightness, 97)), 1e-3)
    return np.asarray(_DARKEST + (1 - _DARKEST) * np.minimum(metered, 1.15), np.float32)


def _unit(plane: Field) -> Field:
    """Stretches a plane to -0.5 to 0.5."""
    return plane / max(float(np.ptp(plane)), 1e-6)


def _cast(rows: int, columns: int, strength: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Warm on one side and cold on the other, as between a lamp and a window."""
    share = 0.5 + _unit(ramp(rows, columns, rng.uniform(0, 2 * np.pi)))
    warm = 1 - strength * np.array([0.55, 0.22, 0.0]) * rng.uniform(0.6, 1.0)
    cold = 1 - strength * np.array([0.0, 0.12, 0.35]) * rng.uniform(0.6, 1.0)
    return np.asarray(share[:, :, None] * warm + (1 - share[:, :, None]) * cold, np.float32)


def _shadow(height: int, width: int, light: Light, rng: np.random.Generator) -> NDArray[np.float32]:
    """One shadow: of an edge, of a hand with a phone, or of an arm."""
    longer = max(height, width)
    softness = float(np.exp(rng.uniform(*np.log(light.softness)))) * longer
    # A soft shadow is drawn small; a hard one needs its edge in full.
    factor = min(1.0, 3.0 / max(softness, 1e-6))
    rows, columns = max(2, round(height * factor)), max(2, round(width * factor))
    mask = np.zeros((rows, columns), np.uint8)
    outline = _outline(rng) * max(rows, columns) + np.array([columns, rows]) / 2
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    blurred = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.5, softness * factor / 2))
    cover = np.clip(enlarged(np.asarray(blurred, np.float32), height, width), 0, 1)[:, :, None]
    tint = np.array([0.9, 1.0, 1.05]) if rng.random() < 0.5 else np.ones(3)
    return np.asarray(1 - cover * np.float32(rng.uniform(*light.darkness)) * tint, np.float32)


def _outline(rng: np.random.Generator) -> NDArray[np.float64]:
    """A shadow's corners ``[n, 2]``, in units of the longer side, around the middle of the picture."""
    kind = rng.integers(3)
    if kind == 0:  # half of the page
        edge = rng.uniform(-0.3, 0.35)
        corners = np.array([[edge, -2], [2, -2], [2, 2], [edge + rng.normal(0, 0.1), 2]])
    elif kind == 1:  # a phone over the page
        wide, high = rng.uniform(0.15, 0.35, 2)
        t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        round_corners = np.stack(
            [np.sign(np.cos(t)) * wide * abs(np.cos(t)) ** 0.35, np.sign(np.sin(t)) * high * abs(np.sin(t)) ** 0.35]
        )
        corners = round_corners.T + rng.uniform(-0.25, 0.25, 2)
    else:  # an arm
        near, far = rng.uniform(0.08, 0.2), rng.uniform(0.04, 0.1)
        tip = rng.uniform(-0.1, 0.3)
        corners = np.array(
            [[-near, 2], [-far, tip], [-0.4 * far, tip - 0.08], [0.4 * far, tip - 0.1], [far, tip], [near, 2]]
        )
        corners[:, 0] += rng.uniform(-0.3, 0.3)
    angle = rng.uniform(0, 2 * np.pi) if kind != 1 else rng.normal(0, 0.3)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(corners @ np.array([[cos, sin], [-sin, cos]]), np.float64)
