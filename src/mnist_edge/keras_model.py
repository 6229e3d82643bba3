"""Importing Keras and reading ``.keras`` files: the ground on which training and export both stand."""

from __future__ import annotations

import contextlib
import importlib
import os
import shlex
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

from mnist_edge.contract import IMAGE_SIZE, NUM_CLASSES
from mnist_edge.errors import KerasModelError, MissingExtraError, OptionError
from mnist_edge.native_logs import LEVEL_VARIABLE, without_native_logs

MODEL_FILE: Final = "model.keras"
INPUT_SHAPE: Final = (None, IMAGE_SIZE, IMAGE_SIZE, 1)
OUTPUT_SHAPE: Final = (None, NUM_CLASSES)

_FATAL_ONLY = "3"
_LONGEST_REASON = 160  # characters of a foreign message that still fit one readable line


def import_keras(purpose: str, *, extra: str = "train") -> Any:
    """Imports Keras on TensorFlow without the log lines that TensorFlow's C++ side prints at start.

    The log level is only a default: a caller that wants the lines sets ``TF_CPP_MIN_LOG_LEVEL=0`` before.

    Args:
        purpose: What needs Keras, for the message, for instance ``"Training"``.
        extra: The extra of mnist-edge that brings it.

    Returns:
        The module ``keras``.

    Raises:
        MissingExtraError: If Keras or TensorFlow is not installed.
        OptionError: If Keras is set to another backend than TensorFlow.
    """
    os.environ.setdefault(LEVEL_VARIABLE, _FATAL_ONLY)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        with contextlib.nullcontext() if "tensorflow" in sys.modules else without_native_logs():
            importlib.import_module("tensorflow")  # first, so that its absence is not taken for a fault of Keras
            keras = importlib.import_module("keras")
    except ModuleNotFoundError as error:
        raise MissingExtraError(purpose, extra=extra, module=(error.name or "keras").partition(".")[0]) from error
    backend = keras.config.backend()
    if backend != "tensorflow":
        raise OptionError(
            f"{purpose} needs Keras on TensorFlow",
            expected="KERAS_BACKEND=tensorflow",
            received=f"KERAS_BACKEND={backend}",
            fix="Unset KERAS_BACKEND",
        )
    return keras


def resolve_keras_path(path: str | os.PathLike[str]) -> Path:
    """The ``.keras`` file that ``path`` means: the file itself, or ``model.keras`` of a run folder.

    Raises:
        KerasModelError: If there is no such file, it cannot be reached, or the folder holds no ``model.keras``.
    """
    given = Path(path)
    try:
        is_folder = given.is_dir()
        found = given / MODEL_FILE if is_folder else given
        is_file = found.is_file()
    except OSError as error:  # a folder that may not be entered, a name that is too long
        raise KerasModelError(f"{given} cannot be read", received=error.strerror or str(error)) from error
    if is_file:
        return found
    if is_folder:
        raise KerasModelError(
            f"The folder {given} holds no {MODEL_FILE}",
            fix=f"Train into it with: mnist-edge train -o {shlex.quote(str(given))} --resume",
        )
    raise KerasModelError(f"There is no Keras model {given}", fix="Name a .keras file or a run folder of mnist-edge train")


def load_keras_model(path: str | os.PathLike[str], *, purpose: str = "Reading a .keras file", extra: str = "train") -> Any:
    """Loads a trained model for inference; code stored in the file is never run (``safe_mode``).

    Args:
        path: A ``.keras`` file, or a run folder, of which ``model.keras`` is taken.
        purpose: What needs the model, for the message when Keras is not installed.
        extra: The extra of mnist-edge that brings Keras.

    Returns:
        An uncompiled ``keras.Model`` from float32 ``[batch, 28, 28, 1]`` to ``[batch, 10]``.

    Raises:
        KerasModelError: If the file is absent, is no ``.keras`` archive, cannot be loaded, or has other shapes.
        MissingExtraError: If Keras or TensorFlow is not installed.
    """
    file = resolve_keras_path(path)
    _check_archive(file)
    keras = import_keras(purpose, extra=extra)
    try:
        model = keras.saving.load_model(file, compile=False, safe_mode=True)
    except Exception as error:  # damaged archives make Keras, h5py and zipfile raise anything
        raise KerasModelError(f"{file} cannot be loaded by Keras", received=_first_line(error)) from error
    _check_shapes(model, file)
    return model


def _check_archive(file: Path) -> None:
    expected = "a .keras file saved by Keras 3"
    if file.suffix != ".keras":
        raise KerasModelError(f"{file} is not named *.keras", expected=expected)
    try:
        size = file.stat().st_size
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise KerasModelError(
            f"{file} is not a Keras model, or is damaged",
            expected=expected,
            received=f"{size} bytes, no zip archive",
        ) from error
    except OSError as error:
        raise KerasModelError(f"{file} cannot be read", received=error.strerror or str(error)) from error
    if "config.json" not in names:
        raise KerasModelError(f"{file} is not a Keras model", expected=expected, received="a zip file without config.json")


def _check_shapes(model: Any, file: Path) -> None:
    for what, wanted, tensors in (
        ("input", INPUT_SHAPE, getattr(model, "inputs", None)),
        ("output", OUTPUT_SHAPE, getattr(model, "outputs", None)),
    ):
        shapes = [tuple(tensor.shape) for tensor in tensors or []]
        if shapes != [wanted]:
            raise KerasModelError(
                f"{file} is not a digit classifier of this project: it has another {what}",
                expected=f"one {what} of shape {wanted}",
                received=", ".join(map(str, shapes)) or "none",
            )


def _first_line(error: Exception) -> str:
    text = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
