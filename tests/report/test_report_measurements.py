"""Parity files and benchmarks: read when they are right, told or passed over when they are not."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError
from mnist_edge.report import ReportOptions, open_models, write_report
from mnist_edge.report.measurements import read_benchmark, read_parity
from mnist_edge.runtime.bench_noise import judge_noise
from mnist_edge.runtime.bench_report import BenchmarkReport, ClockResult, ConfigurationResult, ModelFacts
from mnist_edge.runtime.bench_stats import summarize
from mnist_edge.runtime.machine import describe_machine


def benchmark_json(sha256: str = "0" * 64) -> dict[str, Any]:
    """A result as ``mnist-edge benchmark`` writes it."""
    clock = ClockResult("infer", summarize([20_000, 21_000, 90_000]), 1.0, (20.0,))
    result = ConfigurationResult("m", 1, 1, (clock,), (), 1.0, 1.0, 1.0, {}, 0.5, 0.1)
    facts = ModelFacts("m", "m.onnx", sha256, 1, "simple_cnn", 93_322, "uint8", None, None)
    machine = describe_machine()
    noise = judge_noise(None, None, [])
    created = "2026-01-02T03:04:05+00:00"
    report = BenchmarkReport(created, {}, machine, {}, None, None, noise, "drawn", 3, (facts,), (result,), ())
    written: dict[str, Any] = json.loads(json.dumps(report.to_dict()))
    return written


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_benchmark_is_read_from_file_or_folder(tmp_path: Path, as_folder: bool) -> None:
    file = tmp_path / "benchmark.json"
    file.write_text(json.dumps(benchmark_json()))
    found = read_benchmark(tmp_path if as_folder else file)
    assert found.results[0].clocks[0].latency.p50_us == 21.0
    assert found.machine.cpu == describe_machine().cpu


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"created": 1}', json.dumps({**benchmark_json(), "results": []})])
def test_what_is_no_benchmark_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "benchmark.json"
    file.write_text(content)
    with pytest.raises(OptionError, match=r"benchmark\.json"):
        read_benchmark(file)


def test_an_absent_benchmark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be read"):
        read_benchmark(tmp_path)


def test_the_parity_file_beside_the_model_is_read(shipped_model: Path) -> None:
    found = read_parity(open_models(shipped_model).onnx)
    assert found is not None
    assert found.file is not None
    assert len(found.file.runs) == 8
    assert found.summary.images == 10_000


@pytest.mark.parametrize("content", [None, "damaged", "{}", "[1]"])
def test_without_a_usable_parity_file_the_card_tells(shipped_model: Path, tmp_path: Path, content: str | None) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(shipped_model.read_bytes())
    if content is not None:
        (tmp_path / "m.parity.json").write_text(content)
    found = read_parity(open_models(model).onnx)
    assert found is not None
    assert found.file is None
    assert found.summary.images == 10_000


def test_the_parity_file_of_another_graph_is_passed_over(shipped_model: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(shipped_model.read_bytes())
    theirs = json.loads(shipped_model.with_name("simple_cnn.parity.json").read_text())
    (tmp_path / "m.parity.json").write_text(json.dumps({**theirs, "graph_sha256": "0" * 64}))
    found = read_parity(open_models(model).onnx)
    assert found is not None
    assert found.file is None


def test_without_either_nothing_is_told(shipped_model: Path, tmp_path: Path) -> None:
    side = open_models(shipped_model).onnx
    assert side is not None
    bare = dataclasses.replace(side, file=tmp_path / "m.onnx", card=dataclasses.replace(side.card, parity=None))
    assert read_parity(bare) is None
    assert read_parity(None) is None


@pytest.mark.parametrize("same_file", [True, False])
def test_the_latency_is_told_with_whose_it_is(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: Any, blank_pictures: None, same_file: bool
) -> None:
    digest = hashlib.sha256(shipped_model.read_bytes()).hexdigest() if same_file else "0" * 64
    (tmp_path / "benchmark.json").write_text(json.dumps(benchmark_json(digest)))
    options = ReportOptions(benchmark=tmp_path, num_samples=1, layers=("conv1",))
    page = write_report(open_models(shipped_model), tiny_dataset, tmp_path / "out", options).page
    text = read_page(page.read_text("utf-8")).text
    assert "network alone 3 21.0 90.0 90.0 43.7" in text
    assert ("None of the files measured is the one of this report" in text) is not same_file
    assert ("Latency 21.0 µs" in text) is same_file
