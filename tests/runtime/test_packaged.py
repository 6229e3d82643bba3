from __future__ import annotations

from pathlib import Path

import pytest

from mnist_edge.errors import ModelError, ModelFormatError, ModelNotFoundError
from mnist_edge.runtime import packaged
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.packaged import DEFAULT_MODEL, MODELS_FOLDER, did_you_mean, packaged_models, read_model
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.session import Engine


def test_the_default_model_is_in_the_package() -> None:
    assert DEFAULT_MODEL in packaged_models()
    assert read_model(None) == read_model(DEFAULT_MODEL)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with three models of 30, 20 and 10 bytes; the default is that in the middle."""
    for size, name in enumerate(("tiny", DEFAULT_MODEL, "large"), start=1):
        (tmp_path / f"{name}.onnx").write_bytes(name.encode().ljust(10 * size))
    (tmp_path / "tiny.parity.json").touch()
    (tmp_path / "folder.onnx").mkdir()
    monkeypatch.setattr(packaged, "MODELS_FOLDER", tmp_path)
    return tmp_path


def test_the_default_comes_first_and_then_the_smallest(models: Path) -> None:
    assert packaged_models() == (DEFAULT_MODEL, "tiny", "large")
    (models / "tiny.onnx").write_bytes(bytes(31))
    assert packaged_models() == (DEFAULT_MODEL, "large", "tiny")
    (models / f"{DEFAULT_MODEL}.onnx").unlink()
    assert packaged_models() == ("large", "tiny")


def test_each_name_is_its_file(models: Path) -> None:
    for name in packaged_models():
        path, data = read_model(name)
        assert (path, data.strip()) == (str(models / f"{name}.onnx"), name.encode())


@pytest.mark.parametrize(
    ("asked", "meant"), [("tyni.onnx", "tiny"), ("TINY", "tiny"), ("larg.onnx", "large"), ("models/tiny.onnx", "tiny")]
)
def test_a_name_that_is_nearly_right_is_asked_back(asked: str, meant: str, models: Path) -> None:
    expected = rf"^There is no model {asked} \(did you mean {meant}\?\)\. Expected: .*: {DEFAULT_MODEL}, tiny, large\."
    with pytest.raises(ModelNotFoundError, match=expected):
        read_model(asked)
    assert did_you_mean("lenet") == ""


@pytest.mark.parametrize("name", packaged_models())
def test_a_packaged_model_is_loaded_by_its_name(name: str) -> None:
    assert Engine(name).name == str(MODELS_FOLDER / f"{name}.onnx")
    assert DigitClassifier(name).classify(draw_digit(4)).digit == 4


def test_a_file_is_preferred_to_a_packaged_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(DEFAULT_MODEL).write_bytes(b"mine")
    assert read_model(DEFAULT_MODEL) == (DEFAULT_MODEL, b"mine")


@pytest.mark.parametrize("asked", [None, DEFAULT_MODEL])
def test_a_folder_such_as_a_run_hides_no_packaged_model(
    asked: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(DEFAULT_MODEL).mkdir()
    assert read_model(asked)[0] == str(MODELS_FOLDER / f"{DEFAULT_MODEL}.onnx")
    with pytest.raises(ModelFormatError, match="is a folder"):
        read_model(f"./{DEFAULT_MODEL}")


def test_without_a_name_no_file_stands_in_for_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(DEFAULT_MODEL).write_bytes(b"mine")
    assert read_model(None)[0] == str(MODELS_FOLDER / f"{DEFAULT_MODEL}.onnx")


def test_an_empty_name_is_no_name() -> None:
    with pytest.raises(ModelNotFoundError, match=r"no model \(no name\)"):
        read_model("")


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
