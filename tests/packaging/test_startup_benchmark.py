"""The measurement of start-up times: what it starts, what it refuses to time, and what it says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from benchmark_scripts import script

from mnist_edge.errors import WorkerError

Load = Callable[[str], ModuleType]


@pytest.fixture
def process(load: Load) -> ModuleType:
    return load("startup_process")


def runs_of(process: ModuleType, **figures: tuple[float, float | None]) -> dict[str, list[Any]]:
    return {name: [process.Run(took, peak, "")] * 3 for name, (took, peak) in figures.items()}


def test_time_and_memory_of_a_process_are_those_of_the_process(process: ModuleType) -> None:
    small = process.run_process("small", [sys.executable, "-c", "print('here')"], "here")
    slow = "import time; time.sleep(0.5); print(len(b'1' * 200_000_000))"
    large = process.run_process("large", [sys.executable, "-c", slow], "200000000")
    assert large.took_ms >= 500
    assert small.output == "here\n"
    assert 0 < small.peak_mb < 60  # this process has libraries loaded, and would count with them
    assert 200 < large.peak_mb < 260


@pytest.mark.parametrize(
    ("code", "expected", "words"), [("exit(3)", "", "exit code 3"), ("print(2)", "1", "another answer")]
)
def test_what_fails_or_reads_another_digit_is_not_timed(process: ModuleType, code: str, expected: str, words: str) -> None:
    with pytest.raises(WorkerError, match=f"it {words}|it ended with {words}|it gave {words}"):
        process.run_process("it", [sys.executable, "-c", code], expected)


def test_cores_are_given_back(process: ModuleType) -> None:
    before = process.usable_cores()
    with process.on_cores({max(before)} if before else set()):
        assert len(process.usable_cores()) == min(1, len(before))
    assert process.usable_cores() == before


@pytest.mark.parametrize(
    ("took", "peak", "fits", "is_small"), [(114.0, 80.0, True, True), (116.0, 81.0, False, False), (90.0, None, True, None)]
)
def test_the_budget(load: Load, process: ModuleType, took: float, peak: float | None, fits: bool, is_small: bool) -> None:
    imports = (100.0, None if peak is None else 70.0)
    runs = runs_of(process, python=(20.0, peak), help=(299.0, peak), imports=imports, classify=(took, peak))
    said = load("startup").summarize_runs(runs, [{"exit": 1.0}, {"exit": 3.0}, {"exit": 2.0}])
    assert said["within_budget"] == {"help": True, "classify": fits, "memory": is_small}
    assert said["parts_ms"] == {"exit": 2.0}
    assert said["time_to_imports"]["classify"]["value"] == pytest.approx(took / 100)


def test_parts_and_peer_are_measured_in_one_short_run(load: Load, tmp_path: Path) -> None:
    done = script("startup", "--rounds", "1", "--warmup", "0", "--no-peers", "-o", tmp_path / "startup.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "startup.json").read_text("utf-8"))
    texts = load("time_text")
    assert set(report["parts_ms"]) == set(texts._PARTS)
    assert all(part > 0 for part in report["parts_ms"].values())
    rows: list[list[str]] = []
    install = {"packages": {}, "count": 8, "megabytes": 300.0}
    texts.start_text(report, install, lambda header, table: rows.extend(table) or "")
    assert [row[0] for row in rows][-1] == "`mnist-edge classify one.png`"


def test_a_peer_that_could_not_be_measured_is_named(load: Load, process: ModuleType) -> None:
    runs = runs_of(process, python=(20.0, None), help=(40.0, None), imports=(100.0, None), classify=(110.0, None))
    report = {**load("startup").summarize_runs(runs, [{}]), "cores": 1, "all_cores": None}
    report["not_measured"] = {"litert": "ai_edge_litert not installed"}
    install = {"packages": {}, "count": 8, "megabytes": 300.0}
    text = load("time_text").start_text(report, install, lambda header, rows: "")
    assert "litert was not measured: ai_edge_litert not installed." in text
    assert "1.10 times the bare imports" in text


def test_the_plain_program_reads_the_same_digit(process: ModuleType, tmp_path: Path, load: Load) -> None:
    startup = load("startup")
    command = startup._script("plain_onnxruntime", startup.packaged_path("edge"), startup._picture(tmp_path))
    assert startup.ANSWER in process.run_process("plain", command).output
