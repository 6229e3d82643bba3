"""Reading Keras's ``mnist.npz`` without trusting it: what a member claims is checked before it is unpacked."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import DatasetFormatError

ARRAY_NAMES: Final = ("x_train", "y_train", "x_test", "y_test")
FRESH_COPY: Final = "Get a fresh copy, or leave out --data to have it downloaded"
MOST_BYTES: Final = 2**31  # of one array: 45 times MNIST's largest; keeps a small file from unpacking to anything

_NAMES: Final = ", ".join(ARRAY_NAMES)
_NPY_MAGIC: Final = b"\x93NUMPY"
_HEADER_READERS: Final[dict[tuple[int, int], Any]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npz(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Reads the four arrays of an ``.npz`` file, of whatever shape and plain type they are.

    Raises:
        DatasetFormatError: If it is no ``.npz`` file, damaged, encrypted, packed in another way than NumPy does, lacks an
            array, or an array is too large or not plain.
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(len(_NPY_MAGIC))
        if start == _NPY_MAGIC:
            raise DatasetFormatError(f"{path} is a single array", expected=f"an .npz with {_NAMES}", fix=FRESH_COPY)
        if start[:2] != b"PK":
            received = start.hex(" ") or "an empty file"
            raise DatasetFormatError(f"{path} is not an .npz file", received=received, fix=FRESH_COPY)
        try:
            with zipfile.ZipFile(file) as archive:
                return _read_arrays(archive, path)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
            problem = f"{path} is a truncated or damaged .npz file"
            raise DatasetFormatError(problem, received=str(error), fix=FRESH_COPY) from error


def check_size(size: int, where: str) -> None:
    """Refuses an array of more than :data:`MOST_BYTES`, before memory is asked for.

    Raises:
        DatasetFormatError: If it is larger.
    """
    if size > MOST_BYTES:
        raise DatasetFormatError(
            f"{where} is too large", expected=f"at most {MOST_BYTES:,} bytes", received=f"{size:,} bytes", fix=FRESH_COPY
        )


def _read_arrays(archive: zipfile.ZipFile, path: Path) -> dict[str, npt.NDArray[np.generic]]:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    missing = [name for name in ARRAY_NAMES if name not in members]
    if missing:
        received = ", ".join(sorted(members)[:10]) or "no arrays"
        raise DatasetFormatError(f"{path} lacks {', '.join(missing)}", expected=_NAMES, received=received, fix=FRESH_COPY)
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name in ARRAY_NAMES:
        info, where = members[name], f"{name} of {path}"
        if info.flag_bits & 1:
            raise DatasetFormatError(f"{where} is encrypted", fix=FRESH_COPY)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            received = f"zip method {info.compress_type}"
            raise DatasetFormatError(f"{where} is compressed in an unknown way", received=received, fix=FRESH_COPY)
        check_size(info.file_size, where)
        with archive.open(info) as member:
            _check_header(member, info.file_size, where)
        with archive.open(info) as member:
            arrays[name] = np.lib.format.read_array(member, allow_pickle=False)
    return arrays


def _check_header(member: IO[bytes], size: int, where: str) -> None:
    """Compares the shape and type that an array claims with the bytes that are there."""
    expected = "an array of plain numbers, as numpy.savez writes it"
    try:
        version = np.lib.format.read_magic(member)
        shape, _, dtype = _HEADER_READERS[version](member)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise
    except Exception as error:  # numpy parses the header as Python source, which may fail in many ways
        raise DatasetFormatError(
            f"{where} is not an array", expected=expected, received=str(error), fix=FRESH_COPY
        ) from error
    if dtype.hasobject:
        raise DatasetFormatError(f"{where} holds objects", expected="plain arrays", fix=FRESH_COPY)
    claimed, present = math.prod(shape) * dtype.itemsize, size - member.tell()
    if claimed != present or min(shape, default=0) < 0:
        raise DatasetFormatError(
            f"{where} has another size than its header says",
            expected=f"{claimed:,} bytes for {dtype} {list(shape)}",
            received=f"{present:,} bytes",
            fix=FRESH_COPY,
        )
