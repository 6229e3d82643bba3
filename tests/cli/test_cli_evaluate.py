"""``mnist-edge evaluate`` on Keras and ONNX models, and on what is neither."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.train.networks.architectures import build
from mnist_edge.train.run import CONFIG_FILE

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


@pytest.fixture
def run_folder(keras_file: Path, tmp_path: Path) -> Path:
    """A run that held back a quarter of the training images."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "model.keras").write_bytes(keras_file.read_bytes())
    (folder / CONFIG_FILE).write_text(json.dumps({"validation_split": 0.25}))
    return folder


def _one_line(result: Any, code: int = 1) -> str:
    assert (result.code, result.out) == (code, "")
    lines: list[str] = result.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("mnist-edge: ")
    return lines[0]


def test_the_report_has_every_part_and_fits_80_columns(evaluate: RunCli, keras_file: Path) -> None:
    result = evaluate(keras_file)
    assert (result.code, result.err) == (0, "")
    parts = ("custom test set, 200 images", "95 % interval", "top-2", "loss", "ECE", "Brier", "precision", "weighted")
    for part in (*parts, "Confusion", "Most confused", "Reliability", "Worst mistakes (10 of"):
        assert part in result.out
    body = result.out.splitlines()[1:]  # the first line has the path
    assert max(map(len, body)) <= 80


def test_worst_says_how_many_mistakes_are_listed(evaluate: RunCli, keras_file: Path) -> None:
    mistakes = json.loads(evaluate(keras_file, "--json").out)["mistakes"]
    listed = evaluate(keras_file, "--worst", 3).out.split("Worst mistakes")[1].splitlines()[3:]
    assert [int(line.split()[0]) for line in listed] == [entry["index"] for entry in mistakes[:3]]
    assert "Worst mistakes (all)" in evaluate(keras_file, "--worst", 200).out
    assert "mistakes" not in evaluate(keras_file, "--worst", 0).out


def test_json_agrees_with_itself_and_with_the_data(evaluate: RunCli, keras_file: Path, tiny_dataset: Dataset) -> None:
    report = json.loads(evaluate(keras_file, "--json").out)
    confusion = np.array(report["confusion"])
    assert confusion.sum(axis=1).tolist() == np.bincount(tiny_dataset.y_test, minlength=10).tolist()
    assert [entry["correct"] for entry in report["classes"]] == np.diag(confusion).tolist()
    assert report["correct"] == np.trace(confusion)
    low, high = report["accuracy_interval_95"]
    assert low < report["accuracy"] < high
    assert report["data"]["name"] == "custom"
    assert report["split"] == {"name": "test", "images": 200, "array": "x_test", "first_index": 0}
    assert len(report["mistakes"]) == 200 - report["correct"] == sum(pair["count"] for pair in report["confused_pairs"])
    assert all(tiny_dataset.y_test[entry["index"]] == entry["label"] for entry in report["mistakes"])
    assert sum(each["count"] for each in report["calibration"]["bins"]) == 200
    assert {"ece", "brier", "max_error"} < set(report["calibration"])


def test_csv_is_the_table_of_the_classes(evaluate: RunCli, shipped_model: Path, tmp_path: Path) -> None:
    report = json.loads(evaluate(shipped_model, "--json").out)
    rows = list(csv.DictReader(io.StringIO(evaluate(shipped_model, "--csv").out)))
    assert [row["class"] for row in rows] == list("0123456789")
    assert [int(row["support"]) for row in rows] == [entry["support"] for entry in report["classes"]]
    assert [float(row["f1"]) for row in rows] == pytest.approx([entry["f1"] for entry in report["classes"]], abs=1e-6)
    both = list(csv.DictReader(io.StringIO(evaluate(shipped_model, "--against", "simple_cnn", "--csv").out)))
    assert [row["model"] for row in both] == [str(shipped_model)] * 10 + ["simple_cnn"] * 10


def test_the_answer_to_each_image_is_written(evaluate: RunCli, tmp_path: Path, tiny_dataset: Dataset) -> None:
    file = tmp_path / "new" / "answers.csv"
    report = json.loads(evaluate("simple_cnn", "--json", "--predictions", file).out)
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert [int(row["index"]) for row in rows] == list(range(200))
    assert [int(row["label"]) for row in rows] == tiny_dataset.y_test.tolist()
    wrong = [int(row["index"]) for row in rows if row["label"] != row["answer"]]
    assert wrong == sorted(entry["index"] for entry in report["mistakes"])
    for row in rows:
        probabilities = np.array([row[f"p{digit}"] for digit in range(10)], np.float32)
        assert probabilities.argmax() == int(row["answer"])
        assert probabilities.max() == np.float32(row["confidence"])


@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)])
def test_output_holds_what_stdout_would(evaluate: RunCli, form: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "result"
    expected = evaluate("simple_cnn", *form).out
    result = evaluate("simple_cnn", *form, "-o", file)
    assert (result.code, result.out, file.read_text("utf-8")) == (0, "", expected)
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_two_models_side_by_side(evaluate: RunCli, keras_file: Path) -> None:
    result = evaluate("simple_cnn", "--against", keras_file, "--worst", 2)
    assert (result.code, result.err) == (0, "")
    for part in (
        "A  simple_cnn",
        f"B  {keras_file}",
        "digit 9",
        "95 % interval",
        "McNemar",
        "only A right",
        "more: --worst",
    ):
        assert part in result.out
    assert max(len(line) for line in result.out.splitlines()[3:]) <= 80
    report = json.loads(evaluate("simple_cnn", "--against", keras_file, "--json").out)
    comparison, other = report["comparison"], report["against"]
    assert other["model"] == str(keras_file)
    assert comparison["accuracy_difference"] == pytest.approx(report["accuracy"] - other["accuracy"])
    low, high = comparison["accuracy_difference_interval_95"]
    assert 0 < low < comparison["accuracy_difference"] < high
    assert comparison["mcnemar"]["mended"] - comparison["mcnemar"]["broken"] == report["correct"] - other["correct"]
    kinds = [flip["kind"] for flip in comparison["flips"]]
    assert (kinds.count("mended"), kinds.count("broken")) == (
        comparison["mcnemar"]["mended"],
        comparison["mcnemar"]["broken"],
    )


def test_a_model_against_itself_has_no_flips(evaluate: RunCli, shipped_model: Path) -> None:
    assert "No image is answered differently." in evaluate(shipped_model, "--against", "simple_cnn").out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--split", "validation"), ("validation", 150, 450)),
        (("--split", "train"), ("train", 450, 0)),
        (("--split", "validation", "--validation-split", "0.5"), ("validation", 300, 300)),
    ],
)
def test_the_split_of_a_run_is_the_one_that_it_was_trained_with(
    evaluate: RunCli, run_folder: Path, arguments: tuple[str, ...], expected: tuple[str, int, int]
) -> None:
    split = json.loads(evaluate(run_folder, *arguments, "--json").out)["split"]
    name, images, first = expected
    assert split == {"name": name, "images": images, "array": "x_train", "first_index": first}


def test_without_a_run_a_tenth_is_held_back(evaluate: RunCli, run_folder: Path) -> None:
    split = json.loads(evaluate("simple_cnn", "--split", "validation", "--json").out)["split"]
    assert (split["images"], split["first_index"]) == (60, 540)
    both = evaluate("simple_cnn", "--against", run_folder, "--split", "validation", "--json")
    assert json.loads(both.out)["split"]["images"] == 150


def test_runs_with_other_splits_are_compared_with_a_word(evaluate: RunCli, run_folder: Path, keras_file: Path) -> None:
    other = run_folder.parent / "other"
    other.mkdir()
    (other / "model.keras").write_bytes(keras_file.read_bytes())
    (other / CONFIG_FILE).write_text("{}")
    result = evaluate(run_folder, "--against", other, "--split", "validation")
    assert result.code == 0
    assert "0.1, not 0.25" in result.err


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)])
def test_a_digit_that_does_not_occur_has_no_figures(
    run_cli: RunCli, tiny_dataset: Dataset, tmp_path: Path, form: tuple[str, ...]
) -> None:
    chosen = tiny_dataset.y_test != 3
    np.savez(
        tmp_path / "no3.npz",
        x_train=tiny_dataset.x_train,
        y_train=tiny_dataset.y_train,
        x_test=tiny_dataset.x_test[chosen],
        y_test=tiny_dataset.y_test[chosen],
    )
    result = run_cli("evaluate", "simple_cnn", "--data", tmp_path / "no3.npz", "--allow-any-data", *form)
    assert (result.code, result.err) == (0, "")
    assert "nan" not in result.out.lower()
    if form == ("--json",):
        assert json.loads(result.out)["classes"][3]["recall"] is None
    elif form == ("--csv",):
        assert result.out.splitlines()[4].startswith("simple_cnn,3,0,0,,")
    else:
        row = next(line.split() for line in result.out.splitlines() if line.startswith("3 "))
        assert row[:4] == ["3", "0", "0", "-"]


def test_data_without_images_is_one_line(run_cli: RunCli, tiny_dataset: Dataset, tmp_path: Path) -> None:
    empty = {"x_test": tiny_dataset.x_test[:0], "y_test": tiny_dataset.y_test[:0]}
    np.savez(tmp_path / "none.npz", x_train=tiny_dataset.x_train, y_train=tiny_dataset.y_train, **empty)
    line = _one_line(run_cli("evaluate", "simple_cnn", "--data", tmp_path / "none.npz", "--allow-any-data"))
    assert "Received: 0 images" in line


@pytest.mark.parametrize("name", ["absent.keras", "absent.onnx", "absent", "picture.png"])
def test_what_is_no_model_is_one_line(evaluate: RunCli, name: str, tmp_path: Path) -> None:
    assert name in _one_line(evaluate(tmp_path / name))


@pytest.mark.parametrize("name", ["bad.keras", "bad.onnx"])
def test_garbage_is_one_line(evaluate: RunCli, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"garbage")
    assert name in _one_line(evaluate(tmp_path / name))


def test_a_second_model_that_is_none_is_one_line(evaluate: RunCli, tmp_path: Path) -> None:
    assert "absent.onnx" in _one_line(evaluate("simple_cnn", "--against", tmp_path / "absent.onnx"))


def test_a_foreign_onnx_file_is_one_line(evaluate: RunCli, tmp_path: Path) -> None:
    from onnx import helper

    ends = [helper.make_tensor_value_info(name, 1, ["n", 3, 224, 224]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "foreign", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (tmp_path / "foreign.onnx").write_bytes(model.SerializeToString())
    assert "no model card" in _one_line(evaluate(tmp_path / "foreign.onnx"))


def test_a_folder_without_a_run_is_one_line(evaluate: RunCli, tmp_path: Path) -> None:
    assert "holds no model.keras" in _one_line(evaluate(tmp_path))


def test_missing_data_is_one_line(run_cli: RunCli, keras_file: Path, tmp_path: Path) -> None:
    assert "absent.npz" in _one_line(run_cli("evaluate", keras_file, "--data", tmp_path / "absent.npz"))


@pytest.mark.parametrize("option", ["-o", "--predictions"])
@pytest.mark.parametrize("which", ["model", "run", "other", "data"])
def test_no_input_is_overwritten(
    evaluate: RunCli, option: str, which: str, keras_file: Path, run_folder: Path, data_file: Path
) -> None:
    target = {"model": keras_file, "run": run_folder / CONFIG_FILE, "other": run_folder / "model.keras", "data": data_file}[
        which
    ]
    before = target.read_bytes()
    models = (keras_file, "--against", run_folder) if which in ("model", "other") else (run_folder,)
    assert "would be overwritten" in _one_line(evaluate(*models, option, target))
    assert target.read_bytes() == before


@pytest.mark.parametrize("option", ["-o", "--predictions"])
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    evaluate: RunCli, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_edge.train.evaluation.predictor.load_predictor", lambda name: pytest.fail("worked"))
    assert "it is a folder" in _one_line(evaluate("simple_cnn", option, tmp_path))


def test_nothing_is_written_when_the_evaluation_fails(evaluate: RunCli, tmp_path: Path) -> None:
    _one_line(evaluate(tmp_path / "absent.onnx", "-o", tmp_path / "a", "--predictions", tmp_path / "b"))
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


def test_without_scikit_learn_the_extra_is_named(evaluate: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    monkeypatch.setattr("mnist_edge.train.evaluation.predictor.load_predictor", lambda name: pytest.fail("too late"))
    assert "pip install 'mnist-edge[evaluate]'" in _one_line(evaluate("simple_cnn"))


def test_an_onnx_model_loads_neither_tensorflow_nor_onnx(data_file: Path) -> None:
    code = (
        "import sys; from mnist_edge.cli import run\n"
        "code = run(['evaluate', 'simple_cnn', '--against', 'simple_cnn', '--allow-any-data', '--data', sys.argv[1]])\n"
        "print(code, [m for m in ('keras', 'tensorflow', 'onnx', 'tf2onnx', 'onnxslim') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(data_file)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
