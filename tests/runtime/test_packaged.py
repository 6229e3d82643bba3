from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mnist_edge.errors import ModelError, ModelFormatError, ModelNotFoundError
from mnist_edge.runtime import packaged
from mnist_edge.runtime.onnx_file import read_header
from mnist_edge.runtime.packaged import DEFAULT_MODEL, MODELS_FOLDER, packaged_models, read_model
from mnist_edge.runtime.session import Engine


def test_the_default_model_is_in_the_package() -> None:
    assert DEFAULT_MODEL in packaged_models()
    assert read_model(None) == read_model(DEFAULT_MODEL)


@pytest.mark.parametrize("name", packaged_models())
def test_card_and_file_belong_together(name: str) -> None:
    card = Engine(name).card
    header = read_header((MODELS_FOLDER / f"{name}.onnx").read_bytes())
    assert hashlib.sha256(header.graph_bytes).hexdigest() == card.graph_sha256
    assert header.opsets == {"": card.opset}


@pytest.mark.parametrize("name", packaged_models())
def test_every_packaged_model_was_proven(name: str) -> None:
    card = Engine(name).card
    assert card.parity is not None
    assert (card.parity.images, card.parity.flips) == (10_000, 0)
    assert card.test is not None
    assert (card.test.dataset, card.test.total) == ("mnist", 10_000)
    assert card.training.data_sha256
    assert (MODELS_FOLDER / f"{name}.onnx").stat().st_size < 1_000_000


def test_a_file_is_preferred_to_a_packaged_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(DEFAULT_MODEL).write_bytes(b"mine")
    assert read_model(DEFAULT_MODEL) == (DEFAULT_MODEL, b"mine")


def test_bytes_are_taken_as_they_are() -> None:
    assert read_model(b"x") == ("<bytes>", b"x")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelNotFoundError, match=f"no model nothing.*{DEFAULT_MODEL}"):
        read_model("nothing")


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "MAX_MODEL_BYTES", 10)
    (tmp_path / "big.onnx").write_bytes(bytes(11))
    with pytest.raises(ModelFormatError, match="too large"):
        read_model(tmp_path / "big.onnx")


def test_an_endless_device_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "MAX_MODEL_BYTES", 1000)
    with pytest.raises(ModelFormatError, match="/dev/zero is too large"):
        read_model("/dev/zero")


@pytest.mark.parametrize("model", ["x" * 5000, "nul\0.onnx", "/proc/self/mem", "folder/file.onnx/inner", ""])
def test_a_path_that_cannot_be_opened_is_one_error(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file.onnx").touch()
    with pytest.raises(ModelError) as caught:
        read_model(model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("function", ["open", "is_file"])
def test_a_path_that_must_not_be_seen_is_one_error(monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    def refuse(path: Path, *args: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, function, refuse)
    with pytest.raises(ModelFormatError, match="secret cannot be read: Permission denied"):
        read_model("secret")
