"""The options of ``mnist-edge train``, in the groups of its help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from mnist_edge.cli.common import FiniteRange, data_options
from mnist_edge.cli.grouped import Decorator, grouped
from mnist_edge.train.augmentation.options import LIMITS
from mnist_edge.train.config import DEFAULT_RECIPE, LARGEST_SEED
from mnist_edge.train.networks.architectures import DEFAULT_ARCHITECTURE, architecture_names
from mnist_edge.train.overrides import recipe_names
from mnist_edge.train.schedules import SCHEDULES

_OF_RECIPE: Final = "the recipe's"
_OF_NETWORK: Final = "the network's"


_POSITIVE: Final = FiniteRange(min=0, min_open=True)
_SHARE_BELOW_1: Final = FiniteRange(0, 1, max_open=True)


def _of_recipe(name: str, kind: click.ParamType[Any], text: str, default: str = _OF_RECIPE) -> Decorator:
    return click.option(name, type=kind, default=None, show_default=default, help=text)


def _augmentation(name: str, text: str) -> Decorator:
    return _of_recipe(f"--{name}", FiniteRange(0, LIMITS[name].largest), text)


RUN: Final = (
    click.option(
        "-o", "--output", type=click.Path(path_type=Path), default=None, help="Run folder; made if needed.  [required]"
    ),
    click.option("--resume", is_flag=True, help="Go on with an unfinished run; starts one if there is none."),
    click.option(
        "--recipe",
        type=click.Choice(recipe_names()),
        show_default=DEFAULT_RECIPE,
        help="Preset of all numbers below: fast is one short epoch, best up to an hour.",
    ),
    _of_recipe(
        "--seed", click.IntRange(0, LARGEST_SEED), "Seed of weights, order, augmentation, dropout and all that is drawn."
    ),
)

NETWORK: Final = (
    click.option("--arch", type=click.Choice(architecture_names()), show_default=DEFAULT_ARCHITECTURE, help="The network."),
    click.option(
        "--batch-norm/--no-batch-norm",
        default=None,
        show_default=_OF_NETWORK,
        help="Batch normalisation after every convolution.",
    ),
    _of_recipe("--dropout", _SHARE_BELOW_1, "Share of the units dropped before the last layer.", _OF_NETWORK),
    click.option("--summary", is_flag=True, help="Print the layers of the network and stop; -v adds the formulas."),
)

FITTING: Final = (
    _of_recipe("--epochs", click.IntRange(min=1), "Passes over the training images, at most."),
    _of_recipe("--batch-size", click.IntRange(min=1), "Images a step."),
    _of_recipe(
        "--patience", click.IntRange(min=0), "Stop after so many epochs without a lower validation loss; 0 never does."
    ),
    _of_recipe("--ema", _SHARE_BELOW_1, "Publish running means of the weights, with this momentum; 0 does not."),
    _of_recipe(
        "--views",
        click.IntRange(min=0),
        "Epochs after which the pictures come again, turned and bent alike, all of them kept in memory (93 MB each with "
        "what the recipe best adds); 0 makes new ones for ever.",
    ),
    click.option(
        "--teacher",
        multiple=True,
        metavar="RUN",
        callback=lambda _context, _parameter, given: given or None,
        help="Learn from the answers of this network, too: a run folder or a .keras file. Given more than once, their "
        "answers are averaged.",
    ),
    _of_recipe(
        "--distill",
        FiniteRange(0, 1, min_open=True),
        "Share of the loss that is the distance to the teacher, if there is one.",
    ),
    click.option(
        "--xla/--no-xla",
        "jit_compile",
        default=None,
        show_default=_OF_RECIPE,
        help="Compile the step with XLA; slower on a CPU.",
    ),
)

LEARNING_RATE: Final = (
    _of_recipe("--learning-rate", _POSITIVE, "Step size of Adam; with a schedule, the highest."),
    _of_recipe("--schedule", click.Choice(SCHEDULES), "How the rate changes over all epochs."),
    _of_recipe("--warmup-epochs", FiniteRange(min=0), "Epochs in which the rate rises, before the cosine."),
    _of_recipe(
        "--final-rate", FiniteRange(0, 1), "Share of the rate left at the end of the cosine or exponential schedule."
    ),
)

REGULARISATION: Final = (
    _of_recipe("--l2", FiniteRange(min=0), "Factor of the penalty on the squares of the kernels."),
    _of_recipe("--label-smoothing", _SHARE_BELOW_1, "Share of each answer spread over all classes."),
)

AUGMENTATION: Final = (
    _augmentation("rotation", "Largest turn in degrees, either way."),
    _augmentation("shift", "Largest move in pixels, along both axes."),
    _augmentation("scale", "Largest change of size, as a share."),
    _augmentation("shear", "Largest slant in degrees, either way."),
    _augmentation("elastic", "Smooth random displacement in pixels, root mean square."),
    _augmentation("stroke", "Largest change of the pen's radius in pixels, thicker or thinner."),
    _augmentation("noise", "Standard deviation of the noise, as a share of full scale."),
    _augmentation("damage", "Share of the images that are spoiled: blur, noise, gaps, stray strokes, faint ink."),
)

DATA: Final[tuple[Decorator, ...]] = (
    data_options,
    _of_recipe(
        "--validation-split",
        FiniteRange(0, 1, min_open=True, max_open=True),
        "Share of the training images held back, from their end.",
    ),
    _of_recipe(
        "--drawn-share",
        FiniteRange(0, 1),
        "Drawn digits to add, as a share of the training images: 1 with a flag, crossed 7, slashed 0 and the like.",
    ),
    _of_recipe(
        "--photographed-share",
        FiniteRange(0, 1),
        "Training digits to write anew, photograph on paper and cut out, as a share of the training images.",
    ),
    click.option(
        "--outliers",
        "outlier_share",
        type=FiniteRange(0, 1),
        default=None,
        show_default=_OF_RECIPE,
        help="Pictures that are no digits to add, as a share of the training images: letters, doodles, halves of digits; "
        "the network then learns to refuse.",
    ),
)

OUTPUT: Final = (
    click.option("--tensorboard", is_flag=True, help="Write event files; view them with: tensorboard --logdir FOLDER"),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)


def train_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds all options but those of verbosity; their names are the parameters of the command."""
    groups: dict[str, tuple[Decorator, ...]] = {
        "Run": RUN,
        "Network": NETWORK,
        "Fitting": FITTING,
        "Learning rate": LEARNING_RATE,
        "Regularisation": REGULARISATION,
        "Augmentation (random changes to the training images; 0 is off)": AUGMENTATION,
        "Data": DATA,
        "Output": OUTPUT,
    }
    for title, decorators in reversed(groups.items()):
        function = grouped(title, *decorators)(function)
    return function
