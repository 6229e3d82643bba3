"""The options of ``mnist-edge export`` that reduce precision, as one dataclass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from mnist_edge.cli.common import FiniteRange
from mnist_edge.export.quantization.presets import MAX_CALIBRATION_DIGITS, METHODS, TARGETS, ReductionOptions
from mnist_edge.precision import FLOAT32, FP16, INT8, PRECISIONS

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULTS: Final = ReductionOptions()
# What goes with which precision; an option that was not given is None.
_ONLY_INT8: Final = ("target", "layers", "calibration", "calibration_digits", "bias_correction")
_ONLY_REDUCED: Final = ("max_drop",)


def precision_options(function: F) -> F:
    """Adds ``--precision`` and what goes with it."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def max_drop_option(function: F) -> F:
    """Adds ``--max-drop``, which is ``None`` if it was not given."""
    return click.option(
        "--max-drop",
        type=FiniteRange(0, 100),
        metavar="POINTS",
        help=f"int8, fp16: largest loss of validation accuracy, in percentage points.  [default: {_DEFAULTS.max_drop}]",
    )(function)


def reduction_from(precision: str, **given: Any) -> ReductionOptions | None:
    """The options of an int8 or fp16 export; ``None`` for float32.

    Args:
        precision: What was asked for.
        **given: The other options; ``None`` where one was not given.

    Raises:
        click.UsageError: If an option does not go with the precision.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    for names, fitting in ((_ONLY_INT8, (INT8,)), (_ONLY_REDUCED, (INT8, FP16))):
        wrong = [name for name in names if name in chosen and precision not in fitting]
        if wrong:
            option = f"--{wrong[0].replace('_', '-')}"
            raise click.UsageError(f"{option} goes with --precision {' or '.join(fitting)} only.")
    return None if precision == FLOAT32 else ReductionOptions(precision, **chosen)


_OPTIONS: Final = (
    click.option(
        "--precision",
        type=click.Choice(PRECISIONS),
        default=FLOAT32,
        help="int8: whole numbers where that is faster here, and weights of 8 bits; fp16: weights of 16 bits.",
    ),
    click.option(
        "--target",
        type=click.Choice(TARGETS),
        show_default="this machine's",
        help="int8: processors that the file is for.",
    ),
    click.option(
        "--layers",
        metavar="auto|all|none|NAME,...",
        help="int8: layers that compute with whole numbers; auto: those with which the whole is fastest here; the others "
        f"compute in float.  [default: {_DEFAULTS.layers}]",
    ),
    click.option(
        "--calibration",
        type=click.Choice(METHODS),
        help=f"int8: how ranges of values are found.  [default: {_DEFAULTS.calibration}]",
    ),
    click.option(
        "--calibration-digits",
        type=click.IntRange(1, MAX_CALIBRATION_DIGITS),
        help=f"int8: training digits that they are found with.  [default: {_DEFAULTS.calibration_digits}]",
    ),
    click.option(
        "--bias-correction/--no-bias-correction",
        default=None,
        help="int8: take the mean error of rounding out of the biases.  "
        f"[default: {'' if _DEFAULTS.bias_correction else 'no-'}bias-correction]",
    ),
    max_drop_option,
)
