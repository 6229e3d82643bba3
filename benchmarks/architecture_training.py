"""The short training by which ``architectures.py`` compares designs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from architecture_designs import build_design
from numpy.typing import NDArray

from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.augmentation.pipeline import augment
from mnist_edge.train.batches import Split, scaled
from mnist_edge.train.schedules import learning_rate_schedule


@dataclass(frozen=True)
class Training:
    """What every design gets, the same for all.

    Attributes:
        epochs: Passes over the training pictures.
        batch_size: Pictures a step.
        peak: The highest rate of the one cycle.
        pictures: Training pictures at most; 0 takes all.
        rotation: See :class:`~mnist_edge.train.augmentation.options.Augmentation`, like those that follow.
        shift: Pixels.
        scale: Share of the size.
        shear: Degrees.
    """

    epochs: int = 5
    batch_size: int = 128
    peak: float = 3e-3
    pictures: int = 0
    rotation: float = 8.0
    shift: float = 1.0
    scale: float = 0.08
    shear: float = 8.0


@dataclass(frozen=True, eq=False)
class Lesson:
    """The pictures of all epochs, made once: each design and seed sees the same ones, in an order of its own.

    Attributes:
        views: uint8 ``[n, 28, 28]``, one array an epoch.
        labels: uint8 ``[n]``.
        validation: What is scored.
    """

    views: list[NDArray[np.uint8]]
    labels: NDArray[np.uint8]
    validation: Split


def prepare(training: Split, validation: Split, how: Training) -> Lesson:
    """Changes the training pictures at random, once for each epoch."""
    rng = np.random.default_rng(0)
    changes = Augmentation(rotation=how.rotation, shift=how.shift, scale=how.scale, shear=how.shear)
    images = training.images[: how.pictures or None]
    views = [augment(images, rng, changes) for _ in range(how.epochs)]
    return Lesson(views, training.labels[: len(images)], validation)


def train(keras: Any, tf: Any, design: str, lesson: Lesson, how: Training, seed: int) -> dict[str, float]:
    """Trains a design once.

    Returns:
        ``accuracy`` and ``loss`` (mean cross-entropy) on the validation pictures, and the ``cpu_seconds`` that it took.
    """
    before = time.process_time()
    model = build_design(keras, design, seed=seed)
    steps = len(lesson.labels) // how.batch_size
    rate = learning_rate_schedule(keras, "one-cycle", peak=how.peak, steps=steps * how.epochs)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", steps_per_execution=steps)
    pictures = tf.TensorSpec((how.batch_size, 28, 28), tf.uint8), tf.TensorSpec((how.batch_size,), tf.uint8)
    data = tf.data.Dataset.from_generator(lambda: _batches(lesson, how, seed, steps), output_signature=pictures)
    data = data.map(lambda images, labels: (tf.cast(images, tf.float32)[..., None] / 255, labels))
    model.fit(data, epochs=how.epochs, steps_per_epoch=steps, verbose=0)
    answers = model.predict(scaled(lesson.validation.images), batch_size=500, verbose=0)
    right = answers[np.arange(len(answers)), lesson.validation.labels]
    return {
        "accuracy": float((answers.argmax(axis=1) == lesson.validation.labels).mean()),
        "loss": float(-np.log(np.maximum(right, 1e-9)).mean()),
        "cpu_seconds": round(time.process_time() - before, 1),
    }


def _batches(lesson: Lesson, how: Training, seed: int, steps: int) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    rng = np.random.default_rng(seed)
    for view in lesson.views:
        order = rng.permutation(len(view))
        for step in range(steps):
            chosen = order[step * how.batch_size : (step + 1) * how.batch_size]
            yield view[chosen], lesson.labels[chosen]
