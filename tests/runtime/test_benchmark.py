"""The plan, the order and the report, with a fake in place of the fresh processes."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import (
    DatasetFormatError,
    ModelFormatError,
    ModelNotFoundError,
    OptionError,
    OutputError,
    WorkerError,
)
from mnist_edge.runtime.bench_inputs import choose_inputs, find_dataset, measure_accuracy
from mnist_edge.runtime.bench_options import BenchmarkOptions
from mnist_edge.runtime.bench_report import CSV_HEADER, BenchmarkReport
from mnist_edge.runtime.bench_worker import WorkerConfig, WorkerResult
from mnist_edge.runtime.benchmark import prepare_output, run_benchmark, write_report
from mnist_edge.runtime.session import Engine


class FakeProcesses:
    """Answers as a worker would, with known times: infer 40, classify 60, end_to_end 90 µs, 1 µs more each round."""

    def __init__(self) -> None:
        self.configs: list[WorkerConfig] = []
        self.labels = [list(range(10))] * 99
        self.sha256 = ""

    def __call__(self, config: WorkerConfig, what: str) -> WorkerResult:
        self.configs.append(config)
        number = len(self.configs)
        times = {"infer": 40_000, "classify": 60_000, "end_to_end": 90_000}
        return WorkerResult(
            sha256=self.sha256 or hashlib.sha256(Path(config.model).read_bytes()).hexdigest(),
            threads=min(config.threads, 2),
            versions={"numpy": "1"},
            labels=self.labels[number - 1],
            imports_ms=100.0,
            load_ms=float(number),
            first_ms=1.0,
            memory={"after_imports": 80_000_000, "peak": 90_000_000 + number},
            cpu_busy=1.0,
            cpu_paced=0.01,
            clocks={name: [time + 1000 * number] * config.samples for name, time in times.items()},
            batches={size: [size * 20_000] * 3 for size in config.batches},
        )


@pytest.fixture
def fake() -> FakeProcesses:
    return FakeProcesses()


@pytest.fixture
def report(any_model: Path, no_local_data: Path, fake: FakeProcesses) -> BenchmarkReport:
    options = BenchmarkOptions(models=(str(any_model),), repeats=3, samples=100, batches=(1, 8))
    return run_benchmark(options, run_one=fake)


def test_what_was_put_in_comes_out(report: BenchmarkReport) -> None:
    (result,) = report.results
    infer, classify, end_to_end = result.clocks
    assert (infer.latency.n, infer.latency.p50_us, infer.latency.max_us) == (102, 42.0, 43.0)
    assert infer.rounds_p50_us == (41.0, 42.0, 43.0)
    assert (classify.latency.p50_us, end_to_end.latency.p50_us) == (62.0, 92.0)
    assert [(batch.batch, batch.images_per_s) for batch in result.batches] == [(1, 50_000.0), (8, 50_000.0)]
    assert result.load_ms == 2.0
    assert result.memory == {"after_imports": 80_000_000, "peak": 90_000_002}


def test_rounds_are_interleaved(any_model: Path, no_local_data: Path, fake: FakeProcesses, tmp_path: Path) -> None:
    other = tmp_path / "sub" / any_model.name
    other.parent.mkdir()
    other.write_bytes(any_model.read_bytes())
    notes: list[str] = []
    options = BenchmarkOptions(models=(str(any_model), str(other)), threads=(1, 4, 1), repeats=2)
    report = run_benchmark(options, notify=notes.append, run_one=fake)
    one_round = [(str(any_model), 1), (str(any_model), 4), (str(other), 1), (str(other), 4)]
    assert [(config.model, config.threads) for config in fake.configs] == one_round * 2
    assert len({model.label for model in report.models}) == 2
    assert [(result.threads, result.threads_asked) for result in report.results] == [(1, 1), (2, 4)] * 2
    assert len(notes) == 8


def test_the_bounds_are_shared_by_the_rounds(report: BenchmarkReport, fake: FakeProcesses) -> None:
    config = fake.configs[0]
    assert config.samples * 3 >= 100
    assert config.seconds * 3 == pytest.approx(2.0)


def test_json_and_csv_hold_every_figure(report: BenchmarkReport, tmp_path: Path) -> None:
    write_report(report, tmp_path / "new" / "folder")
    parsed = json.loads((tmp_path / "new" / "folder" / "benchmark.json").read_text(encoding="utf-8"))
    assert parsed["results"][0]["clocks"][0]["latency"]["p99_us"] == 43.0
    assert parsed["models"][0]["accuracy"] is None
    assert {"infer", "classify", "end_to_end", "percentiles", "garbage_collector", "outliers"} <= set(parsed["definitions"])
    assert {"cpu", "features", "quota", "governor", "system", "timer_resolution_ns"} <= set(parsed["machine"])
    text = (tmp_path / "new" / "folder" / "benchmark.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == CSV_HEADER
    assert [(row["measure"], row["batch"]) for row in rows] == [
        ("infer", "1"),
        ("classify", "1"),
        ("end_to_end", "1"),
        ("throughput", "1"),
        ("throughput", "8"),
    ]


def test_rounds_that_read_different_digits_are_refused(any_model: Path, no_local_data: Path, fake: FakeProcesses) -> None:
    fake.labels = [list(range(10)), [9] * 10]
    with pytest.raises(WorkerError, match="otherwise than in the first round"):
        run_benchmark(BenchmarkOptions(models=(str(any_model),)), run_one=fake)


def test_a_model_that_changes_meanwhile_is_refused(any_model: Path, no_local_data: Path, fake: FakeProcesses) -> None:
    fake.sha256 = "another"
    with pytest.raises(WorkerError, match="changed while it was measured"):
        run_benchmark(BenchmarkOptions(models=(str(any_model),)), run_one=fake)


def test_bad_models_are_refused_before_anything_is_timed(any_model: Path, fake: FakeProcesses, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.onnx"
    garbage.write_bytes(b"not a model")
    with pytest.raises(ModelFormatError):
        run_benchmark(BenchmarkOptions(models=(str(any_model), str(garbage))), run_one=fake)
    with pytest.raises(ModelNotFoundError):
        run_benchmark(BenchmarkOptions(models=(str(tmp_path / "absent.onnx"),)), run_one=fake)
    assert fake.configs == []


def test_data_that_was_named_but_is_bad_is_refused(any_model: Path, fake: FakeProcesses, tmp_path: Path) -> None:
    options = BenchmarkOptions(models=(str(any_model),), data=tmp_path / "absent.npz")
    with pytest.raises(DatasetFormatError):
        run_benchmark(options, run_one=fake)


@pytest.mark.parametrize(
    "wrong",
    [
        {"repeats": 0},
        {"samples": 0},
        {"threads": ()},
        {"threads": (0,)},
        {"batches": (8, 0)},
        {"seconds": -1.0},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"warmup": -1},
    ],
)
def test_options_out_of_range(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(OptionError, match=f"^{name} is out of range. Expected: "):
        BenchmarkOptions(**wrong)  # type: ignore[arg-type]


def test_the_options_are_known_without_numpy() -> None:
    code = "import sys, mnist_edge.runtime.bench_options; raise SystemExit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_output_that_is_a_file_is_refused_early(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        prepare_output(tmp_path / "file")


def test_without_data_the_pictures_are_drawn(no_local_data: Path) -> None:
    assert find_dataset(None) is None
    inputs = choose_inputs(None)
    assert inputs.digits.shape == (100, 28, 28)
    assert inputs.digits.dtype == np.uint8
    assert inputs.source.startswith("drawn")


def test_with_data_the_pictures_are_ten_of_each_digit(small_arrays: dict[str, np.ndarray]) -> None:
    arrays = {**small_arrays, "y_test": np.repeat(np.arange(10, dtype=np.uint8), 12)}
    arrays["x_test"] = np.random.default_rng(0).integers(0, 256, (120, 28, 28), np.uint8)
    dataset = Dataset.from_arrays(arrays, "here")
    inputs = choose_inputs(dataset)
    expected = np.concatenate([dataset.x_test[12 * digit : 12 * digit + 10] for digit in range(10)])
    np.testing.assert_array_equal(inputs.digits, expected)


def test_accuracy_counts_right_answers(any_model: Path, bands: np.ndarray, small_arrays: dict[str, np.ndarray]) -> None:
    labels = np.arange(10, dtype=np.uint8)
    labels[:3] = 9
    dataset = Dataset.from_arrays({**small_arrays, "x_test": bands[..., 0], "y_test": labels}, "here")
    result = measure_accuracy(Engine(any_model), dataset)
    assert (result.correct, result.total) == (7, 10)


def test_the_report_is_made_of_plain_values(report: BenchmarkReport) -> None:
    json.dumps(report.to_dict(), allow_nan=False)
    assert dataclasses.is_dataclass(report.results[0])
