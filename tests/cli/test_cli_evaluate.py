"""``mnist-edge evaluate`` on Keras and ONNX models, and on what is neither."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.train.architectures import build

RunCli = Callable[..., Any]


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("models") / "model.keras"
    build("simple_cnn", seed=1).save(file)
    return file


@pytest.fixture
def evaluate(run_cli: RunCli, data_file: Path) -> RunCli:
    """Evaluates on the first digits: ``evaluate(model)``."""
    return lambda *arguments: run_cli("evaluate", "--data", data_file, "--allow-any-data", *arguments)


def test_the_report_has_accuracy_interval_classes_and_confusion(evaluate: RunCli, keras_file: Path) -> None:
    result = evaluate(keras_file)
    assert (result.code, result.err) == (0, "")
    assert "95 % interval" in result.out
    assert "of 200 right" in result.out
    assert "custom test set" in result.out
    assert "Confusion" in result.out


def test_json_agrees_with_itself_and_with_the_data(evaluate: RunCli, keras_file: Path, tiny_dataset: Dataset) -> None:
    report = json.loads(evaluate(keras_file, "--json").out)
    confusion = np.array(report["confusion"])
    assert confusion.sum(axis=1).tolist() == np.bincount(tiny_dataset.y_test, minlength=10).tolist()
    assert [entry["correct"] for entry in report["classes"]] == np.diag(confusion).tolist()
    assert report["correct"] == np.trace(confusion)
    low, high = report["accuracy_interval_95"]
    assert low < report["accuracy"] < high
    assert report["data"]["name"] == "custom"


def test_an_onnx_model_is_evaluated(evaluate: RunCli, shipped_model: Path) -> None:
    report = json.loads(evaluate(shipped_model, "--json").out)
    assert report["total"] == 200
    assert report["accuracy"] > 0.95


@pytest.mark.parametrize("name", ["absent.keras", "absent.onnx", "absent", "picture.png"])
def test_what_is_no_model_is_one_line(evaluate: RunCli, name: str, tmp_path: Path) -> None:
    result = evaluate(tmp_path / name)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("mnist-edge: ")
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["bad.keras", "bad.onnx"])
def test_garbage_is_one_line(evaluate: RunCli, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"garbage")
    result = evaluate(tmp_path / name)
    assert (result.code, result.out) == (1, "")
    assert len(result.err.splitlines()) == 1


def test_missing_data_is_one_line(run_cli: RunCli, keras_file: Path, tmp_path: Path) -> None:
    result = run_cli("evaluate", keras_file, "--data", tmp_path / "absent.npz")
    assert (result.code, result.out) == (1, "")
    assert len(result.err.splitlines()) == 1


def test_no_model_is_wrong_usage(run_cli: RunCli) -> None:
    assert run_cli("evaluate").code == 2
