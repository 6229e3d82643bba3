"""``mnist-edge evaluate``: what it prints and writes of one model and of two."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.contract import CARD_KEY, ModelCard
from mnist_edge.dataset import Dataset
from mnist_edge.runtime.packaged import DEFAULT_MODEL

RunCli = Callable[..., Any]


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


def test_what_the_temperature_changes_and_what_being_sure_brings_is_shown(
    evaluate: RunCli, shipped_model: Path, tmp_path: Path
) -> None:
    import onnx

    model = onnx.load(shipped_model)
    entry = next(each for each in model.metadata_props if each.key == CARD_KEY)
    entry.value = dataclasses.replace(ModelCard.from_json(entry.value), temperature=2.5).to_json()
    (tmp_path / "hot.onnx").write_bytes(model.SerializeToString())
    text, report = evaluate(tmp_path / "hot.onnx").out, json.loads(evaluate(tmp_path / "hot.onnx", "--json").out)
    temperature, chosen = report["temperature"], report["selective"]
    assert (temperature["temperature"], temperature["applied"]) == (2.5, True)
    assert temperature["ece_after"] == pytest.approx(report["calibration"]["ece"], abs=1e-6)
    assert f"  before   {temperature['ece_before']:.4f}  without the temperature of 2.5\n" in text
    assert f"  answers  {temperature['ece_answers']:.4f}  of the confidence in answers" in text
    assert f"AURC       {chosen['aurc']:.6f}" in text
    rows = [line.split() for line in text.split("Answering only the surest images.")[1].splitlines()[3:7]]
    assert [row[:3] for row in rows] == [
        [f"{each['coverage']:.0%}", str(each["answered"]), f"{each['wrong']:g}"] for each in chosen["points"]
    ]
    assert [row[3] for row in rows] == [f"{each['accuracy']:.2%}" for each in chosen["points"]]
    plain = json.loads(evaluate(shipped_model, "--against", tmp_path / "hot.onnx", "--json").out)
    assert plain["against"]["temperature"] == temperature
    assert "surest 99%" in evaluate(shipped_model, "--against", tmp_path / "hot.onnx").out


def test_a_run_is_shown_with_the_temperature_that_it_found(evaluate: RunCli, keras_file: Path, tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(keras_file.read_bytes())
    without = evaluate(tmp_path).out
    assert "temperature" not in without
    (tmp_path / "metrics.json").write_text('{"calibration": {"temperature": 1.5}}', "utf-8")
    text, found = evaluate(tmp_path).out, json.loads(evaluate(tmp_path, "--json").out)["temperature"]
    assert f"  after    {found['ece_after']:.4f}  with the temperature of 1.5\n" in text
    assert found["ece_answers"] is None
    assert text.replace(f"  after    {found['ece_after']:.4f}  with the temperature of 1.5\n", "") == without


def test_csv_is_the_table_of_the_classes(evaluate: RunCli, shipped_model: Path, tmp_path: Path) -> None:
    report = json.loads(evaluate(shipped_model, "--json").out)
    rows = list(csv.DictReader(io.StringIO(evaluate(shipped_model, "--csv").out)))
    assert [row["class"] for row in rows] == list("0123456789")
    assert [int(row["support"]) for row in rows] == [entry["support"] for entry in report["classes"]]
    assert [float(row["f1"]) for row in rows] == pytest.approx([entry["f1"] for entry in report["classes"]], abs=1e-6)
    both = list(csv.DictReader(io.StringIO(evaluate(shipped_model, "--against", DEFAULT_MODEL, "--csv").out)))
    assert [row["model"] for row in both] == [str(shipped_model)] * 10 + [DEFAULT_MODEL] * 10


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
    assert "No image is answered differently." in evaluate(shipped_model, "--against", DEFAULT_MODEL).out


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


def test_an_onnx_model_loads_neither_tensorflow_nor_onnx(data_file: Path) -> None:
    code = (
        "import sys; from mnist_edge.cli import run\n"
        "code = run(['evaluate', 'simple_cnn', '--against', 'simple_cnn', '--allow-any-data', '--data', sys.argv[1]])\n"
        "print(code, [m for m in ('keras', 'tensorflow', 'onnx', 'tf2onnx', 'onnxslim') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(data_file)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
