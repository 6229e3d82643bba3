"""Exports of reduced precision from end to end, with a stand-in for the Keras process."""

from __future__ import annotations

import dataclasses
import json
import os

import numpy as np
import pytest
from small_networks import small_model

from mnist_edge.errors import OptionError, ParityError, PrecisionError
from mnist_edge.export.inspection import inspect_model
from mnist_edge.export.keras_process import KerasAnswer
from mnist_edge.export.layer_outputs import OnnxLayers
from mnist_edge.export.layers import tensor_values
from mnist_edge.export.pipeline import export_model, rejected_path
from mnist_edge.export.quantization import reduce, verdict
from mnist_edge.export.quantization.presets import METHODS, ReductionOptions, own_target
from mnist_edge.export.quantization.verify import verify_reduced
from mnist_edge.runtime.session import Engine


@pytest.fixture
def keras(tmp_path, monkeypatch):
    """Stands for a Keras model with the small network's weights."""
    model = small_model()

    def ask(path, images, *, probe=None, convert=None):
        outputs = tensor_values(model, ["logits", "probabilities"], images)
        layers = {}
        if probe is not None:
            names = ["conv1", "conv2", "pool2", "probabilities"]
            inside = tensor_values(model, names, probe)
            layers = {name: value.transpose(0, 2, 3, 1) if value.ndim == 4 else value for name, value in inside.items()}
            layers["output"] = layers.pop("probabilities")
        data = model.SerializeToString() if convert else b""
        return KerasAnswer("small", 1, {"keras": "3"}, outputs["logits"], outputs["probabilities"], layers, data)

    for module in ("pipeline", "parity", "departure", "quantization.verify"):
        monkeypatch.setattr(f"mnist_edge.export.{module}.ask_keras", ask)
    monkeypatch.setattr(verdict, "ROUNDS", 3)
    monkeypatch.setattr(verdict, "SECONDS", 0.002)
    path = tmp_path / "in" / "model.keras"
    path.parent.mkdir()
    path.write_bytes(b"stands for a Keras model")
    return path


def options(**changes) -> ReductionOptions:
    short = ReductionOptions(layers="conv2,output", calibration_digits=200, bias_correction=False, max_drop=5.0)
    return dataclasses.replace(short, **changes)


def test_an_int8_export_is_written_with_what_was_found(tmp_path, keras, blobs):
    said = []
    result = export_model(keras, tmp_path / "m.onnx", blobs, reduction=options(), notify=said.append)
    engine = Engine(result.path)
    precision = engine.card.precision
    assert (precision.name, precision.weights, precision.target) == ("int8", "int8", own_target())
    assert precision.int8_layers == ("conv2", "output")
    assert precision.float_layers == ("conv1",)
    assert (precision.calibration, precision.calibration_digits) == ("minmax", 200)
    assert (precision.images, precision.float_correct) == (40, 39)
    assert precision.verdict == result.reduced.machine.sentence
    assert engine.card.parity.flips == 0
    assert engine.card.test.total == 50
    logits = engine.infer(engine.encode(blobs.x_test))[0]
    assert engine.card.test.correct == int((logits.argmax(1) == blobs.y_test).sum())
    assert result.path.stat().st_size < 0.7 * tmp_size(tmp_path, keras, blobs)
    report = json.loads(result.report.read_text())
    assert report["passed"] is True
    assert report["graph_sha256"] == engine.card.graph_sha256
    assert report["precision"]["gate"]["images"] == 40
    assert report["precision"]["machine"]["sentence"] == precision.verdict
    assert report["precision"]["verdict"] == precision.verdict
    assert len(report["runs"]) == 8
    assert any("200 training digits" in line for line in said)


def tmp_size(folder, keras, blobs) -> int:
    return export_model(keras, folder / "float.onnx", blobs).size_bytes


def test_the_card_counts_the_digits_that_there_were(tmp_path, keras, blobs):
    chosen = options(layers="output", calibration_digits=5000)
    assert export_model(keras, tmp_path / "m.onnx", blobs, reduction=chosen).card.precision.calibration_digits == 360


def test_an_fp16_export_has_float_arithmetic(tmp_path, keras, blobs):
    result = export_model(keras, tmp_path / "m.onnx", blobs, reduction=options(precision="fp16", layers="auto"))
    precision = result.card.precision
    assert (precision.name, precision.weights, precision.activations) == ("fp16", "float16", "float32")
    assert (precision.int8_layers, precision.calibration, precision.target) == ((), "", "")
    assert precision.float_layers == ("conv1", "conv2", "output")
    assert 0 < precision.max_logit_difference < 0.05
    assert result.reduced.choice is None


def test_layers_are_chosen_by_measurement_and_the_choice_is_told(tmp_path, keras, blobs, monkeypatch):
    asked = []

    def choose(model, layers, build, passes, images, *, notify):
        asked.append((layers, passes(build(("conv2",))), images.dtype, notify))
        return reduce.Choice(("conv2",), (), 7)

    monkeypatch.setattr(reduce, "choose_layers", choose)
    result = export_model(keras, tmp_path / "m.onnx", blobs, reduction=options(layers="auto"))
    assert result.card.precision.int8_layers == ("conv2",)
    assert result.reduced.to_dict()["choice"] == {"layers": ("conv2",), "tried": (), "looked_at": 7}
    assert asked[0][:3] == (("conv1", "conv2", "output"), True, np.uint8)
    other = next(target for target in ("x86", "arm") if target != own_target())
    result = export_model(keras, tmp_path / "m.onnx", blobs, reduction=options(layers="auto", target=other))
    assert len(asked) == 1
    assert result.card.precision.int8_layers == ("conv2",)  # neither the first layer nor the last
    assert result.card.precision.target == other
    assert "another kind of processor" in result.card.precision.verdict


@pytest.mark.parametrize(
    ("layers", "expected"), [("all", ("conv1", "conv2", "output")), ("none", ()), ("conv1", ("conv1",))]
)
def test_layers_can_be_named(tmp_path, keras, blobs, layers, expected):
    assert (
        export_model(keras, tmp_path / "m.onnx", blobs, reduction=options(layers=layers)).card.precision.int8_layers
        == expected
    )


def test_a_miss_is_kept_only_as_rejected_and_exits_3(tmp_path, keras, blobs, monkeypatch):
    target = tmp_path / "out" / "m.onnx"
    export_model(keras, target, blobs)
    good = {path.name: path.read_bytes() for path in target.parent.iterdir()}
    monkeypatch.setattr(reduce, "find_range", lambda histogram, method: (0.0, 0.01))
    with pytest.raises(PrecisionError, match=r"fewer of 40 validation digits right .* where 0.5 are allowed") as caught:
        export_model(keras, target, blobs, reduction=options(max_drop=0.5))
    assert caught.value.exit_code == 3
    assert str(rejected_path(target)) in str(caught.value)
    assert {name: (target.parent / name).read_bytes() for name in good} == good
    assert sorted(os.listdir(target.parent)) == ["m.onnx", "m.parity.json", "m.rejected.onnx", "m.rejected.parity.json"]
    report = json.loads((target.parent / "m.rejected.parity.json").read_text())
    assert report["passed"] is False
    flip = report["precision"]["gate"]["flips"][0]
    assert set(flip) == {"index", "label", "float_answer", "answer", "float_confidence", "confidence"}
    assert flip["index"] >= 360
    assert report["precision"]["machine"] is None


def test_the_float_gate_comes_first(tmp_path, keras, blobs, monkeypatch):
    import mnist_edge.export.pipeline as pipeline

    ask = pipeline.ask_keras
    monkeypatch.setattr(
        pipeline, "ask_keras", lambda *a, **k: dataclasses.replace(ask(*a, **k), logits=ask(*a, **k).logits + np.float32(1))
    )
    with pytest.raises(ParityError):
        export_model(keras, tmp_path / "m.onnx", blobs, reduction=options())


def test_verify_judges_by_the_gate_of_its_own(tmp_path, keras, blobs):
    path = export_model(keras, tmp_path / "m.onnx", blobs, reduction=options()).path
    card = Engine(path).card
    found = verify_reduced(path, keras, blobs, max_drop=5.0)
    assert found.passed
    assert found.runs[0].flips == card.precision.flips
    assert found.runs[0].max_logit_difference == pytest.approx(card.precision.max_logit_difference, abs=1e-3)


def test_a_fixed_batch_and_a_float_input(tmp_path, keras, blobs, monkeypatch):
    import mnist_edge.export.pipeline as pipeline

    ask = pipeline.ask_keras
    fixed = small_model(batch=3).SerializeToString()
    monkeypatch.setattr(pipeline, "ask_keras", lambda *a, **k: dataclasses.replace(ask(*a, **k), onnx=fixed))
    from mnist_edge.export.options import ExportOptions

    monkeypatch.setattr("mnist_edge.export.quantization.layer_choice._FIRST_LOOK", (2, 0.001))
    monkeypatch.setattr("mnist_edge.export.quantization.layer_choice._LAST_LOOK", (3, 0.001))
    chosen = options(layers="auto")
    result = export_model(keras, tmp_path / "m.onnx", blobs, ExportOptions(batch=3), reduction=chosen)
    assert Engine(result.path).batch == 3
    assert result.reduced.choice.looked_at >= 7


@pytest.mark.parametrize("method", METHODS)
def test_each_calibration_and_the_correction_of_biases_reach_the_card(tmp_path, keras, blobs, method):
    chosen = options(calibration=method, bias_correction=True, max_drop=20.0)
    precision = export_model(keras, tmp_path / "m.onnx", blobs, reduction=chosen).card.precision
    assert (precision.calibration, precision.bias_corrected) == (method, True)


def test_the_file_can_be_looked_into_by_the_names_of_its_layers(tmp_path, keras, blobs):
    plain = OnnxLayers(export_model(keras, tmp_path / "float.onnx", blobs).path)
    path = export_model(keras, tmp_path / "m.onnx", blobs, reduction=options()).path
    reduced = OnnxLayers(path)
    assert reduced.names == plain.names
    assert reduced.conv_layers == plain.conv_layers
    images = blobs.x_test[:9]
    for layer in plain.names:
        expected, found = (each.outputs(images, [layer])[layer] for each in (plain, reduced))
        assert np.abs(found - expected).mean() < 0.02 * np.abs(expected).max()
    for layer in plain.conv_layers:
        expected, found = (each.kernels(layer) for each in (plain, reduced))
        assert np.abs(found - expected).max() < 0.01 * np.abs(expected).max()
    rounded = {"Relu", "Softmax"}  # rounding does the work of some of them
    tables = (
        [(row.kind, row.parameters, row.multiply_adds) for row in model.table() if row.kind not in rounded]
        for model in (plain, reduced)
    )
    assert next(tables) == next(tables)
    one, other = inspect_model(tmp_path / "float.onnx"), inspect_model(path)
    assert (other.parameters, other.multiply_adds, other.card_fits) == (one.parameters, one.multiply_adds, True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"precision": "int4"}, "Unknown reduced precision"),
        ({"target": "mips"}, "Unknown target"),
        ({"calibration": "guess"}, "Unknown calibration"),
        ({"calibration_digits": 0}, "calibration digits is out of range"),
        ({"max_drop": -0.1}, "drop is out of range"),
        ({"layers": " , "}, "No layer is named"),
    ],
)
def test_options_out_of_range_are_refused(changes, problem):
    with pytest.raises(OptionError, match=problem):
        options(**changes)


def test_a_layer_that_there_is_not_is_named(tmp_path, keras, blobs):
    with pytest.raises(OptionError, match=r"no layer conv9 .* some of: conv1, conv2, output"):
        export_model(keras, tmp_path / "m.onnx", blobs, reduction=options(layers="conv9"))
