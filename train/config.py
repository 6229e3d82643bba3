"""What a training run is told: every number, its range, and the recipes that set them all."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Final

from mnist_edge.errors import OptionError
from mnist_edge.train.architectures import DEFAULT_ARCHITECTURE, check_architecture

DEFAULT_RECIPE: Final = "tutorial"
LARGEST_SEED: Final = 2**32 - 1  # NumPy's global generator, which Keras seeds, takes no larger one


@dataclass(frozen=True)
class TrainConfig:
    """The settings of one run; what they do not name is fixed: Adam, categorical cross-entropy.

    Attributes:
        arch: Name in the architecture registry.
        recipe: The preset that the numbers started from.
        epochs: Passes over the training split, at most.
        batch_size: Images a step.
        learning_rate: Step size of Adam.
        validation_split: Share of the training images that is held back, taken from their end as Keras does.
        drawn_share: Drawn digits added to the training images, as a share of them; see :mod:`mnist_edge.train.drawn`.
        seed: Seed of weights, order of images, drawn digits and dropout.
        patience: Epochs without a lower validation loss after which training stops; 0 never stops early.
        jit_compile: Whether XLA compiles the training step; on a CPU it is slower, see ``benchmarks/fit_xla.py``, and then
            the same seed is not promised to give the same bits.
    """

    arch: str = DEFAULT_ARCHITECTURE
    recipe: str = DEFAULT_RECIPE
    epochs: int = 5
    batch_size: int = 64
    learning_rate: float = 1e-3
    validation_split: float = 0.1
    drawn_share: float = 0.0
    seed: int = 42
    patience: int = 0
    jit_compile: bool = False

    def __post_init__(self) -> None:
        check_architecture(self.arch)
        _check("epochs", self.epochs, self.epochs >= 1, "1 or more")
        _check("batch_size", self.batch_size, self.batch_size >= 1, "1 or more")
        learns = math.isfinite(self.learning_rate) and self.learning_rate > 0
        _check("learning_rate", self.learning_rate, learns, "a finite number above 0")
        _check("validation_split", self.validation_split, 0 < self.validation_split < 1, "a number between 0 and 1")
        _check("drawn_share", self.drawn_share, 0 <= self.drawn_share <= 1, "a number from 0 to 1")
        _check("seed", self.seed, 0 <= self.seed <= LARGEST_SEED, f"0 to {LARGEST_SEED}")
        _check("patience", self.patience, self.patience >= 0, "0 (off) or more")

    def recipe_label(self) -> str:
        """The recipe, with every number that differs from it: ``"tutorial, changed: epochs 3"``; a seed is no deviation."""
        preset = RECIPES.get(self.recipe, {}).get(self.arch, {})
        changed = [
            f"{item.name} {value}"
            for item in dataclasses.fields(self)
            if item.name not in {"arch", "recipe", "seed"}
            and (value := getattr(self, item.name)) != preset.get(item.name, item.default)
        ]
        return f"{self.recipe}, changed: {', '.join(changed)}" if changed else self.recipe


def _check(name: str, value: object, holds: bool, expected: str) -> None:
    if not holds:
        raise OptionError(f"{name} is out of range", expected=expected, received=str(value))


@dataclass(frozen=True)
class Overrides:
    """The options of ``mnist-edge train``; ``None`` leaves a number to the recipe, or to the run that is resumed."""

    arch: str | None = None
    recipe: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    validation_split: float | None = None
    drawn_share: float | None = None
    seed: int | None = None
    patience: int | None = None
    jit_compile: bool | None = None

    def given(self) -> dict[str, Any]:
        """The options that were set, by field name."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}


# By architecture; what is not listed is the default of TrainConfig. "tutorial" are the recipes of the two tutorials,
# "mixed" is for the world's handwriting.
RECIPES: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "tutorial": {
        "simple_cnn": {"epochs": 5, "batch_size": 64},
        "dropout_cnn": {"epochs": 10, "batch_size": 32},
    },
    "mixed": {
        "simple_cnn": {"epochs": 10, "batch_size": 64, "drawn_share": 0.1},
        "dropout_cnn": {"epochs": 20, "batch_size": 32, "drawn_share": 0.1},
    },
}


def recipe_names() -> tuple[str, ...]:
    """The presets that :func:`from_recipe` knows."""
    return tuple(RECIPES)


def from_recipe(overrides: Overrides | None = None) -> TrainConfig:
    """The recipe's numbers for the architecture, with those of ``overrides`` on top.

    An architecture that the recipe does not list gets the defaults of :class:`TrainConfig`.

    Raises:
        OptionError: If the recipe or the architecture is unknown, or a number is out of range.
    """
    given = (overrides or Overrides()).given()
    arch, recipe = given.get("arch", DEFAULT_ARCHITECTURE), given.get("recipe", DEFAULT_RECIPE)
    if recipe not in RECIPES:
        raise OptionError("Unknown recipe", expected=", ".join(RECIPES), received=recipe)
    return TrainConfig(**{**RECIPES[recipe].get(arch, {}), **given})


def check_no_contradiction(stored: TrainConfig, overrides: Overrides) -> None:
    """Refuses options that differ from those of the run that is to be resumed.

    Raises:
        OptionError: If one does; the message names it.
    """
    for name, value in overrides.given().items():
        recorded = getattr(stored, name)
        if value != recorded:
            raise OptionError(
                f"--resume contradicts {option_name(name)}: the run was begun with another value",
                expected=str(recorded),
                received=str(value),
                fix="Drop the option, or train into another folder",
            )


def option_name(field: str) -> str:
    """The command-line option that sets a field of :class:`TrainConfig`."""
    return "--xla" if field == "jit_compile" else "--" + field.replace("_", "-")
