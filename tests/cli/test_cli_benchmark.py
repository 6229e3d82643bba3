from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.runtime.bench_noise import CpuUse
from mnist_edge.runtime.bench_options import BenchmarkOptions
from mnist_edge.runtime.bench_worker import WorkerConfig, WorkerResult

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


def _steady(config: WorkerConfig, what: str) -> WorkerResult:
    """A machine without noise, where every call takes 40 us."""
    return WorkerResult(
        sha256=hashlib.sha256(Path(config.model).read_bytes()).hexdigest(),
        threads=config.threads,
        versions={"numpy": "1"},
        labels=[0],
        imports_ms=1.0,
        load_ms=1.0,
        first_ms=1.0,
        memory={},
        cpu_busy=1.0,
        cpu_paced=0.0,
        clocks=dict.fromkeys(("infer", "classify", "end_to_end"), [40_000] * 50),
        batches={},
    )


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch, no_local_data: Path) -> None:
    monkeypatch.setattr("mnist_edge.runtime.benchmark._in_fresh_process", _steady)
    monkeypatch.setattr("mnist_edge.runtime.benchmark.cpu_use", lambda: None)


def test_check_says_whether_a_model_became_slower(run_cli: Any, shipped_model: Path, tmp_path: Path, steady: None) -> None:
    assert run_cli("benchmark", shipped_model, "-o", tmp_path).code == 0
    earlier = tmp_path / "benchmark.json"
    same = run_cli("benchmark", shipped_model, "--check", earlier)
    assert same.code == 0
    assert "cannot be told apart by infer: 1.00 (1.00 to 1.00)" in same.err
    report = json.loads(earlier.read_text())
    for clock in report["results"][0]["clocks"]:
        clock["rounds_p50_us"] = [time / 1.1 for time in clock["rounds_p50_us"]]
    earlier.write_text(json.dumps(report))
    slower = run_cli("benchmark", shipped_model, "--check", earlier)
    assert slower.code == 3
    assert "Slower than before" in slower.err
    assert "1.10 (1.10 to 1.10) times as long as before by infer" in slower.err
    for allowed in ("15", "15%"):
        assert run_cli("benchmark", shipped_model, "--check", earlier, "--max-regression", allowed).code == 0
    written = earlier.read_bytes()
    # The folder of the file will do, too; what became slower is not written over what it is measured by.
    assert run_cli("benchmark", shipped_model, "--check", tmp_path, "-o", tmp_path).code == 3
    assert earlier.read_bytes() == written


@pytest.mark.parametrize("time", ["NaN", "0.0", "-1.0", "Infinity"])
def test_an_earlier_run_with_impossible_times_is_refused(
    run_cli: Any, shipped_model: Path, tmp_path: Path, steady: None, time: str
) -> None:
    assert run_cli("benchmark", shipped_model, "-o", tmp_path).code == 0
    report = json.loads((tmp_path / "benchmark.json").read_text())
    report["results"][0]["clocks"][0]["rounds_p50_us"] = [float(time)]
    (tmp_path / "benchmark.json").write_text(json.dumps(report))
    result = run_cli("benchmark", shipped_model, "--check", tmp_path)
    assert result.code == 1
    assert "is no result of mnist-edge benchmark" in result.err


@pytest.mark.parametrize("share", ["nan", "-1", "five", "%", "5%%"])
def test_what_is_no_percentage_is_refused(run_cli: Any, tmp_path: Path, share: str) -> None:
    (tmp_path / "benchmark.json").write_text("{}")
    result = run_cli("benchmark", "--check", tmp_path, "--max-regression", share)
    assert result.code == 2
    assert "--max-regression" in result.err


def test_too_few_calls_for_a_percentile_are_said(run_cli: Any, shipped_model: Path, steady: None) -> None:
    text = run_cli("benchmark", shipped_model).out  # 250 calls
    assert "n<368" in text
    assert "over 40.0 (needs 3,688 calls)" in text
    clock = json.loads(run_cli("benchmark", shipped_model, "--json").out)["results"][0]["clocks"][0]
    assert clock["tail"] == 1.0
    p99 = next(each for each in clock["percentiles"] if each["percent"] == 99)
    assert p99 == {"percent": 99, "value_us": 40.0, "low_us": 40.0, "high_us": None, "least_samples": 368}


def test_a_file_that_is_no_earlier_run_is_said_before_any_timing(
    run_cli: Any, no_processes: list[WorkerConfig], tmp_path: Path
) -> None:
    (tmp_path / "bad.json").write_text("[]")
    result = run_cli("benchmark", "--check", tmp_path / "bad.json")
    assert result.code == 1
    assert "is no result of mnist-edge benchmark" in result.err
    assert no_processes == []


def test_models_are_compared_on_a_quiet_machine_only(
    run_cli: Any, shipped_model: Path, tmp_path: Path, steady: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(shipped_model.read_bytes())
    quiet = run_cli("benchmark", shipped_model, other)
    assert "other and" in quiet.out
    assert "cannot be told apart by infer" in quiet.out
    states = iter([CpuUse(0, 0, 0, 0, 0), CpuUse(100, 50, 0, 10, 0)] * 2)
    monkeypatch.setattr("mnist_edge.runtime.benchmark.cpu_use", lambda: next(states))
    busy = run_cli("benchmark", shipped_model, other)
    assert "no verdict, the machine was not quiet: other programs took 40% of the processors' time" in busy.out
    assert "cannot be told apart" not in busy.out
    assert json.loads(run_cli("benchmark", shipped_model, other, "--json").out)["comparisons"] == []
