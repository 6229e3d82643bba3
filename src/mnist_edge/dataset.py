"""The MNIST data: from a path, the cache, or a download, and always proven to be MNIST by its hashes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from mnist_edge.dataset_files import Arrays, UInt8Array, read_dataset
from mnist_edge.dataset_npz import ARRAY_NAMES
from mnist_edge.errors import DatasetError, DatasetHashError, DatasetUnavailableError, MissingExtraError, OutputError
from mnist_edge.files import atomic_path

# sha256 of the raw uint8 bytes of the arrays, whatever file they came in.
MNIST_SHA256: Final = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
DATA_VARIABLE: Final = "MNIST_EDGE_DATA"
CACHE_VARIABLE: Final = "MNIST_EDGE_CACHE"
CACHE_FILE: Final = "mnist.npz"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test pictures with their labels.

    Attributes:
        x_train: uint8 ``[n, 28, 28]``, 0 to 255, white ink on black.
        y_train: uint8 ``[n]``, 0 to 9.
        x_test: Like ``x_train``.
        y_test: Like ``y_train``.
        name: ``"mnist"`` if the hashes are MNIST's, else ``"custom"``.
        origin: Where it was read from.
        sha256: One hash over the four arrays' hashes.
    """

    x_train: UInt8Array
    y_train: UInt8Array
    x_test: UInt8Array
    y_test: UInt8Array
    name: str
    origin: str
    sha256: str

    @classmethod
    def from_arrays(cls, arrays: Arrays, origin: str) -> Dataset:
        """Names and hashes four arrays that :func:`~mnist_edge.dataset_files.read_dataset` has checked."""
        hashes = array_hashes(arrays)
        joined = hashlib.sha256("".join(hashes[name] for name in ARRAY_NAMES).encode()).hexdigest()
        return cls(**arrays, name="mnist" if hashes == MNIST_SHA256 else "custom", origin=origin, sha256=joined)


def array_hashes(arrays: Mapping[str, UInt8Array]) -> dict[str, str]:
    """The sha256 of each array's bytes."""
    return {name: hashlib.sha256(np.ascontiguousarray(arrays[name]).data).hexdigest() for name in ARRAY_NAMES}


def load_dataset(
    path: str | os.PathLike[str] | None = None,
    *,
    allow_any: bool = False,
    download: bool = True,
    show_progress: bool = False,
) -> Dataset:
    """Loads MNIST from ``path``, else ``MNIST_EDGE_DATA``, else the cache, else the first source that answers.

    Args:
        path: An ``.npz`` file in Keras's layout, or a folder with the four IDX files.
        allow_any: Accept data of the same layout that is not MNIST.
        download: Whether a download may be tried.
        show_progress: Draw a progress bar on stderr.

    Raises:
        DatasetFormatError: If the files at ``path`` cannot be used.
        DatasetHashError: If they are not MNIST and ``allow_any`` is not set.
        DatasetUnavailableError: If there is no local copy and no source answers.
        MissingExtraError: If a download is needed and the extra ``train`` is not installed.
        OutputError: If the cache cannot be written.
    """
    given = path or os.environ.get(DATA_VARIABLE)
    if given:
        return _checked(Dataset.from_arrays(read_dataset(Path(given)), str(given)), allow_any)
    cached = _from_cache()
    if cached is not None:
        return cached
    if not download:
        raise DatasetUnavailableError("There is no copy of MNIST on this machine", fix="Fetch it with: mnist-edge data")
    return _download(show_progress)


def cache_folder() -> Path:
    """The folder that keeps the data between runs: ``MNIST_EDGE_CACHE``, else where the system has caches.

    Raises:
        MissingExtraError: If the variable is not set and the extra ``train`` is not installed.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen)
    try:
        import platformdirs
    except ImportError as error:
        raise MissingExtraError("Keeping MNIST in a cache", extra="evaluate", module="platformdirs") from error
    return Path(platformdirs.user_cache_dir("mnist-edge"))


def _checked(dataset: Dataset, allow_any: bool) -> Dataset:
    if dataset.name == "mnist" or allow_any:
        return dataset
    raise DatasetHashError(
        f"The data at {dataset.origin} is well-formed, but it is not MNIST",
        expected="the published hashes of the four arrays",
        received=f"{len(dataset.x_train)} training and {len(dataset.x_test)} test pictures with other bytes",
        fix="Use --allow-any-data if this is on purpose",
    )


def _from_cache() -> Dataset | None:
    try:
        path = cache_folder() / CACHE_FILE
    except MissingExtraError:
        return None
    if not os.path.isfile(path):  # unlike Path.is_file, False where the folder may not be entered
        return None
    try:
        return _checked(Dataset.from_arrays(read_dataset(path), str(path)), allow_any=False)
    except DatasetError:
        # Ours to mend: a damaged copy is replaced by the download that follows, which is checked before it lands here.
        return None


def _download(show_progress: bool) -> Dataset:
    from mnist_edge.dataset_download import download_arrays

    path = cache_folder() / CACHE_FILE
    try:
        # Opened first: a cache that cannot be written is told before the download, not after it.
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            arrays, source = download_arrays(MNIST_SHA256, show_progress=show_progress)
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the names for its own options
    except OutputError as error:
        raise OutputError(str(error), fix=f"Or name another cache folder in {CACHE_VARIABLE}") from error
    return Dataset.from_arrays(arrays, f"{path} (from {source})")
