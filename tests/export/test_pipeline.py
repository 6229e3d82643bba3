"""The export from end to end with a stand-in for the Keras process."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import KerasModelError, OptionError, OutputError, ParityError
from mnist_edge.export.options import ExportOptions
from mnist_edge.export.pipeline import check_writable, export_model, rejected_path, report_path
from mnist_edge.export.signature import graph_hash, read_onnx
from mnist_edge.runtime.session import Engine


@pytest.fixture
def dataset(gate_inputs, ask_toy):
    images = gate_inputs.images[:40, ..., 0]
    labels = ask_toy(None, gate_inputs.images[:40]).logits.argmax(1).astype(np.uint8)
    labels[0] = (labels[0] + 1) % 10
    return Dataset(images, labels, images, labels, "custom", "here", "abc")


@pytest.fixture
def keras(tmp_path):
    path = tmp_path / "in" / "model.keras"
    path.parent.mkdir()
    path.write_bytes(b"stands for a Keras model")
    return path


@pytest.fixture
def convert(monkeypatch, ask_toy, toy):
    """Makes the Keras process answer with a conversion, right unless it is edited."""
    model = toy

    def ask(path, images, *, probe=None, convert=None):
        return dataclasses.replace(ask_toy(path, images, probe=probe), onnx=model.SerializeToString())

    monkeypatch.setattr("mnist_edge.export.pipeline.ask_keras", ask)
    return model


def test_a_good_model_is_written_with_its_card_and_report(tmp_path, keras, dataset, convert):
    said = []
    result = export_model(keras, tmp_path / "out" / "m.onnx", dataset, notify=said.append)
    assert sorted(os.listdir(tmp_path / "out")) == ["m.onnx", "m.parity.json"]
    assert result.path.stat().st_size == result.size_bytes
    card = Engine(result.path).card
    assert card == result.card
    assert (card.name, card.architecture, card.parameters) == ("model", "custom", 1554)
    assert (card.test.correct, card.test.total, card.test.dataset) == (39, 40, "custom")
    assert card.parity.flips == 0
    assert card.layers == {
        "conv1": "conv1",
        "flatten": "flatten",
        "output": "probabilities",
    }
    assert graph_hash(read_onnx(result.path)[1]) == card.graph_sha256
    report = json.loads(result.report.read_text())
    assert report["passed"] is True
    assert report["graph_sha256"] == card.graph_sha256
    assert len(report["runs"]) == 8
    assert said[0].startswith("Converting")
    assert any("not MNIST" in note for note in result.notes)


def test_the_card_takes_architecture_and_name_from_the_run(tmp_path, keras, dataset, convert):
    (keras.parent / "config.json").write_text('{"arch": "simple_cnn", "recipe": "tutorial", "seed": 7}')
    (keras.parent / "metrics.json").write_text("{}")
    card = export_model(keras.parent, tmp_path / "m.onnx", dataset).card
    assert (card.name, card.architecture, card.training.seed) == ("simple_cnn", "simple_cnn", 7)
    assert export_model(keras, tmp_path / "m.onnx", dataset, ExportOptions(name="mine")).card.name == "mine"


def test_the_same_export_gives_the_same_file(tmp_path, keras, dataset, convert, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    first = export_model(keras, tmp_path / "a.onnx", dataset).path.read_bytes()
    assert export_model(keras, tmp_path / "b.onnx", dataset).path.read_bytes() == first


def test_a_miss_is_kept_only_as_rejected_and_a_good_file_stays(tmp_path, keras, dataset, convert, edit_weight):
    target = tmp_path / "out" / "m.onnx"
    export_model(keras, target, dataset)
    good = {path.name: path.read_bytes() for path in target.parent.iterdir()}
    edit_weight(convert, "conv1/kernel", lambda value: value * np.float32(1.5))
    with pytest.raises(ParityError, match=r"the first layer that departs is conv1") as caught:
        export_model(keras, target, dataset)
    assert {name: (target.parent / name).read_bytes() for name in good} == good
    assert sorted(os.listdir(target.parent)) == ["m.onnx", "m.parity.json", "m.rejected.onnx", "m.rejected.parity.json"]
    report = json.loads((target.parent / "m.rejected.parity.json").read_text())
    assert report["passed"] is False
    assert report["worst"]
    assert str(rejected_path(target)) in str(caught.value)


def test_a_disk_that_fills_up_leaves_no_new_model_beside_an_old_proof(tmp_path, keras, dataset, convert, monkeypatch):
    def full(*args):
        raise OutputError("Cannot write: no space is left")

    target = tmp_path / "m.onnx"
    export_model(keras, target, dataset)
    before = target.read_bytes()
    monkeypatch.setattr("mnist_edge.export.pipeline.write_json", full)
    with pytest.raises(OutputError):
        export_model(keras, target, dataset, ExportOptions(name="new"))
    assert target.read_bytes() == before


def test_passing_removes_what_an_earlier_attempt_rejected(tmp_path, keras, dataset, convert):
    target = tmp_path / "m.onnx"
    for stale in (rejected_path(target), report_path(rejected_path(target))):
        stale.write_text("old")
    export_model(keras, target, dataset)
    assert not list(tmp_path.glob("*rejected*"))


def test_guessing_models_get_a_note(tmp_path, keras, dataset, convert):
    wrong = dataclasses.replace(dataset, y_test=(dataset.y_test + 1) % 10)
    notes = export_model(keras, tmp_path / "m.onnx", wrong).notes
    assert any("was it trained?" in note for note in notes)


def test_ctrl_c_in_the_gate_leaves_nothing(tmp_path, keras, dataset, convert, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("mnist_edge.export.pipeline.run_gate", interrupt)
    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        export_model(keras, tmp_path / "out" / "m.onnx", dataset)
    assert not list((tmp_path / "out").iterdir())


def test_outputs_and_sources_that_cannot_be_are_refused_before_any_work(tmp_path, keras, dataset, monkeypatch):
    monkeypatch.setattr("mnist_edge.export.pipeline.ask_keras", None)
    with pytest.raises(OptionError, match=r"ends in .onnx"):
        export_model(keras, tmp_path / "m.tflite", dataset)
    with pytest.raises(KerasModelError, match="no Keras model"):
        export_model(tmp_path / "absent.keras", tmp_path / "m.onnx", dataset)
    with pytest.raises(OutputError, match="a part of the path is a file"):
        export_model(keras, keras / "m.onnx", dataset)
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        export_model(keras, tmp_path / "folder.onnx", dataset)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.ENOSPC, "no space is left"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission was denied"),
        (errno.EDQUOT, "quota"),
    ],
)
def test_a_full_or_read_only_disk_is_found_before_the_work(tmp_path, monkeypatch, code, message):
    def fail(self, data):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OutputError, match=message):
        check_writable(tmp_path / "new" / "m.onnx", 1000)
    assert not list(tmp_path.iterdir())


def test_the_trial_leaves_no_file_and_no_folder(tmp_path):
    check_writable(tmp_path / "new" / "deep" / "m.onnx", 1000)
    assert not list(tmp_path.iterdir())
