"""The part of a data set that a model is measured on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from mnist_edge.dataset import Dataset
from mnist_edge.train.batches import Split, split_validation
from mnist_edge.train.evaluation.options import SplitName
from mnist_edge.train.run import load_config


@dataclass(frozen=True, eq=False)
class NamedSplit:
    """A part of a data set, and where it lies there.

    Attributes:
        name: ``test``, ``validation`` or ``train``.
        split: The images with their labels.
        array: The array that holds the images, ``x_test`` or ``x_train``.
        first_index: Where the part begins in that array.
    """

    name: SplitName
    split: Split
    array: str
    first_index: int


def choose_split(dataset: Dataset, name: SplitName, validation_split: float) -> NamedSplit:
    """Takes a part of the data, divided as a training with the same share divides it.

    Args:
        dataset: The data.
        name: Which part; ``train`` is what the validation split leaves of the training images.
        validation_split: Share of the training images that is held back, between 0 and 1.

    Raises:
        OptionError: If a part would be empty.
    """
    if name == "test":
        return NamedSplit(name, Split(dataset.x_test, dataset.y_test), "x_test", 0)
    training, validation = split_validation(dataset.x_train, dataset.y_train, validation_split)
    if name == "train":
        return NamedSplit(name, training, "x_train", 0)
    return NamedSplit(name, validation, "x_train", len(training))


def validation_share(model: str | os.PathLike[str]) -> float | None:
    """The share of the training images that a run held back; ``None`` if ``model`` is no run folder.

    Raises:
        RunError: If the run's ``config.json`` is damaged or cannot be read.
    """
    folder = Path(model)
    config = load_config(folder) if os.path.isdir(folder) else None
    return None if config is None else config.validation_split
