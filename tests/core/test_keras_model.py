"""Reading .keras files: what is ours loads, everything else is one clear sentence."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import KerasModelError, MissingExtraError
from mnist_edge.keras_model import import_keras, load_keras_model, resolve_keras_path


@pytest.fixture(scope="module")
def keras() -> Any:
    return import_keras("This test")


def _save(keras: Any, path: Path, *layers: Any) -> Path:
    keras.Sequential(list(layers)).save(path)
    return path


def _digit_model(keras: Any, path: Path) -> Path:
    return _save(keras, path, keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax"))


def test_a_digit_model_loads_from_the_file_and_from_its_run_folder(keras: Any, tmp_path: Path) -> None:
    file = _digit_model(keras, tmp_path / "model.keras")
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    outputs = [load_keras_model(place)(images).numpy() for place in (file, tmp_path)]
    assert outputs[0].shape == (3, 10)
    np.testing.assert_array_equal(outputs[0], outputs[1])


def test_a_loaded_model_is_not_compiled(keras: Any, tmp_path: Path) -> None:
    assert not load_keras_model(_digit_model(keras, tmp_path / "model.keras")).compiled


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KerasModelError, match=r"There is no Keras model .*absent\.keras"):
        resolve_keras_path(tmp_path / "absent.keras")


def test_a_folder_without_a_model_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(KerasModelError, match=r"holds no model\.keras.*--resume"):
        resolve_keras_path(tmp_path)


def test_a_path_that_cannot_be_looked_at_is_one_sentence() -> None:
    with pytest.raises(KerasModelError, match=r"cannot be read.*File name too long"):
        resolve_keras_path("x" * 300)


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 but not a zip"])
def test_what_is_no_zip_archive_is_refused_without_keras(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.keras"
    file.write_bytes(content)
    with pytest.raises(KerasModelError, match=f"not a Keras model.*Received: {len(content)} bytes"):
        load_keras_model(file)


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.keras"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(KerasModelError, match=r"without config\.json"):
        load_keras_model(file)


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.h5"
    file.write_bytes(b"\x89HDF")
    with pytest.raises(KerasModelError, match=r"not named \*\.keras"):
        load_keras_model(file)


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _replace_member(file: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    members[name] = content
    with zipfile.ZipFile(file, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)


def _break_weights(file: Path) -> None:
    _replace_member(file, "model.weights.h5", b"no HDF5")


def _break_config(file: Path) -> None:
    _replace_member(file, "config.json", b"{")


def _ask_for_unknown_class(file: Path) -> None:
    config = {"module": "evil.module", "class_name": "Nothing", "config": {}, "registered_name": None}
    _replace_member(file, "config.json", json.dumps(config).encode())


@pytest.mark.parametrize("damage", [_truncate, _break_weights, _break_config, _ask_for_unknown_class])
def test_a_damaged_model_is_refused_in_one_line(keras: Any, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    file = _digit_model(keras, tmp_path / "model.keras")
    damage(file)
    with pytest.raises(KerasModelError) as raised:
        load_keras_model(file)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600


def test_code_stored_in_a_model_is_not_run(keras: Any, tmp_path: Path) -> None:
    file = tmp_path / "lambda.keras"
    layers = keras.layers
    _save(keras, file, keras.Input((28, 28, 1)), layers.Flatten(), layers.Lambda(lambda x: x[:, :10], output_shape=(10,)))
    with pytest.raises(KerasModelError, match="cannot be loaded by Keras"):
        load_keras_model(file)


@pytest.mark.parametrize(
    ("shape", "classes", "what"), [((32, 32, 3), 10, "input"), ((28, 28), 10, "input"), ((28, 28, 1), 26, "output")]
)
def test_other_shapes_are_refused(keras: Any, tmp_path: Path, shape: tuple[int, ...], classes: int, what: str) -> None:
    file = _save(keras, tmp_path / "m.keras", keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes))
    with pytest.raises(KerasModelError, match=f"another {what}.*Expected: one {what} of shape"):
        load_keras_model(file)


@pytest.mark.parametrize("absent", ["tensorflow", "keras"])
def test_a_missing_framework_is_one_sentence_with_the_install_line(monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(MissingExtraError, match=rf"Export needs the module {absent}.*pip install 'mnist-edge\[export\]'"):
        import_keras("Export", extra="export")


def test_importing_the_module_loads_no_framework() -> None:
    code = "import sys, mnist_edge.keras_model; print([m for m in ('keras', 'tensorflow', 'h5py') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_importing_keras_prints_nothing() -> None:
    code = "from mnist_edge.keras_model import import_keras; import_keras('This')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
