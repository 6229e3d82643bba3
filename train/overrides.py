"""From what a user asks for to the settings of a run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from mnist_edge.errors import OptionError
from mnist_edge.train.config import DEFAULT_RECIPE, TrainConfig, check_goes_with, option_name
from mnist_edge.train.networks.architectures import DEFAULT_ARCHITECTURE
from mnist_edge.train.recipes import RECIPES
from mnist_edge.train.schedules import FALLING


@dataclass(frozen=True)
class Overrides:
    """The options of ``mnist-edge train``; ``None`` leaves a number to the recipe, or to the run that is resumed."""

    arch: str | None = None
    recipe: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    schedule: str | None = None
    warmup_epochs: float | None = None
    final_rate: float | None = None
    validation_split: float | None = None
    drawn_share: float | None = None
    photographed_share: float | None = None
    outlier_share: float | None = None
    views: int | None = None
    teacher: tuple[str, ...] | None = None
    distill: float | None = None
    seed: int | None = None
    patience: int | None = None
    ema: float | None = None
    dropout: float | None = None
    l2: float | None = None
    batch_norm: bool | None = None
    label_smoothing: float | None = None
    rotation: float | None = None
    shift: float | None = None
    scale: float | None = None
    shear: float | None = None
    elastic: float | None = None
    stroke: float | None = None
    noise: float | None = None
    damage: float | None = None
    jit_compile: bool | None = None

    def given(self) -> dict[str, Any]:
        """The options that were set, by field name."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}


def recipe_names() -> tuple[str, ...]:
    """The presets that :func:`from_recipe` knows."""
    return tuple(RECIPES)


def from_recipe(overrides: Overrides | None = None) -> TrainConfig:
    """The recipe's numbers for the architecture, with those of ``overrides`` on top.

    An architecture that the recipe does not list gets the defaults of :class:`TrainConfig`.

    Raises:
        OptionError: If recipe or architecture is unknown, a number out of range, or without effect.
    """
    given = (overrides or Overrides()).given()
    arch, recipe = given.get("arch", DEFAULT_ARCHITECTURE), given.get("recipe", DEFAULT_RECIPE)
    if recipe not in RECIPES:
        raise OptionError("Unknown recipe", expected=", ".join(RECIPES), received=recipe)
    config = TrainConfig(**{**RECIPES[recipe].get(arch, {}), **given})
    if "final_rate" in given:  # also the default's value, which TrainConfig cannot tell from none
        check_goes_with("final_rate", config.final_rate, config.schedule, FALLING)
    if "distill" in given and not config.teacher:
        raise OptionError("--distill needs --teacher", fix="Name a --teacher, or drop --distill")
    return config


def check_no_contradiction(stored: TrainConfig, asked: Overrides | TrainConfig) -> None:
    """Refuses options that differ from those of the run that is to be resumed.

    Args:
        stored: The configuration of the run.
        asked: Options, of which ``None`` says nothing, or a whole configuration, of which every field counts.

    Raises:
        OptionError: If one does; the message names it.
    """
    given = asked.given() if isinstance(asked, Overrides) else dataclasses.asdict(asked)
    for name, value in given.items():
        recorded = getattr(stored, name)
        if value != recorded:
            raise OptionError(
                f"--resume contradicts {option_name(name)}: the run was begun with another value",
                expected=str(recorded),
                received=str(value),
                fix="Drop the option, or train into another folder",
            )
