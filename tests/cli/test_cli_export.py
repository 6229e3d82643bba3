from __future__ import annotations

import json

import numpy as np
import pytest

from mnist_edge.keras_model import import_keras

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory):
    """The smallest classifier there is: Flatten and Dense."""
    keras = import_keras("The tests")
    keras.utils.set_random_seed(3)
    inputs = keras.Input((28, 28, 1))
    outputs = keras.layers.Dense(10, activation="softmax", name="output")(keras.layers.Flatten(name="flatten")(inputs))
    path = tmp_path_factory.mktemp("keras") / "tiny.keras"
    keras.Model(inputs, outputs).save(path)
    return path


@pytest.fixture
def data(tmp_path, small_arrays):
    path = tmp_path / "data.npz"
    np.savez(path, **small_arrays)
    return ("--data", path, "--allow-any-data")


def test_export_writes_model_and_report_and_says_what_it_proved(run_cli, keras_file, data, tmp_path):
    result = run_cli("export", keras_file, "-o", tmp_path / "out" / "m.onnx", *data)
    assert result.code == 0, result.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["m.onnx", "m.parity.json"]
    assert "parity    0 flips in 10 test and 881 corner inputs" in result.out
    assert "tiny: custom, 7,840 parameters, opset 17, input uint8 [batch, 28, 28, 1]" in result.out
    assert "of 10 custom test images" in result.out
    assert "Converting" in result.err
    assert "The test set is not MNIST; the card says so." in result.err
    assert run_cli("verify", tmp_path / "out" / "m.onnx", keras_file, *data).code == 0
    changed = tmp_path / "changed.onnx"
    changed.write_bytes((tmp_path / "out" / "m.onnx").read_bytes().replace(b"output/", b"outpux/"))
    refused = run_cli("verify", changed, keras_file, *data)
    assert refused.code == 3
    assert "the card belongs to another graph" in refused.err.splitlines()[-1]


def test_json_and_every_option_reach_the_card(run_cli, keras_file, data, tmp_path):
    options = ("--input-dtype", "float32", "--batch", "2", "--opset", "13", "--name", "mine", "--licence", "CC0-1.0")
    result = run_cli("export", keras_file, "-o", tmp_path / "m.onnx", "--json", "-q", *options, *data)
    assert result.code == 0, result.err
    assert result.err == ""
    answer = json.loads(result.out)
    card = answer["card"]
    assert card["input"]["dtype"] == "float32"
    assert card["input"]["shape"] == ["2", "28", "28", "1"]
    assert (card["opset"], card["name"], card["licence"]) == (13, "mine", "CC0-1.0")
    assert answer["parity"]["passed"] is True
    assert answer["size_bytes"] == (tmp_path / "m.onnx").stat().st_size


def test_an_unfinished_run_and_a_wrong_output_are_said_before_the_data_are_read(run_cli, keras_file, tmp_path):
    absent = ("--data", tmp_path / "absent.npz")
    assert "ends in .onnx" in run_cli("export", keras_file, "-o", tmp_path / "m.tflite", *absent).err
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.keras").write_bytes(keras_file.read_bytes())
    result = run_cli("export", tmp_path, "-o", tmp_path / "m.onnx", *absent)
    assert (result.code, result.out) == (1, "")
    assert f"mnist-edge train -o {tmp_path} --resume" in result.err


def test_bad_sources_are_one_line(run_cli, data, tmp_path):
    (tmp_path / "not.keras").write_text("hello")
    for source in ("absent.keras", "not.keras", "data.npz", "."):
        result = run_cli("export", tmp_path / source, "-o", tmp_path / "m.onnx", *data)
        assert result.code == 1
        assert result.err.splitlines()[-1].startswith("mnist-edge: ")
        assert "Traceback" not in result.err
        assert result.out == ""
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize("option", [("--opset", "12"), ("--opset", "19"), ("--batch", "0"), ("--input-dtype", "int8")])
def test_values_out_of_range_are_wrong_usage(run_cli, tmp_path, option):
    assert run_cli("export", tmp_path / "m.keras", *option).code == 2


def test_an_output_that_cannot_be_is_found_before_the_conversion(run_cli, keras_file, data, tmp_path):
    result = run_cli("export", keras_file, "-o", tmp_path / "data.npz" / "m.onnx", *data)
    assert result.code == 1
    assert "Converting" not in result.err
    assert "a part of the path is a file" in result.err
