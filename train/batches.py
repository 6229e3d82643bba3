"""Batches and dropout that depend on nothing but seed and epoch, so that a resumed run sees what it would have seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import NUM_CLASSES
from mnist_edge.errors import OptionError
from mnist_edge.keras_model import import_keras
from mnist_edge.scaling import scale_to_unit
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.views import Views


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels.

    Attributes:
        images: uint8 ``[n, 28, 28]``, 0 (ground) to 255 (ink).
        labels: uint8 ``[n]``, 0 to 9; in training also 10, for what is no digit.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)


def split_validation(images: NDArray[np.uint8], labels: NDArray[np.uint8], share: float) -> tuple[Split, Split]:
    """Holds back the last ``share`` of the images, by the rule of Keras's ``validation_split``.

    Args:
        images: uint8 ``[n, 28, 28]``.
        labels: uint8 ``[n]``.
        share: Between 0 and 1.

    Returns:
        The training and the validation part.

    Raises:
        OptionError: If one of the two parts would be empty.
    """
    border = int(np.floor(len(images) * (1.0 - share)))
    if not 0 < border < len(images):
        raise OptionError(
            "The validation split leaves no image for training or none for validation",
            expected="at least one image in either part",
            received=f"validation_split={share} of {len(images)} images",
        )
    return Split(images[:border], labels[:border]), Split(images[border:], labels[border:])


def scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the networks take.

    Args:
        images: uint8 ``[n, 28, 28]``, 0 to 255.

    Returns:
        float32 ``[n, 28, 28, 1]``, 0 to 1.
    """
    return scale_to_unit(images)[..., np.newaxis]


class Batches:
    """The batches of a split; the images stay uint8 in memory and are scaled a batch at a time.

    Args:
        split: The labels, and how many there are.
        batch_size: Images a batch; the last one may be smaller.
        seed: Seed of the order; ``None`` keeps the order of the split.
        views: The images of each epoch, with the teacher's answers; ``None`` are those of the split.
    """

    def __init__(self, split: Split, batch_size: int, *, seed: int | None = None, views: Views | None = None) -> None:
        self._labels = split.labels
        self._batch_size = batch_size
        self._seed = seed
        self._views = views or Views(split.images, Augmentation(), None)
        self._order = np.arange(len(split))
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draws the order of an epoch, counted from 0; it depends on no epoch before."""
        self._epoch = epoch
        if self._seed is not None:
            self._order = np.random.default_rng([self._seed, epoch]).permutation(len(self._labels))

    def __len__(self) -> int:
        return -(-len(self._labels) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Batch ``index``: images float32 ``[b, 28, 28, 1]`` in 0 to 1, and what is to be learned of them, float32.

        That is the one-hot label, ``[b, 10]``, which for what is no digit holds zeros only; with a teacher its logits
        follow in the same row, ``[b, 20]``.
        """
        view = self._views.of_epoch(self._epoch)
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        one_hot = np.eye(NUM_CLASSES + 1, NUM_CLASSES, dtype=np.float32)[self._labels[chosen]]
        goal = one_hot if view.answers is None else np.concatenate([one_hot, view.answers[chosen]], axis=1)
        return scaled(view.images[chosen]), goal


def seed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Sets the random state of a model's layers to what belongs to an epoch, counted from 0.

    Keras does not store that state in ``.keras`` files (keras-team/keras issue 19796), so a resumed run would drop other
    units than an uninterrupted one. Like the order of the images it is made to depend on seed and epoch alone.

    Args:
        model: A built ``keras.Model``; the states are what its ``variables`` hold beyond its ``weights``.
        seed: 0 or more.
        epoch: 0 or more.
    """
    weights = {id(variable) for variable in model.weights}
    states = [variable for variable in model.variables if id(variable) not in weights]
    for index, state in enumerate(states, start=1):
        rng = np.random.default_rng([seed, epoch, index])  # the third number keeps it apart from the order of the images
        state.assign(rng.integers(2**31, size=state.shape, dtype=np.uint32))


def as_py_dataset(batches: Batches) -> Any:
    """Wraps batches as the ``keras.utils.PyDataset`` that ``fit`` and ``evaluate`` take."""
    keras = import_keras("Training")

    base: Any = keras.utils.PyDataset

    class KerasBatches(base):  # type: ignore[misc]  # Keras publishes no types
        def __len__(self) -> int:
            return len(batches)

        def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            return batches[index]

    return KerasBatches(workers=1, use_multiprocessing=False)
