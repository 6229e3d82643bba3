"""The scripts in ``benchmarks/`` say in one line what they lack, and the comparison of engines makes its own model."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.train.networks.architectures import build

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def script(name: str, *arguments: str | Path, folder: Path = BENCHMARKS) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, folder / f"{name}.py", *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_a_comparison_without_a_trained_model_is_one_line(tmp_path: Path) -> None:
    done = script("compare_engines", "--keras", tmp_path / "run", "-o", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "Train one with: make runs/simple_cnn/metrics.json" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real
def test_the_comparison_exports_the_run_it_is_given(mnist: Dataset, tmp_path: Path) -> None:
    keras = tmp_path / "untrained.keras"
    build("simple_cnn", seed=5).save(keras)
    short = ("--rounds", "1", "--samples", "20", "--seconds", "0", "--warmup", "1")
    done = script("compare_engines", "--keras", keras, "--engine", "infer", *short, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "compare_engines.json").read_text("utf-8"))
    assert [engine["name"] for engine in report["engines"]] == ["onnxruntime", "infer"]
    assert report["engines"][1]["same_top1"] == 1.0
    assert (tmp_path / "out" / "compare_engines.md").read_text("utf-8") == done.stdout.removesuffix("\n")
    wrong = script(
        "compare_engines", "--keras", keras, "--onnx", "simple_cnn", "--engine", "keras_function", *short, "-o", tmp_path
    )
    assert wrong.returncode == 1
    assert "Name the ONNX file that was exported from this Keras model" in wrong.stderr.splitlines()[-1]


def test_a_result_that_was_not_measured_yet_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    shutil.copy(BENCHMARKS / "render_docs.py", folder)
    (tmp_path / "README.md").write_text("<!-- begin: start -->\n<!-- end: start -->\n")
    done = script("render_docs", "--check", folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no benchmarks/results/startup.json. Measure it with: python benchmarks/startup.py\n"


@pytest.mark.parametrize(("losses", "same"), [([0.5], None), ([0.5, 0.5], True), ([0.5, 0.4], False)])
def test_one_repeat_says_nothing_about_repeatability(losses: list[float], same: bool | None) -> None:
    fit_xla = module("fit_xla")
    one: dict[str, Any] = {"seconds": [2.0, 1.0], "test_accuracy": 0.98}
    summary = fit_xla.summarize({fit_xla.DEFAULT: [{**one, "last_loss": loss} for loss in losses]})
    assert summary[fit_xla.DEFAULT]["same_result_each_time"] is same
