"""Distillation: a network learns what a larger one, or several, say of the same pictures.

Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network" (2015): at a temperature above 1 the teacher's
probabilities tell which digits it finds alike, which a label does not. That teacher and learner see the same random
changes of a picture, and many of them, is after Beyer and others, "Knowledge distillation: a good teacher is patient and
consistent" (CVPR 2022).
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.errors import KerasModelError
from mnist_edge.keras_model import MODEL_FILE, load_keras_model, resolve_keras_path
from mnist_edge.train.none_class import keras_logits
from mnist_edge.train.run import METRICS_FILE, load_config

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
        KerasModelError: If a file is missing, is no model, or does not answer a digit with a softmax of ten.
        MissingExtraError: If Keras is not installed.
    """
    if not names:
        return None
    teacher = Teacher(tuple(load_keras_model(name, purpose="A teacher") for name in names))
    teacher.answers(np.zeros((1, IMAGE_SIZE, IMAGE_SIZE), np.uint8))
    return teacher


def describe_teachers(names: Sequence[str], *, with_none: bool) -> list[dict[str, str]]:
    """What a run records of its teachers: file, and the hash by which it is known again.

    Args:
        names: Run folders or ``.keras`` files.
        with_none: Whether the network that they teach learns from what is no digit.

    Raises:
        KerasModelError: If a file is missing or cannot be read, its run is not finished, or it knows less than it is to
            teach.
    """
    described = []
    for name in names:
        try:
            file = resolve_keras_path(name)
        except KerasModelError as error:
            raise KerasModelError(
                f"The teacher {name} cannot be used",
                received=str(error),  # says what to do, too
            ) from error
        _check_run(name, file, with_none=with_none)
        described.append({"file": name, "sha256": _file_hash(file)})
    return described


def _check_run(name: str, file: Path, *, with_none: bool) -> None:
    """Refuses the teacher of an unfinished run, and one whose logits say nothing of "none"; other files tell neither."""
    if file.name != MODEL_FILE or (config := load_config(file.parent)) is None:
        return
    if not (file.parent / METRICS_FILE).exists():
        raise KerasModelError(
            f"The training of the teacher {name} is not finished",
            fix=f"Finish it with: mnist-edge train -o {shlex.quote(str(file.parent))} --resume",
        )
    if with_none and not config.outlier_share:
        raise KerasModelError(
            f"The teacher {name} has not learned what is no digit",
            expected="a teacher trained with --outliers, as the recipe best does",
            fix="Train such a teacher, or use --outliers 0",
        )


def _file_hash(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise KerasModelError(f"The teacher {file} cannot be read", received=error.strerror or str(error)) from error
