"""What an export of reduced precision can be told, and what suits which processors."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Final

from mnist_edge.errors import OptionError
from mnist_edge.precision import FP16, INT8

AUTO: Final = "auto"
ALL: Final = "all"
NONE: Final = "none"
METHODS: Final = ("minmax", "percentile", "entropy", "mse")
MAX_CALIBRATION_DIGITS: Final = 50_000
_ARM: Final = ("aarch64", "arm64", "armv7l", "armv8l")


@dataclass(frozen=True)
class Preset:
    """Number types for a family of processors.

    Attributes:
        activations: ``"uint8"`` or ``"int8"``.
        narrow_weights: Whether the weights of int8 layers keep to 7 of their 8 bits. x86 processors without VNNI add two
            products of 8 bits in 16 bits, which overflows with wider weights; with 7 bits every x86 processor gives the
            same answer.
    """

    activations: str
    narrow_weights: bool


PRESETS: Final = {"x86": Preset("uint8", narrow_weights=True), "arm": Preset("int8", narrow_weights=False)}
TARGETS: Final = tuple(PRESETS)


def own_target() -> str:
    """The preset of this machine's processor."""
    return "arm" if platform.machine().lower() in _ARM else "x86"


@dataclass(frozen=True)
class ReductionOptions:
    """How a float graph shall be reduced.

    Attributes:
        precision: ``"int8"`` or ``"fp16"``.
        target: One of :data:`TARGETS`; empty takes this machine's. For int8 only, as are the four that follow.
        layers: Which layers compute in int8: ``"auto"`` (measured), ``"all"``, ``"none"`` (only the weights are stored in 8
            bits), or names of Keras layers with commas between them.
        calibration: One of :data:`METHODS`.
        calibration_digits: Training digits that the ranges are found with.
        bias_correction: Whether to shift each bias by the mean error of its layer.
        seed: Seed of the choice of these digits.
        max_drop: Largest loss of accuracy that passes the gate, in percentage points.

    Raises:
        OptionError: If a value is out of range, or does not go with the precision.
    """

    precision: str = INT8
    target: str = ""
    layers: str = AUTO
    calibration: str = "minmax"
    calibration_digits: int = 1000
    bias_correction: bool = True
    seed: int = 0
    max_drop: float = 0.1

    def __post_init__(self) -> None:
        if self.precision not in (INT8, FP16):
            raise OptionError("Unknown reduced precision", expected=f"{INT8} or {FP16}", received=self.precision)
        if self.target and self.target not in TARGETS:
            raise OptionError("Unknown target", expected=" or ".join(TARGETS), received=self.target)
        if self.calibration not in METHODS:
            raise OptionError("Unknown calibration", expected=", ".join(METHODS), received=self.calibration)
        if not 1 <= self.calibration_digits <= MAX_CALIBRATION_DIGITS:
            raise OptionError(
                "The number of calibration digits is out of range",
                expected=f"1 to {MAX_CALIBRATION_DIGITS}",
                received=str(self.calibration_digits),
            )
        if not 0 <= self.max_drop <= 100:
            raise OptionError(
                "The allowed drop is out of range", expected="0 to 100 percentage points", received=str(self.max_drop)
            )
        if not self.layers.strip(", "):
            raise OptionError("No layer is named", expected=f"{AUTO}, {ALL}, {NONE}, or names of layers")

    @property
    def processor(self) -> str:
        """The target, chosen or found."""
        return self.target or own_target()

    @property
    def preset(self) -> Preset:
        """The number types of the target."""
        return PRESETS[self.processor]
