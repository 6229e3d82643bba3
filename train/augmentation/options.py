"""How much training images are changed at random, and how much is too much."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from mnist_edge.errors import OptionError


class Limit(NamedTuple):
    """The largest value of an option, with its unit."""

    largest: float
    unit: str


# Beyond these there is no digit left to read: turned over, out of the picture, folded onto itself, drowned in noise.
LIMITS: Final = MappingProxyType(
    {
        "rotation": Limit(180.0, "degrees"),
        "shift": Limit(14.0, "pixels"),
        "scale": Limit(0.5, "of the size"),
        "shear": Limit(45.0, "degrees"),
        "elastic": Limit(4.0, "pixels"),
        "stroke": Limit(1.0, "pixels"),
        "noise": Limit(1.0, "of full scale"),
        "damage": Limit(1.0, "of the images"),
    }
)


@dataclass(frozen=True)
class Augmentation:
    """The strength of each random change; every image draws its own amounts. 0 switches a change off.

    Attributes:
        rotation: Largest turn about the image centre in degrees, either way; drawn uniformly.
        shift: Largest move in pixels, along x and along y, either way; both drawn uniformly.
        scale: Largest change of size as a share: 0.1 draws factors uniformly from 0.9 to 1.1.
        shear: Largest slant of the upright strokes in degrees, to the left or to the right; drawn uniformly.
        elastic: Root mean square length, over pixels and images, of a smooth random displacement in pixels.
        stroke: Largest change of the radius of the pen in pixels, thicker or thinner; drawn uniformly. Strokes too thin to
            be thinned stay as they are, so that on the whole the digits grow bolder.
        noise: Standard deviation of Gaussian noise on every pixel, as a share of full scale (255). What leaves the range is
            cut, so that the black ground grows lighter, by 0.4 of this on average, and full ink darker.
        damage: Share of the images that are spoiled by blur, noise, gaps, stray strokes or faint ink, see
            :mod:`mnist_edge.train.augmentation.damage`.

    Raises:
        OptionError: If a value is no finite number from 0 to its largest in ``LIMITS``.
    """

    rotation: float = 0.0
    shift: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    stroke: float = 0.0
    noise: float = 0.0
    damage: float = 0.0

    def __post_init__(self) -> None:
        for name, (largest, unit) in LIMITS.items():
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not (number and 0 <= value <= largest):
                raise OptionError(
                    f"The augmentation option {name} is out of range",
                    expected=f"0 (off) to {largest:g} {unit}",
                    received=str(value),
                )

    @property
    def active(self) -> bool:
        """Whether anything is changed at all."""
        return any(dataclasses.astuple(self))
