"""Reading MNIST's two file layouts: the four IDX files, and Keras's ``mnist.npz`` (see :mod:`mnist_edge.dataset_npz`)."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import IMAGE_SIZE, NUM_CLASSES
from mnist_edge.dataset_npz import ARRAY_NAMES, FRESH_COPY, check_size, read_npz
from mnist_edge.errors import DatasetFormatError

UInt8Array = npt.NDArray[np.uint8]
Arrays = dict[str, UInt8Array]

# IDX file names: the original ones, and the variant with a dot that unpacked copies often carry.
IDX_STEMS: Final = {
    "x_train": ("train-images-idx3-ubyte", "train-images.idx3-ubyte"),
    "y_train": ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte"),
    "x_test": ("t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"),
    "y_test": ("t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"),
}

_UNSIGNED_BYTE = 0x08


def read_dataset(path: Path) -> Arrays:
    """Reads ``x_train, y_train, x_test, y_test`` from a folder of IDX files or an ``.npz`` file.

    Returns:
        Images as uint8 ``[n, 28, 28]``, labels as uint8 ``[n]`` with values 0 to 9.

    Raises:
        DatasetFormatError: If a file is missing, unreadable, truncated, or holds something else.
    """
    try:
        arrays = _read_folder(path) if path.is_dir() else read_npz(path)
    except FileNotFoundError as error:
        raise DatasetFormatError(f"There is no data at {path}", fix="Check the path given to --data") from error
    except OSError as error:
        raise DatasetFormatError(f"{path} cannot be read: {error.strerror or error}", fix=FRESH_COPY) from error
    except MemoryError as error:
        raise DatasetFormatError(f"{path} does not fit into the memory", fix=FRESH_COPY) from error
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
                fix=FRESH_COPY,
            )
        arrays[name] = read_idx(found.read_bytes(), str(found))
    return arrays


def read_idx(data: bytes, where: str) -> UInt8Array:
    """Decodes an IDX file of unsigned bytes, gzipped or not; never unpacks more than its header announces.

    The format: two zero bytes, the type, the number of dimensions, each size as big-endian int32, the values
    (LeCun et al., "The MNIST database of handwritten digits").

    Args:
        data: The file's content.
        where: Its name, for messages.

    Raises:
        DatasetFormatError: If ``data`` is something else, or shorter or longer than its header says.
    """
    if data[:2] != b"\x1f\x8b":
        return _decode_idx(io.BytesIO(data), where)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as unpacked:
            return _decode_idx(unpacked, where)
    except (EOFError, OSError, zlib.error) as error:
        raise DatasetFormatError(f"{where} is a damaged gzip file", received=str(error), fix=FRESH_COPY) from error


def _decode_idx(file: io.BufferedIOBase, where: str) -> UInt8Array:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] != _UNSIGNED_BYTE:
        raise DatasetFormatError(
            f"{where} is not an IDX file of bytes",
            expected="a header that starts with 00 00 08",
            received=start.hex(" ") or "an empty file",
            fix=FRESH_COPY,
        )
    if start[3] not in (1, 3):
        raise DatasetFormatError(
            f"{where} holds neither labels nor pictures",
            expected="1 or 3 dimensions",
            received=f"{start[3]} dimensions",
            fix=FRESH_COPY,
        )
    sizes = file.read(4 * start[3])
    shape = [int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4)]
    expected = math.prod(shape)
    check_size(expected, where)
    values = file.read(expected + 1)
    if len(sizes) < 4 * start[3] or len(values) != expected:
        longer = len(values) > expected
        received = f"{'at least ' if longer else ''}{len(start) + len(sizes) + len(values)} bytes"
        problem = "has bytes after its end" if longer else "is truncated"
        total = len(start) + 4 * start[3] + expected
        raise DatasetFormatError(f"{where} {problem}", expected=f"{total} bytes", received=received, fix=FRESH_COPY)
    return np.frombuffer(values, np.uint8).reshape(shape)


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
