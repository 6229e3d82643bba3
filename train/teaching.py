"""Distillation: a network learns what a larger one, or several, say of the same pictures.

Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network" (2015): at a temperature above 1 the teacher's
probabilities tell which digits it finds alike, which a label does not. That teacher and learner see the same random
changes of a picture, and many of them, is after Beyer and others, "Knowledge distillation: a good teacher is patient and
consistent" (CVPR 2022).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import KerasModelError
from mnist_edge.keras_model import load_keras_model, resolve_keras_path
from mnist_edge.train.none_class import keras_logits

#: Divisor of both sides' logits where they are compared; 2 to 5 are usual for ten classes.
TEMPERATURE: Final = 4.0


@dataclass(frozen=True)
class Teacher:
    """Networks whose answers are learned.

    Attributes:
        models: Keras models that end in a softmax over ten.
    """

    models: tuple[Any, ...]

    def answers(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The mean of the models' logits: uint8 ``[n, 28, 28]`` to float32 ``[n, 10]``."""
        logits = [keras_logits(model, images) for model in self.models]
        return np.asarray(np.mean(logits, axis=0), np.float32)


def load_teacher(names: Sequence[str]) -> Teacher | None:
    """Loads the networks of run folders or ``.keras`` files; ``None`` if there are none.

    Raises:
        KerasModelError: If a file is missing or is no model.
        MissingExtraError: If Keras is not installed.
    """
    return Teacher(tuple(load_keras_model(name, purpose="A teacher") for name in names)) if names else None


def describe_teachers(names: Sequence[str]) -> list[dict[str, str]]:
    """What a run records of its teachers: file, and the hash by which it is known again.

    Raises:
        KerasModelError: If a file is missing or cannot be read.
    """
    return [{"file": name, "sha256": _file_hash(resolve_keras_path(name))} for name in names]


def _file_hash(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise KerasModelError(f"The teacher {file} cannot be read", received=error.strerror or str(error)) from error
