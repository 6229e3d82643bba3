from __future__ import annotations

import dataclasses
import importlib.metadata
import json

import pytest

from mnist_edge import __version__
from mnist_edge.contract import CARD_KEY, ModelCard, TrainingRecord
from mnist_edge.errors import KerasModelError, OptionError, RunError
from mnist_edge.export.card import RunRecord, build_card, creation_time, read_run, serialize
from mnist_edge.export.options import ExportOptions
from mnist_edge.export.signature import graph_hash, parse_onnx


@pytest.fixture
def run_folder(tmp_path):
    def write(**files):
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / f"{name}.json").write_text(text)
        return tmp_path / "model.keras"

    return write


CONFIG = {"arch": "simple_cnn", "recipe": "tutorial", "seed": 42, "epochs": 9, "drawn_share": 0.1}
METRICS = {"epochs": 5, "best_epoch": 3, "parameters": 93322, "validation": {"accuracy": 0.98}}
ENVIRONMENT = {"data": {"name": "mnist", "origin": "x", "sha256": "abc"}, "versions": {"keras": "3"}}


def test_a_run_folder_tells_how_the_weights_came_about(run_folder):
    keras = run_folder(config=CONFIG, metrics=METRICS, environment=ENVIRONMENT)
    record = TrainingRecord("tutorial", 42, 5, 3, "mnist", 0.1, "abc", 0.98)
    assert read_run(keras) == RunRecord("simple_cnn", record)


def test_a_recipe_with_changes_is_named_with_them(run_folder):
    label = "tutorial, changed: learning_rate 0.5"
    keras = run_folder(config={**CONFIG, "recipe_label": label}, metrics=METRICS)
    assert read_run(keras).training.recipe == label


def test_an_unfinished_run_is_refused_with_the_command_that_finishes_it(run_folder):
    keras = run_folder(config=CONFIG, environment=ENVIRONMENT)
    with pytest.raises(KerasModelError, match=f"not finished.*mnist-edge train -o {keras.parent} --resume"):
        read_run(keras)


def test_a_keras_file_without_a_run_has_an_empty_record(tmp_path):
    assert read_run(tmp_path / "model.keras") == RunRecord("custom", TrainingRecord())


def test_another_keras_file_in_a_run_folder_does_not_borrow_its_record(run_folder):
    folder = run_folder(config=CONFIG, metrics=METRICS).parent
    assert read_run(folder / "mine.keras") == RunRecord()


def test_missing_and_mistyped_entries_are_left_empty(run_folder):
    keras = run_folder(config={"arch": 3, "seed": "x"}, metrics={"validation": [1]})
    assert read_run(keras) == RunRecord()


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_a_damaged_run_is_refused(run_folder, text):
    keras = run_folder(config=CONFIG, metrics=text)
    with pytest.raises(RunError, match=r"metrics.json"):
        read_run(keras)


def test_the_card_describes_the_graph_and_survives_the_file(toy, ask_toy, gate_inputs, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    import onnxslim  # noqa: F401  # it asks for its own version when it is imported

    # Other distributions bring the same modules: onnxruntime-gpu has no distribution named onnxruntime.
    monkeypatch.setattr(importlib.metadata, "version", None)
    answer = dataclasses.replace(ask_toy(None, gate_inputs.images[:2]), parameters=9999)  # as if something was folded away
    card = build_card(
        toy, answer, RunRecord("simple_cnn"), ExportOptions(licence="CC0-1.0"), name="mine", layers={"a": "b"}
    )
    assert card.created == "2026-01-01T00:00:00Z"
    assert card.parameters == 1554
    assert card.graph_sha256 == graph_hash(toy)
    assert card.tools["keras"] == "3"
    assert card.tools["mnist-edge"] == __version__
    assert {"onnx", "onnxruntime", "onnxslim", "tf2onnx", "numpy", "python"} <= card.tools.keys()
    data = serialize(toy, card)
    assert data == serialize(toy, card)
    model = parse_onnx(data, "m")
    assert ModelCard.from_json(model.metadata_props[0].value) == card
    assert [entry.key for entry in model.metadata_props] == [CARD_KEY]
    assert graph_hash(model) == card.graph_sha256
    assert not toy.metadata_props


def test_another_card_leaves_the_graph_untouched(toy, with_card):
    first, second = (parse_onnx(with_card(toy, name=name), "m") for name in ("one", "two"))
    assert graph_hash(first) == graph_hash(second)


def test_the_clock_is_used_without_the_variable(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert creation_time().endswith("Z")


@pytest.mark.parametrize("text", ["yesterday", "1e99", "9" * 30])
def test_a_wrong_source_date_is_refused(monkeypatch, text):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(OptionError, match="SOURCE_DATE_EPOCH is not a time"):
        creation_time()


def test_records_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunRecord().architecture = "x"
