"""The models inside the package, and how a name or a path becomes a model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from mnist_edge.errors import ModelFormatError, ModelNotFoundError

MODELS_FOLDER: Final = Path(__file__).with_name("models")
DEFAULT_MODEL: Final = "simple_cnn"
MAX_MODEL_BYTES: Final = 256 * 2**20  # far above any model of this kind; keeps a mistaken path from filling the memory


def packaged_models() -> tuple[str, ...]:
    """Names of the models that come with the package."""
    return tuple(sorted(path.stem for path in MODELS_FOLDER.glob("*.onnx")))


def read_model(model: str | os.PathLike[str] | bytes | None) -> tuple[str, bytes]:
    """Reads a model file.

    Args:
        model: A path, the name of a packaged model, the file's bytes, or ``None`` for the default model.

    Returns:
        A name for messages, and the bytes.

    Raises:
        ModelNotFoundError: If there is no such file and no packaged model of that name.
        ModelFormatError: If the file cannot be read or is too large to be a model of this kind.
    """
    if isinstance(model, bytes):
        return "<bytes>", model
    path = _resolve(DEFAULT_MODEL if model is None else os.fspath(model))
    try:
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise ModelFormatError(
                f"{path} is too large for a model of this kind",
                expected=f"at most {MAX_MODEL_BYTES >> 20} MB",
                received=f"{path.stat().st_size >> 20} MB",
            )
        return str(path), path.read_bytes()
    except IsADirectoryError as error:
        raise ModelFormatError(
            f"{path} is a folder", expected="an .onnx file", fix=f"For a run folder: {_EXPORT} {path}"
        ) from error
    except OSError as error:
        raise ModelFormatError(f"{path} cannot be read: {error.strerror or error}", fix="Check the file") from error


_EXPORT: Final = "mnist-edge export -o MODEL.onnx"


def _resolve(model: str) -> Path:
    packaged = MODELS_FOLDER / f"{model}.onnx"
    if Path(model).name == model and not Path(model).exists() and packaged.is_file():
        return packaged
    if not Path(model).exists():
        raise ModelNotFoundError(
            f"There is no model {model}",
            expected=f"a path, or one of the packaged models: {', '.join(packaged_models()) or 'none'}",
            fix="Check the name, or make one with: mnist-edge export",
        )
    return Path(model)
