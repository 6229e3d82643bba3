"""``mnist-edge evaluate``: one line for everything that can be wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.train.run import CONFIG_FILE

RunCli = Callable[..., Any]
OneLine = Callable[[Any], str]


def test_data_without_images_is_one_line(run_cli: RunCli, tiny_dataset: Dataset, tmp_path: Path, one_line: OneLine) -> None:
    empty = {"x_test": tiny_dataset.x_test[:0], "y_test": tiny_dataset.y_test[:0]}
    np.savez(tmp_path / "none.npz", x_train=tiny_dataset.x_train, y_train=tiny_dataset.y_train, **empty)
    line = one_line(run_cli("evaluate", "simple_cnn", "--data", tmp_path / "none.npz", "--allow-any-data"))
    assert "Received: 0 images" in line


@pytest.mark.parametrize("name", ["absent.keras", "absent.onnx", "absent", "picture.png"])
def test_what_is_no_model_is_one_line(evaluate: RunCli, name: str, tmp_path: Path, one_line: OneLine) -> None:
    assert name in one_line(evaluate(tmp_path / name))


@pytest.mark.parametrize("name", ["bad.keras", "bad.onnx"])
def test_garbage_is_one_line(evaluate: RunCli, name: str, tmp_path: Path, one_line: OneLine) -> None:
    (tmp_path / name).write_bytes(b"garbage")
    assert name in one_line(evaluate(tmp_path / name))


def test_a_second_model_that_is_none_is_one_line(evaluate: RunCli, tmp_path: Path, one_line: OneLine) -> None:
    assert "absent.onnx" in one_line(evaluate("simple_cnn", "--against", tmp_path / "absent.onnx"))


def test_a_foreign_onnx_file_is_one_line(evaluate: RunCli, tmp_path: Path, one_line: OneLine) -> None:
    from onnx import helper

    ends = [helper.make_tensor_value_info(name, 1, ["n", 3, 224, 224]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "foreign", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (tmp_path / "foreign.onnx").write_bytes(model.SerializeToString())
    assert "no model card" in one_line(evaluate(tmp_path / "foreign.onnx"))


def test_a_folder_without_a_run_is_one_line(evaluate: RunCli, tmp_path: Path, one_line: OneLine) -> None:
    assert "holds no model.keras" in one_line(evaluate(tmp_path))


def test_missing_data_is_one_line(run_cli: RunCli, keras_file: Path, tmp_path: Path, one_line: OneLine) -> None:
    assert "absent.npz" in one_line(run_cli("evaluate", keras_file, "--data", tmp_path / "absent.npz"))


@pytest.mark.parametrize("option", ["-o", "--predictions"])
@pytest.mark.parametrize("which", ["model", "run", "other", "data"])
def test_no_input_is_overwritten(
    evaluate: RunCli, option: str, which: str, keras_file: Path, run_folder: Path, data_file: Path, one_line: OneLine
) -> None:
    target = {"model": keras_file, "run": run_folder / CONFIG_FILE, "other": run_folder / "model.keras", "data": data_file}[
        which
    ]
    before = target.read_bytes()
    models = (keras_file, "--against", run_folder) if which in ("model", "other") else (run_folder,)
    assert "would be overwritten" in one_line(evaluate(*models, option, target))
    assert target.read_bytes() == before


@pytest.mark.parametrize("option", ["-o", "--predictions"])
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    evaluate: RunCli, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_line: OneLine
) -> None:
    monkeypatch.setattr("mnist_edge.train.evaluation.predictor.load_predictor", lambda name: pytest.fail("worked"))
    assert "it is a folder" in one_line(evaluate("simple_cnn", option, tmp_path))


def test_nothing_is_written_when_the_evaluation_fails(evaluate: RunCli, tmp_path: Path, one_line: OneLine) -> None:
    one_line(evaluate(tmp_path / "absent.onnx", "-o", tmp_path / "a", "--predictions", tmp_path / "b"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("simple_cnn", "--json", "--csv"),
        ("simple_cnn", "--validation-split", "0.2"),
        ("simple_cnn", "--split", "validation", "--validation-split", "1"),
        ("simple_cnn", "-o", "x", "--predictions", "./x"),
        ("simple_cnn", "--worst", "-1"),
    ],
)
def test_wrong_usage(run_cli: RunCli, arguments: tuple[str, ...]) -> None:
    assert run_cli("evaluate", *arguments).code == 2


def test_without_scikit_learn_the_extra_is_named(
    evaluate: RunCli, monkeypatch: pytest.MonkeyPatch, one_line: OneLine
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    monkeypatch.setattr("mnist_edge.train.evaluation.predictor.load_predictor", lambda name: pytest.fail("too late"))
    assert "pip install 'mnist-edge[evaluate]'" in one_line(evaluate("simple_cnn"))
