"""Reading MNIST's two file layouts: the four IDX files, and Keras's ``mnist.npz``."""

from __future__ import annotations

import gzip
import math
import zipfile
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import IMAGE_SIZE, NUM_CLASSES
from mnist_edge.errors import DatasetFormatError

UInt8Array = npt.NDArray[np.uint8]
Arrays = dict[str, UInt8Array]

ARRAY_NAMES: Final = ("x_train", "y_train", "x_test", "y_test")

# IDX file names: the original ones, and the variant with a dot that unpacked copies often carry.
IDX_STEMS: Final = {
    "x_train": ("train-images-idx3-ubyte", "train-images.idx3-ubyte"),
    "y_train": ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte"),
    "x_test": ("t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"),
    "y_test": ("t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"),
}

_NAMES: Final = ", ".join(ARRAY_NAMES)
_FIX: Final = "Get a fresh copy, or leave out --data to have it downloaded"
_UNSIGNED_BYTE = 0x08


def read_dataset(path: Path) -> Arrays:
    """Reads ``x_train, y_train, x_test, y_test`` from a folder of IDX files or an ``.npz`` file.

    Returns:
        Images as uint8 ``[n, 28, 28]``, labels as uint8 ``[n]`` with values 0 to 9.

    Raises:
        DatasetFormatError: If a file is missing, unreadable, truncated, or holds something else.
    """
    try:
        arrays = _read_folder(path) if path.is_dir() else _read_npz(path)
    except FileNotFoundError as error:
        raise DatasetFormatError(f"There is no data at {path}", fix="Check the path given to --data") from error
    except OSError as error:
        raise DatasetFormatError(f"{path} cannot be read: {error.strerror or error}", fix=_FIX) from error
    for part in ("train", "test"):
        _check_split(arrays[f"x_{part}"], arrays[f"y_{part}"], part, path)
    return {name: np.ascontiguousarray(arrays[name], np.uint8) for name in ARRAY_NAMES}


def _read_folder(folder: Path) -> dict[str, npt.NDArray[np.generic]]:
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name, stems in IDX_STEMS.items():
        candidates = [folder / f"{stem}{suffix}" for stem in stems for suffix in ("", ".gz")]
        found = next((candidate for candidate in candidates if candidate.is_file()), None)
        if found is None:
            raise DatasetFormatError(
                f"{folder} has no file {stems[0]}",
                expected="the four IDX files of MNIST, or the path of an mnist.npz",
                fix=_FIX,
            )
        arrays[name] = read_idx(found.read_bytes(), str(found))
    return arrays


def read_idx(data: bytes, where: str) -> UInt8Array:
    """Decodes an IDX file of unsigned bytes, gzipped or not.

    The format: two zero bytes, the type, the number of dimensions, each size as big-endian int32, the values
    (LeCun et al., "The MNIST database of handwritten digits").

    Args:
        data: The file's content.
        where: Its name, for messages.

    Raises:
        DatasetFormatError: If ``data`` is something else, or shorter or longer than its header says.
    """
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise DatasetFormatError(f"{where} is a damaged gzip file", received=str(error), fix=_FIX) from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != _UNSIGNED_BYTE or data[3] == 0:
        raise DatasetFormatError(
            f"{where} is not an IDX file of bytes",
            expected="a header that starts with 00 00 08",
            received=data[:4].hex(" ") or "an empty file",
            fix=_FIX,
        )
    header_size = 4 + 4 * data[3]
    shape = [int.from_bytes(data[at : at + 4], "big") for at in range(4, header_size, 4)]
    expected = header_size + math.prod(shape)
    if len(data) != expected:
        problem = "is truncated" if len(data) < expected else "has bytes after its end"
        raise DatasetFormatError(
            f"{where} {problem}", expected=f"{expected} bytes", received=f"{len(data)} bytes", fix=_FIX
        )
    return np.frombuffer(data, np.uint8, offset=header_size).reshape(shape)


def _read_npz(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    try:
        with path.open("rb") as file:  # opened here because np.load leaves it open when it fails
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise DatasetFormatError(f"{path} is a single array", expected=f"an .npz with {_NAMES}", fix=_FIX)
            missing = [name for name in ARRAY_NAMES if name not in archive]
            if missing:
                received = ", ".join(sorted(archive.files)) or "no arrays"
                raise DatasetFormatError(f"{path} lacks {', '.join(missing)}", expected=_NAMES, received=received, fix=_FIX)
            return {name: archive[name] for name in ARRAY_NAMES}
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DatasetFormatError(f"{path} is a truncated or damaged .npz file", received=str(error), fix=_FIX) from error
    except ValueError as error:
        if isinstance(error, DatasetFormatError):
            raise
        raise DatasetFormatError(f"{path} is not an .npz file of plain arrays", received=str(error), fix=_FIX) from error


def _check_split(images: npt.NDArray[np.generic], labels: npt.NDArray[np.generic], part: str, path: Path) -> None:
    if images.ndim != 3 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or images.dtype != np.uint8:
        raise DatasetFormatError(
            f"The {part} images of {path} have the wrong shape or type",
            expected=f"uint8 [n, {IMAGE_SIZE}, {IMAGE_SIZE}]",
            received=f"{images.dtype} {list(images.shape)}",
        )
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise DatasetFormatError(
            f"The {part} labels of {path} have the wrong shape or type",
            expected="integers [n]",
            received=f"{labels.dtype} {list(labels.shape)}",
        )
    if len(images) != len(labels) or not len(images):
        raise DatasetFormatError(
            f"The {part} part of {path} does not fit together",
            expected="as many labels as images, and at least one",
            received=f"{len(images)} images, {len(labels)} labels",
        )
    if labels.min() < 0 or labels.max() >= NUM_CLASSES:
        raise DatasetFormatError(
            f"The {part} labels of {path} are out of range",
            expected="0 to 9",
            received=f"{labels.min()} to {labels.max()}",
        )
