"""One measurement with the small model of these tests: right labels, all figures, no TensorFlow."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import WorkerError
from mnist_edge.runtime import bench_worker
from mnist_edge.runtime.bench_clocks import warm_up
from mnist_edge.runtime.bench_process import python_module, run_worker
from mnist_edge.runtime.bench_worker import WorkerConfig, WorkerResult, encode_digits, nested_clocks
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.sample_digits import draw_digit


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return np.array([draw_digit(digit) for digit in range(10)])


@pytest.fixture
def config(any_model: Path, digits: np.ndarray) -> WorkerConfig:
    return WorkerConfig(
        model=str(any_model),
        threads=1,
        digits=encode_digits(digits),
        samples=20,
        seconds=0.0,
        warmup=1,
        batches=(1, 16),
        batch_seconds=0.0,
    )


def test_a_fresh_process_measures_everything(config: WorkerConfig, any_model: Path, digits: np.ndarray) -> None:
    answer = run_worker(python_module("mnist_edge.runtime.bench_worker"), dataclasses.asdict(config), what="bands")
    result = WorkerResult.from_dict(answer)
    classifier = DigitClassifier(any_model)
    assert result.labels == [classifier.classify(digit).digit for digit in digits]
    assert list(result.clocks) == ["infer", "classify", "end_to_end"]
    assert all(len(times) >= 20 and min(times) > 0 for times in result.clocks.values())
    assert list(result.batches) == [1, 16]
    assert set(result.versions) == {"mnist-edge", "numpy", "onnxruntime", "opencv"}
    assert min(result.imports_ms, result.load_ms, result.first_ms) > 0
    sizes = [result.memory.get(place, 0) for place in ("after_imports", "peak", "peak_with_batches")]  # 0 without /proc
    assert sizes == sorted(sizes)


def test_the_worker_says_in_one_line_what_is_wrong(
    config: WorkerConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = dataclasses.replace(config, model=str(tmp_path / "absent.onnx"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(dataclasses.asdict(broken))))
    assert bench_worker.main() == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "There is no model" in captured.err


def test_a_clock_that_reads_another_digit_stops_the_benchmark(
    any_model: Path, digits: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = DigitClassifier(any_model)
    honest = classifier.classify

    def forgetful(image: Any) -> Any:
        answer = honest(image)
        return answer if isinstance(image, np.ndarray) else dataclasses.replace(answer, digit=(answer.digit + 1) % 10)

    monkeypatch.setattr(classifier, "classify", forgetful)
    infer, classify, end_to_end = nested_clocks(classifier, digits)
    warm_up(infer, 1)
    warm_up(classify, 1)
    with pytest.raises(WorkerError, match="end_to_end reads picture 0 otherwise"):
        warm_up(end_to_end, 1)


def test_the_clocks_run_the_network_on_the_same_numbers(any_model: Path, digits: np.ndarray) -> None:
    classifier = DigitClassifier(any_model)
    infer, classify, end_to_end = nested_clocks(classifier, digits)
    for image, array, png in zip(infer.arguments, classify.arguments, end_to_end.arguments, strict=True):
        logits, _ = classifier.engine.infer(image)
        for picture in (array, png):
            np.testing.assert_array_equal(classifier.classify(picture).logits, logits[0])
