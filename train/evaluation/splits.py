"""The part of a data set that a model is measured on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from mnist_edge.dataset import Dataset
from mnist_edge.keras_model import MODEL_FILE
from mnist_edge.train.batches import Split, split_validation
from mnist_edge.train.evaluation.options import SplitName
from mnist_edge.train.run import CHECKPOINT_FOLDER, LAST_MODEL_FILE, load_config


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


def run_folder(model: str | os.PathLike[str]) -> Path | None:
    """The folder of the run that a model comes from: itself, or the one around its model file or checkpoint.

    Args:
        model: What the user named.

    Returns:
        The folder, whether it holds a configuration or not; ``None`` if the model is no folder and no file of a run.
    """
    if os.path.isdir(model):
        return Path(model)
    file = Path(os.path.realpath(model))
    if file.suffix == ".keras" and file.parent.name == CHECKPOINT_FOLDER:
        return file.parent.parent
    return file.parent if file.name in (MODEL_FILE, LAST_MODEL_FILE) else None


def validation_share(model: str | os.PathLike[str]) -> float | None:
    """The share of the training images that the run of a model held back; ``None`` if ``model`` is of no known run.

    Raises:
        RunError: If the run's ``config.json`` is damaged or cannot be read.
    """
    folder = run_folder(model)
    config = None if folder is None else load_config(folder)
    return None if config is None else config.validation_split
