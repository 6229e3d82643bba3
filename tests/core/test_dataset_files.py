from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset_files import IDX_STEMS, read_dataset, read_idx
from mnist_edge.dataset_npz import ARRAY_NAMES
from mnist_edge.errors import DatasetFormatError

Arrays = dict[str, np.ndarray]
Idx = Callable[[np.ndarray], bytes]


def write_folder(folder: Path, arrays: Arrays, idx: Idx, *, style: int = 0, compress: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        data = idx(array)
        target = folder / (IDX_STEMS[name][style] + (".gz" if compress else ""))
        target.write_bytes(gzip.compress(data) if compress else data)
    return folder


@pytest.mark.parametrize("style", [0, 1])
@pytest.mark.parametrize("compress", [False, True])
def test_a_folder_of_idx_files(tmp_path: Path, small_arrays: Arrays, idx: Idx, style: int, compress: bool) -> None:
    read = read_dataset(write_folder(tmp_path, small_arrays, idx, style=style, compress=compress))
    for name in ARRAY_NAMES:
        np.testing.assert_array_equal(read[name], small_arrays[name])


def test_an_npz_file_with_labels_of_another_integer_type(tmp_path: Path, small_arrays: Arrays) -> None:
    small_arrays["y_train"] = small_arrays["y_train"].astype(np.int64)
    np.savez(tmp_path / "mnist.npz", **small_arrays)
    read = read_dataset(tmp_path / "mnist.npz")
    assert read["y_train"].dtype == np.uint8
    np.testing.assert_array_equal(read["y_train"], small_arrays["y_train"])


GOOD = b"\0\0\x08\x03" + struct.pack(">3I", 2, 28, 28) + bytes(2 * 28 * 28)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an IDX file.*an empty file"),
        (b"\x89PNG\r\n", "not an IDX file.*89 50 4e 47"),
        (b"\0\0\x0d\x03" + bytes(12), "not an IDX file of bytes"),
        (GOOD[:-1], "is truncated.*1584 bytes.*1583 bytes"),
        (GOOD[:6], "is truncated"),
        (GOOD + b"x", "bytes after its end"),
        (gzip.compress(GOOD + bytes(10**7)), "bytes after its end.*at least 1585 bytes"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "is too large"),
        (b"\0\0\x08\x64" + bytes(400), "neither labels nor pictures.*100 dimensions"),
        (b"\0\0\x08\0", "neither labels nor pictures.*0 dimensions"),
        (gzip.compress(GOOD)[:-9], "damaged gzip"),
        (gzip.compress(GOOD)[:20] + b"xxxx" + gzip.compress(GOOD)[24:], "damaged gzip"),
    ],
)
def test_a_bad_idx_file_is_refused_with_its_own_sentence(data: bytes, words: str) -> None:
    with pytest.raises(DatasetFormatError, match=words):
        read_idx(data, "file")


def test_a_folder_that_lacks_a_file(tmp_path: Path, small_arrays: Arrays, idx: Idx) -> None:
    write_folder(tmp_path, small_arrays, idx)
    (tmp_path / IDX_STEMS["y_test"][0]).unlink()
    with pytest.raises(DatasetFormatError, match="has no file t10k-labels"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "npz"), (b"PK\x03\x04rest", "truncated or damaged"), (b"garbage" * 9, "not an .npz file")],
)
def test_a_file_that_is_no_npz(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(DatasetFormatError, match=words):
        read_dataset(tmp_path / "x.npz")


def test_a_truncated_npz(tmp_path: Path, small_arrays: Arrays) -> None:
    np.savez(tmp_path / "x.npz", **small_arrays)
    data = (tmp_path / "x.npz").read_bytes()
    (tmp_path / "x.npz").write_bytes(data[: len(data) // 2])
    with pytest.raises(DatasetFormatError, match="truncated or damaged"):
        read_dataset(tmp_path / "x.npz")


def test_a_damaged_member_of_an_npz(tmp_path: Path, small_arrays: Arrays) -> None:
    np.savez(tmp_path / "x.npz", **small_arrays)
    data = bytearray((tmp_path / "x.npz").read_bytes())
    data[2_000] ^= 0xFF
    (tmp_path / "x.npz").write_bytes(bytes(data))
    with pytest.raises(DatasetFormatError, match="truncated or damaged"):
        read_dataset(tmp_path / "x.npz")


def test_objects_in_an_npz_are_never_unpickled(tmp_path: Path, small_arrays: Arrays) -> None:
    np.savez(tmp_path / "x.npz", **{**small_arrays, "x_train": np.array([{}], dtype=object)})
    with pytest.raises(DatasetFormatError, match="plain arrays"):
        read_dataset(tmp_path / "x.npz")


def _npy(header: str) -> bytes:
    padded = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode()


PROMISE = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 28, 28), }"


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (b"no array", "x_train of .* is not an array"),
        (b"", "x_train of .* is not an array"),
        (_npy("(" * 100), "is not an array"),
        (_npy("{'descr': '|u1'}"), "is not an array"),
        (b"\x93NUMPY\x09\x00" + bytes(200), "is not an array"),
        (_npy(PROMISE), "another size than its header says.*784,000,000,000 bytes.*0 bytes"),
        (_npy(PROMISE.replace("1000000000", "-1")), "another size than its header says"),
        (_npy(PROMISE) + b"x", "another size than its header says.*1 bytes"),
    ],
)
def test_a_member_that_is_not_what_it_claims(tmp_path: Path, small_arrays: Arrays, member: bytes, words: str) -> None:
    file = tmp_path / "x.npz"
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in small_arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array)
            archive.writestr(f"{name}.npy", member if name == "x_train" else buffer.getvalue())
    with pytest.raises(DatasetFormatError, match=words) as caught:
        read_dataset(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("offset", "value", "words"),
    [(8, b"\1\0", "is encrypted"), (10, b"\x63\0", "unknown way.*zip method 99"), (24, b"\xfe\xff\xff\xff", "too large")],
)
def test_a_directory_of_an_npz_that_claims_more(
    tmp_path: Path, small_arrays: Arrays, offset: int, value: bytes, words: str
) -> None:
    np.savez(tmp_path / "x.npz", **small_arrays)
    data = bytearray((tmp_path / "x.npz").read_bytes())
    at = data.index(b"PK\x01\x02") + offset  # flags, method and size of the first member, in the archive's directory
    data[at : at + len(value)] = value
    (tmp_path / "x.npz").write_bytes(bytes(data))
    with pytest.raises(DatasetFormatError, match=words):
        read_dataset(tmp_path / "x.npz")


def test_a_path_that_cannot_be_looked_at() -> None:
    with pytest.raises(DatasetFormatError, match="cannot be read: File name too long"):
        read_dataset(Path("x" * 300))


def test_a_single_array(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(3))
    with pytest.raises(DatasetFormatError, match="a single array"):
        read_dataset(tmp_path / "x.npy")


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(DatasetFormatError, match="There is no data at"):
        read_dataset(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("x_train", np.zeros((20, 32, 32), np.uint8), r"train images .* wrong shape.*\[20, 32, 32\]"),
        ("x_test", np.zeros((10, 28, 28), np.float32), "test images .* wrong shape or type.*float32"),
        ("y_train", np.zeros((20, 10), np.uint8), "train labels .* wrong shape"),
        ("y_test", np.zeros(10), "test labels .* wrong shape or type.*float64"),
        ("y_test", np.zeros(9, np.uint8), "10 images, 9 labels"),
        ("y_train", np.full(20, 10), "train labels .* out of range.*10 to 10"),
        ("y_train", np.full(20, -1), "out of range.*-1"),
        ("y_train", np.full(20, 256), "out of range.*256"),
    ],
)
def test_other_contents_are_refused(tmp_path: Path, small_arrays: Arrays, name: str, value: np.ndarray, words: str) -> None:
    np.savez(tmp_path / "x.npz", **{**small_arrays, name: value})
    with pytest.raises(DatasetFormatError, match=words):
        read_dataset(tmp_path / "x.npz")


def test_an_empty_part_is_refused(tmp_path: Path, small_arrays: Arrays) -> None:
    small_arrays |= {"x_test": np.zeros((0, 28, 28), np.uint8), "y_test": np.zeros(0, np.uint8)}
    np.savez(tmp_path / "x.npz", **small_arrays)
    with pytest.raises(DatasetFormatError, match="at least one"):
        read_dataset(tmp_path / "x.npz")
