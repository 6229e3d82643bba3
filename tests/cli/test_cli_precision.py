"""``--precision`` on the command line: what goes with what, the whole way to a reading, and what is said about a file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from mnist_edge.cli.precision_text import flip_text, gate_text, precision_text
from mnist_edge.dataset import Dataset
from mnist_edge.export.quantization.gate import Flip, PrecisionRun, PrecisionVerdict
from mnist_edge.precision import Precision

RunCli = Callable[..., Any]

REDUCED = Precision(
    name="int8",
    weights="int8",
    activations="uint8",
    target="x86",
    int8_layers=("conv2", "conv3"),
    float_layers=("conv1", "output"),
    calibration="minmax",
    calibration_digits=1000,
    images=6000,
    correct=5975,
    float_correct=5978,
    flips=5,
    mean_logit_difference=0.08,
    max_logit_difference=0.7,
    verdict="int8 is twice as fast.",
)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--target", "x86"), "--target goes with --precision int8 only"),
        (("--layers", "all"), "--layers goes with --precision int8 only"),
        (("--precision", "fp16", "--calibration", "mse"), "--calibration goes with --precision int8 only"),
        (("--precision", "fp16", "--no-bias-correction"), "--bias-correction goes with --precision int8 only"),
        (("--calibration-digits", "100"), "--calibration-digits goes with --precision int8 only"),
        (("--max-drop", "0.1"), "--max-drop goes with --precision int8 or fp16 only"),
        (("--precision", "int4"), "int4"),
        (("--precision", "int8", "--target", "mips"), "mips"),
        (("--precision", "int8", "--calibration", "guess"), "guess"),
        (("--precision", "int8", "--calibration-digits", "0"), "0"),
        (("--precision", "int8", "--max-drop", "nan"), "nan"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(run_cli: RunCli, tmp_path: Path, given: Any, said: str) -> None:
    result = run_cli("export", tmp_path / "m.keras", *given)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_max_drop_is_wrong_usage_for_a_float_model(run_cli: RunCli, shipped_model: Path, tmp_path: Path) -> None:
    result = run_cli("verify", shipped_model, tmp_path / "m.keras", "--max-drop", "1")
    assert result.code == 2
    assert "--max-drop goes with int8 and fp16 models only" in result.err


def test_what_a_file_computes_with_is_said_in_words() -> None:
    assert precision_text(Precision()) == "float32"
    assert precision_text(dataclasses.replace(REDUCED, int8_layers=())) == "int8 weights, float arithmetic"
    assert precision_text(REDUCED) == (
        "int8 weights; conv2, conv3 in int8, for x86, with uint8 between them; conv1, output in float; "
        "ranges by minmax of 1,000 training digits"
    )
    assert precision_text(dataclasses.replace(REDUCED, bias_corrected=True)).endswith("training digits, biases corrected")
    assert gate_text(REDUCED) == (
        "5 flips in 6,000 validation digits; 5,975 right, 5,978 by the float graph (drop 0.050 points); logits differ by "
        "0.080 on average, at most 0.70"
    )
    assert gate_text(Precision()) == "not compared with its float graph"
    assert flip_text(Flip(54001, 3, 3, 5, 0.61, 0.55)) == (
        "training digit 54001, a 3: 3 (61.0%) in float, 5 (55.0%) reduced"
    )


@pytest.fixture
def verify(run_cli: RunCli, data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunCli:
    """Verifies a file that says it is int8; the gate is a stand-in."""
    (tmp_path / "m.onnx").write_bytes(b"onnx")
    (tmp_path / "m.keras").write_bytes(b"keras")
    card = type("Card", (), {"precision": REDUCED})
    monkeypatch.setattr("mnist_edge.export.signature.read_onnx", lambda path: (b"onnx", None))
    monkeypatch.setattr("mnist_edge.runtime.session.read_card", lambda data, where: card)

    def run(failures: tuple[str, ...], *arguments: Any) -> Any:
        def judge(onnx: Path, keras: Path, dataset: Dataset, *, max_drop: float | None) -> PrecisionVerdict:
            runs = (PrecisionRun(1, True, 58, 1, 0.05, 0.5),)
            return PrecisionVerdict(failures, 60, 59, max_drop or 0.1, runs, (Flip(541, 3, 3, 5, 0.61, 0.55),))

        monkeypatch.setattr("mnist_edge.export.quantization.verify.verify_reduced", judge)
        common = ("--data", data_file, "--allow-any-data")
        return run_cli("verify", tmp_path / "m.onnx", tmp_path / "m.keras", *common, *arguments)

    return run


def test_a_reduced_model_is_verified_by_its_own_gate(verify: RunCli, tmp_path: Path) -> None:
    result = verify((), "--max-drop", "2", "-o", tmp_path / "report.json")
    assert result.code == 0
    assert "60 validation digits, 59 read right by Keras" in result.out
    assert "training digit 541, a 3" in result.out
    assert result.out.rstrip().endswith("good enough: a drop of 1.667 points, at most 2 points are allowed")
    assert json.loads((tmp_path / "report.json").read_text())["flips"][0]["index"] == 541
    failed = verify(("it reads less",))
    assert failed.code == 3
    assert "NOT good enough: it reads less" in failed.out
    assert failed.err.splitlines()[-1].endswith("it reads less.")
    assert json.loads(verify((), "--json").out)["drop"] == pytest.approx(100 / 60)


@pytest.mark.real
def test_from_training_to_reading_with_an_int8_file(
    run_cli: RunCli, data_file: Path, mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_edge.export.quantization.verdict.ROUNDS", 3)
    data = ("--data", data_file, "--allow-any-data")
    assert run_cli("train", "-o", tmp_path / "run", *data, "--recipe", "tutorial", "--epochs", "2", "-q").code == 0
    int8 = (
        "--precision",
        "int8",
        "--layers",
        "conv2,fc1",
        "--calibration-digits",
        "100",
        "--max-drop",
        "4",
        "--bias-correction",
    )
    result = run_cli("export", tmp_path / "run", "-o", tmp_path / "m.int8.onnx", *data, *int8)
    assert result.code == 0, result.err
    assert "conv2, fc1 in int8" in result.out
    assert "biases corrected" in result.out
    assert "verdict   int8 is" in result.out
    report = json.loads((tmp_path / "m.int8.parity.json").read_text())
    assert report["flipped"] == []
    assert report["precision"]["gate"]["images"] == 60
    cv2.imwrite(str(tmp_path / "digit.png"), mnist.x_test[0])
    read = json.loads(run_cli("classify", tmp_path / "digit.png", "-m", tmp_path / "m.int8.onnx", "--json").out)
    assert read
    page = run_cli("inspect", tmp_path / "m.int8.onnx").out
    assert "93,322" in page
    assert "float parity 0 flips" in page
    assert "int8 weights; conv2, fc1 in int8" in page
    verified = run_cli("verify", tmp_path / "m.int8.onnx", tmp_path / "run", *data, "--max-drop", "4")
    assert verified.code == 0, verified.err
