from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from mnist_edge import dataset
from mnist_edge.dataset import Dataset, array_hashes, load_dataset
from mnist_edge.errors import DatasetFormatError, DatasetHashError, DatasetUnavailableError, OutputError

Arrays = dict[str, np.ndarray]


@pytest.fixture
def as_mnist(monkeypatch: pytest.MonkeyPatch, small_arrays: Arrays) -> Arrays:
    """Small arrays that pass for MNIST."""
    monkeypatch.setattr(dataset, "MNIST_SHA256", array_hashes(small_arrays))
    return small_arrays


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise DatasetUnavailableError("offline")

    monkeypatch.setattr("mnist_edge.dataset_download.download_arrays", refuse)


def save(path: Path, arrays: Arrays) -> Path:
    path.parent.mkdir(exist_ok=True)
    np.savez(path, **arrays)
    return path


def test_data_at_a_path(no_local_data: Path, tmp_path: Path, as_mnist: Arrays) -> None:
    read = load_dataset(save(tmp_path / "m.npz", as_mnist))
    assert (read.name, read.origin) == ("mnist", str(tmp_path / "m.npz"))
    np.testing.assert_array_equal(read.x_test, as_mnist["x_test"])


def test_data_named_by_the_variable(
    no_local_data: Path, tmp_path: Path, as_mnist: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_EDGE_DATA", str(save(tmp_path / "m.npz", as_mnist)))
    assert load_dataset().name == "mnist"


def test_other_data_is_refused_unless_it_is_allowed(no_local_data: Path, tmp_path: Path, small_arrays: Arrays) -> None:
    path = save(tmp_path / "mine.npz", small_arrays)
    with pytest.raises(
        DatasetHashError, match=r"well-formed, but it is not MNIST.*20 training and 10 test.*--allow-any-data"
    ):
        load_dataset(path)
    assert load_dataset(path, allow_any=True).name == "custom"


def test_one_changed_pixel_is_noticed(no_local_data: Path, tmp_path: Path, as_mnist: Arrays) -> None:
    as_mnist["x_test"][3, 4, 5] ^= 1
    with pytest.raises(DatasetHashError):
        load_dataset(save(tmp_path / "m.npz", as_mnist))


def test_the_common_hash_depends_on_every_array(small_arrays: Arrays) -> None:
    seen = {Dataset.from_arrays(small_arrays, "").sha256}
    for name in small_arrays:
        changed = {**small_arrays, name: (small_arrays[name] + 1) % 10}
        seen.add(Dataset.from_arrays(changed, "").sha256)
    assert len(seen) == 5


def test_array_hashes_are_of_the_raw_bytes(small_arrays: Arrays) -> None:
    assert array_hashes(small_arrays)["x_test"] == hashlib.sha256(small_arrays["x_test"].tobytes()).hexdigest()


def test_the_cache_is_used(no_local_data: Path, as_mnist: Arrays, offline: None) -> None:
    save(no_local_data / "mnist.npz", as_mnist)
    assert load_dataset().origin == str(no_local_data / "mnist.npz")


@pytest.mark.parametrize("damage", ["garbage", "other data"])
def test_a_damaged_cache_is_never_used(no_local_data: Path, as_mnist: Arrays, offline: None, damage: str) -> None:
    path = save(no_local_data / "mnist.npz", {**as_mnist, "y_test": as_mnist["y_test"][::-1].copy()})
    if damage == "garbage":
        path.write_bytes(b"PK garbage")
    with pytest.raises(DatasetUnavailableError):
        load_dataset()


def test_no_download_when_it_is_not_wanted(no_local_data: Path) -> None:
    with pytest.raises(DatasetUnavailableError, match="Fetch it with: mnist-edge data"):
        load_dataset(download=False)


def test_a_download_lands_in_the_cache(no_local_data: Path, as_mnist: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_edge.dataset_download.download_arrays", lambda *_, **__: (as_mnist, "a mirror"))
    assert load_dataset().origin.endswith("(from a mirror)")
    assert [path.name for path in no_local_data.iterdir()] == ["mnist.npz"]
    np.testing.assert_array_equal(load_dataset(download=False).x_train, as_mnist["x_train"])


def test_a_cache_that_cannot_be_written(as_mnist: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.delenv("MNIST_EDGE_DATA", raising=False)
    monkeypatch.setenv("MNIST_EDGE_CACHE", str(tmp_path / "file" / "cache"))
    asked: list[object] = []
    monkeypatch.setattr("mnist_edge.dataset_download.download_arrays", lambda *_, **__: asked.append(1))
    with pytest.raises(OutputError, match=r"Cannot write.*MNIST_EDGE_CACHE"):
        load_dataset()
    assert not asked


def test_a_failed_download_leaves_no_file(no_local_data: Path, offline: None) -> None:
    with pytest.raises(DatasetUnavailableError, match="offline"):
        load_dataset()
    assert list(no_local_data.iterdir()) == []


def test_a_cache_that_cannot_be_looked_at_is_no_cache(no_local_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_EDGE_CACHE", "x" * 300)
    with pytest.raises(DatasetUnavailableError, match="no copy of MNIST"):
        load_dataset(download=False)


def test_a_bad_path_is_not_replaced_by_a_download(no_local_data: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetFormatError, match="There is no data at"):
        load_dataset(tmp_path / "typo.npz")
