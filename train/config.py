"""What a training run is told: every number, its range, and the recipes that set them all.

The losses that Keras reports, which are those of the history and of early stopping, are what is minimised: with label
smoothing the cross-entropy against the smoothed answers, with L2 the penalty on top; with a teacher the training loss is
``1 - distill`` of that and ``distill`` of the distance to the teacher, of which the validation loss knows nothing.
``metrics.json`` holds the plain cross-entropy whatever the options.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Final

from mnist_edge.errors import OptionError
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.networks.architectures import DEFAULT_ARCHITECTURE, check_architecture
from mnist_edge.train.networks.blocks import LayerOptions
from mnist_edge.train.recipes import RECIPES
from mnist_edge.train.schedules import FALLING, SCHEDULES, WARMED_UP

DEFAULT_RECIPE: Final = "tutorial"
DEFAULT_FINAL_RATE: Final = 0.01
LARGEST_SEED: Final = 2**32 - 1  # NumPy's global generator, which Keras seeds, takes no larger one


@dataclass(frozen=True)
class TrainConfig:
    """The settings of one run; what they do not name is fixed: Adam, categorical cross-entropy, with outliers of eleven.

    Attributes:
        arch: Name in the architecture registry.
        recipe: The preset that the numbers started from.
        epochs: Passes over the training split, at most.
        batch_size: Images a step.
        learning_rate: Step size of Adam; with a schedule, the highest.
        schedule: How the rate changes from step to step over all epochs, one of ``SCHEDULES``: ``"cosine"`` and
            ``"exponential"`` fall to ``final_rate``; ``"one-cycle"`` rises over three tenths of the steps and falls to next
            to nothing.
        warmup_epochs: Epochs, or parts of them, in which the rate rises before the cosine; any but 0 are one step or more.
        final_rate: Share of the rate that is left at the end of the cosine or exponential; the other schedules take none.
        validation_split: Share of the training images that is held back, taken from their end as Keras does.
        drawn_share: Drawn digits added to the training images, as a share of them; see :mod:`mnist_edge.train.drawn`.
        photographed_share: Copies of training digits, written anew and photographed, as a share of the training images; see
            :mod:`mnist_edge.train.photographed`.
        outlier_share: Pictures that are no digits added to the training images, as a share of them; any but 0 makes the
            network learn to refuse. See :mod:`mnist_edge.train.outliers` and :mod:`mnist_edge.train.none_class`.
        views: Epochs after which the pictures come again, turned and bent alike, in another order; 0 changes them anew for
            ever. A teacher looks at each picture of these epochs once, and memory holds them all.
        teacher: Run folders or ``.keras`` files of networks whose answers are learned beside the labels; the mean of their
            logits counts. See :mod:`mnist_edge.train.teaching`.
        distill: Share of the loss that is the distance to the teacher, if there is one.
        seed: Seed of weights, order of images, augmentation, dropout, and all that is drawn and photographed.
        patience: Epochs without a lower validation loss after which training stops; 0 never stops early.
        ema: Momentum of the running means of the weights that are validated and published; 0 publishes the weights
            themselves. See :mod:`mnist_edge.train.averaging`.
        dropout: Share of the units dropped before the classifying layer; ``None`` is the network's own.
        l2: Factor of the penalty on the squares of the kernels.
        batch_norm: Batch normalisation after every convolution; ``None`` is as the network has it.
        label_smoothing: Share of each answer that is spread over all classes, with outliers also over "none".
        rotation: See :class:`~mnist_edge.train.augmentation.options.Augmentation` for this and those that follow.
        shift: Pixels.
        scale: Share of the size.
        shear: Degrees.
        elastic: Pixels.
        stroke: Pixels.
        noise: Share of full scale.
        damage: Share of the images.
        jit_compile: Whether XLA compiles the training step; on a CPU it is slower, see ``benchmarks/fit_xla.py``, and then
            the same seed is not promised to give the same bits.
    """

    arch: str = DEFAULT_ARCHITECTURE
    recipe: str = DEFAULT_RECIPE
    epochs: int = 5
    batch_size: int = 64
    learning_rate: float = 1e-3
    schedule: str = "constant"
    warmup_epochs: float = 0.0
    final_rate: float = DEFAULT_FINAL_RATE
    validation_split: float = 0.1
    drawn_share: float = 0.0
    photographed_share: float = 0.0
    outlier_share: float = 0.0
    views: int = 0
    teacher: tuple[str, ...] = ()
    distill: float = 0.7
    seed: int = 42
    patience: int = 0
    ema: float = 0.0
    dropout: float | None = None
    l2: float = 0.0
    batch_norm: bool | None = None
    label_smoothing: float = 0.0
    rotation: float = 0.0
    shift: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    stroke: float = 0.0
    noise: float = 0.0
    damage: float = 0.0
    jit_compile: bool = False

    def __post_init__(self) -> None:
        given: object = self.teacher  # JSON knows lists only, and one name alone is a string
        object.__setattr__(self, "teacher", (given,) if isinstance(given, str) else tuple(self.teacher))
        check_architecture(self.arch)
        _check("epochs", self.epochs, self.epochs >= 1, "1 or more")
        _check("batch_size", self.batch_size, self.batch_size >= 1, "1 or more")
        learns = math.isfinite(self.learning_rate) and self.learning_rate > 0
        _check("learning_rate", self.learning_rate, learns, "a finite number above 0")
        _check("validation_split", self.validation_split, 0 < self.validation_split < 1, "a number between 0 and 1")
        _check("drawn_share", self.drawn_share, 0 <= self.drawn_share <= 1, "a number from 0 to 1")
        within = 0 <= self.photographed_share <= 1
        _check("photographed_share", self.photographed_share, within, "a number from 0 to 1")
        _check("outlier_share", self.outlier_share, 0 <= self.outlier_share <= 1, "a number from 0 to 1")
        _check("views", self.views, self.views >= 0, "0 (always new) or more")
        _check("distill", self.distill, 0 < self.distill <= 1, "above 0, to 1")
        _check("seed", self.seed, 0 <= self.seed <= LARGEST_SEED, f"0 to {LARGEST_SEED}")
        _check("patience", self.patience, self.patience >= 0, "0 (off) or more")
        _check("ema", self.ema, 0 <= self.ema < 1, "0 (off) to below 1")
        _check("label_smoothing", self.label_smoothing, 0 <= self.label_smoothing < 1, "0 (off) to below 1")
        _check("batch_norm", self.batch_norm, self.batch_norm in (None, True, False), "true, false or null")
        self._check_schedule()
        _ = self.augmentation, self.layer_options  # they check what is theirs

    def _check_schedule(self) -> None:
        _check("schedule", self.schedule, self.schedule in SCHEDULES, ", ".join(SCHEDULES))
        for name, idle, schedules in (("warmup_epochs", 0, WARMED_UP), ("final_rate", DEFAULT_FINAL_RATE, FALLING)):
            if (value := getattr(self, name)) != idle:
                check_goes_with(name, value, self.schedule, schedules)
        lowest = "0" if self.schedule != "exponential" else "above 0"
        falls = 0 <= self.final_rate <= 1 and (self.final_rate > 0 or self.schedule != "exponential")
        _check("final_rate", self.final_rate, falls, f"a number from {lowest} to 1")
        rises = 0 <= self.warmup_epochs < self.epochs
        _check("warmup_epochs", self.warmup_epochs, rises, f"0 (off) to below the {self.epochs} epochs")

    @property
    def augmentation(self) -> Augmentation:
        """The random changes to training images."""
        return Augmentation(**{item.name: getattr(self, item.name) for item in dataclasses.fields(Augmentation)})

    @property
    def layer_options(self) -> LayerOptions:
        """What is changed in the network."""
        return LayerOptions(dropout=self.dropout, l2=self.l2, batch_norm=self.batch_norm)

    def recipe_label(self) -> str:
        """The recipe, with every number that differs from it: ``"tutorial, changed: epochs 3"``.

        Seed and teacher are no deviations.
        """
        preset = RECIPES.get(self.recipe, {}).get(self.arch, {})
        changed = [
            f"{item.name} {value}"
            for item in dataclasses.fields(self)
            if item.name not in {"arch", "recipe", "teacher", "seed"}
            and (value := getattr(self, item.name)) != preset.get(item.name, item.default)
        ]
        return f"{self.recipe}, changed: {', '.join(changed)}" if changed else self.recipe


def _check(name: str, value: object, holds: bool, expected: str) -> None:
    if not holds:
        raise OptionError(f"{option_name(name)} is out of range", expected=expected, received=str(value))


def check_goes_with(name: str, value: object, schedule: str, schedules: tuple[str, ...]) -> None:
    """Refuses a number that a schedule does not take.

    Raises:
        OptionError: If ``schedule`` is none of ``schedules``.
    """
    if schedule not in schedules:
        option, choice = option_name(name), " or ".join(f"--schedule {kind}" for kind in schedules)
        raise OptionError(
            f"{option} needs {choice}",
            received=f"{option} {value} with --schedule {schedule}",
            fix=f"Choose {choice}, or drop {option}",
        )


def option_name(field: str) -> str:
    """The command-line option that sets a field of :class:`TrainConfig`."""
    return {"jit_compile": "--xla", "outlier_share": "--outliers"}.get(field, "--" + field.replace("_", "-"))
