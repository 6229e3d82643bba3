"""The models inside the package, and how a name or a path becomes a model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from mnist_edge.errors import ModelFormatError, ModelNotFoundError

MODELS_FOLDER: Final = Path(__file__).with_name("models")
DEFAULT_MODEL: Final = "edge"  # the one place that says it; tests, documents and commands ask for this name
MAX_MODEL_BYTES: Final = 256 * 2**20  # far above any model of this kind; keeps a mistaken path from filling the memory


def packaged_models() -> tuple[str, ...]:
    """Names of the models that come with the package: the default first, then from the smallest file to the largest."""
    sizes = {path.stem: path.stat().st_size for path in MODELS_FOLDER.glob("*.onnx") if path.is_file()}
    return tuple(sorted(sizes, key=lambda name: (name != DEFAULT_MODEL, sizes[name], name)))


def did_you_mean(name: str) -> str:
    """``" (did you mean tiny?)"`` if a packaged model has nearly this name, else nothing; to be put behind it."""
    import difflib  # for messages only

    asked = os.path.basename(name).removesuffix(".onnx").lower()
    similar = difflib.get_close_matches(asked, packaged_models(), n=1, cutoff=0.5)
    return f" (did you mean {similar[0]}?)" if similar else ""


def packaged_path(name: str) -> Path:
    """The file of a packaged model, whether it is there or not."""
    return MODELS_FOLDER / f"{name}.onnx"


def read_model(model: str | os.PathLike[str] | bytes | None) -> tuple[str, bytes]:
    """Reads a model file.

    Args:
        model: A path, the name of a packaged model, the file's bytes, or ``None`` for the default model. A file that is
            called like a packaged model is preferred to it; a folder is not, and ``None`` means the packaged one.

    Returns:
        A name for messages, and the bytes.

    Raises:
        ModelNotFoundError: If there is no such file and no packaged model of that name.
        ModelFormatError: If the file cannot be read or is too large to be a model of this kind.
    """
    if isinstance(model, bytes):
        return "<bytes>", model
    name = os.fspath(DEFAULT_MODEL if model is None else model)
    try:
        path = packaged_path(DEFAULT_MODEL) if model is None else _resolve(name)
        with path.open("rb") as file:  # bounded, because a path may be an endless device
            data = file.read(MAX_MODEL_BYTES + 1)
    except FileNotFoundError as error:
        raise ModelNotFoundError(
            f"There is no model {name or '(no name)'}{did_you_mean(name)}",
            expected=f"a path, or one of the packaged models: {', '.join(packaged_models()) or 'none'}",
            fix="Check the name, or make one with: mnist-edge export",
        ) from error
    except IsADirectoryError as error:
        raise _folder_error(name) from error
    except OSError as error:
        if os.path.isdir(name):  # Windows denies to open a folder
            raise _folder_error(name) from error
        raise ModelFormatError(f"{name} cannot be read: {error.strerror or error}", fix="Check the file") from error
    except ValueError as error:  # a NUL in the name
        raise ModelNotFoundError("This path of a model cannot be opened", received=str(error)) from error
    if len(data) > MAX_MODEL_BYTES:
        raise ModelFormatError(
            f"{path} is too large for a model of this kind", expected=f"at most {MAX_MODEL_BYTES >> 20} MB"
        )
    return str(path), data


def _resolve(model: str) -> Path:
    if not model:
        raise FileNotFoundError  # Path("") would be the current folder
    packaged = packaged_path(model)
    is_name = Path(model).name == model and (not os.path.lexists(model) or os.path.isdir(model))  # such as a run folder
    return packaged if is_name and packaged.is_file() else Path(model)


def _folder_error(name: str) -> ModelFormatError:
    return ModelFormatError(
        f"{name} is a folder",
        expected="an .onnx file",
        fix=f"For a run folder: mnist-edge export -o MODEL.onnx {name}",
    )
