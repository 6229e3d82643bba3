from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.runtime.bench_options import BenchmarkOptions
from mnist_edge.runtime.bench_worker import WorkerConfig

FAST = ("--repeats", "2", "--samples", "20", "--seconds", "0.01", "--warmup", "1", "--batch", "1", "--batch", "8")


@pytest.fixture
def no_processes(monkeypatch: pytest.MonkeyPatch) -> list[WorkerConfig]:
    """Fails if a measurement is started; the list stays empty."""
    started: list[WorkerConfig] = []
    monkeypatch.setattr("mnist_edge.runtime.benchmark._in_fresh_process", lambda config, what: started.append(config))
    return started


@pytest.mark.real
def test_tables_and_files_of_the_packaged_model(run_cli: Any, no_local_data: Path, tmp_path: Path) -> None:
    result = run_cli("benchmark", *FAST, "-o", tmp_path / "out")
    assert result.code == 0, result.err
    for word in ("infer", "classify", "end_to_end", "p99", "batch 8", "load ms", "not measured (no data", "onnxruntime"):
        assert word in result.out
    assert "round 2 of 2" in result.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["benchmark.csv", "benchmark.json"]


@pytest.mark.real
def test_json_with_the_accuracy_of_the_same_file(run_cli: Any, mnist: Any) -> None:
    result = run_cli("benchmark", "--json", "--quiet", *FAST)
    assert result.code == 0, result.err
    assert result.err == ""
    report = json.loads(result.out)
    accuracy = report["models"][0]["accuracy"]
    assert accuracy["total"] == 10_000
    assert accuracy["correct"] > 9_700
    assert report["results"][0]["clocks"][2]["clock"] == "end_to_end"


def test_a_bad_model_is_one_line_before_any_timing(run_cli: Any, no_processes: list[WorkerConfig], tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"garbage")
    result = run_cli("benchmark", tmp_path / "bad.onnx")
    assert result.code == 1
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert "not an ONNX model" in result.err
    assert no_processes == []


def test_an_output_that_cannot_be_written_is_said_first(
    run_cli: Any, no_processes: list[WorkerConfig], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    result = run_cli("benchmark", "-o", tmp_path / "file" / "out")
    assert result.code == 1
    assert "Cannot write" in result.err
    assert no_processes == []


def test_an_interrupt_is_130(run_cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(options: BenchmarkOptions, **_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mnist_edge.runtime.benchmark.run_benchmark", interrupted)
    assert run_cli("benchmark").code == 130


@pytest.mark.parametrize("arguments", [("--repeats", "0"), ("--threads", "x"), ("--batch", "0"), ("--seconds", "-1")])
def test_wrong_usage_is_2(run_cli: Any, arguments: tuple[str, ...]) -> None:
    assert run_cli("benchmark", *arguments).code == 2


def test_the_defaults_of_the_command_are_those_of_the_options(run_cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MNIST_EDGE_DATA", raising=False)
    seen: list[BenchmarkOptions] = []

    def note(options: BenchmarkOptions, **_: Any) -> None:
        seen.append(options)
        raise KeyboardInterrupt

    monkeypatch.setattr("mnist_edge.runtime.benchmark.run_benchmark", note)
    run_cli("benchmark")
    assert seen == [BenchmarkOptions()]
