"""One round: what is timed computes the same, and a fresh process does the real thing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import ModelFormatError, WorkerError
from mnist_edge.export.verdict import Tolerance
from mnist_edge.runtime.bench_process import python_module, run_worker
from mnist_edge.runtime.bench_worker import encode_digits
from mnist_edge.runtime.session import Engine
from mnist_edge.runtime.tuning import rounds
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig
from mnist_edge.runtime.tuning.rounds import RoundConfig, calls_of, departure, measure_round


def config_of(model: Path | str, bands: np.ndarray, *trials: SessionConfig, batch: int = 1) -> RoundConfig:
    return RoundConfig(
        model=str(model),
        trials=tuple(dataclasses.asdict(trial) for trial in trials),
        digits=encode_digits(bands[..., 0]),
        batch=batch,
        samples=30,
        seconds=0.0,
        warmup=3,
        seed=1,
    )


def test_the_bounds_are_those_of_the_parity_gate() -> None:
    assert Tolerance() == Tolerance(rounds.LOGITS_ATOL, rounds.PROBABILITIES_ATOL, rounds.PROBABILITIES_RTOL)


@pytest.mark.parametrize("batch", [1, 256])
def test_a_fresh_process_times_every_trial(any_model: Path, bands: np.ndarray, batch: int) -> None:
    other = SessionConfig(arena=False, switches=("no prepacked weights",))
    config = config_of(any_model, bands, DEFAULT_CONFIG, other, batch=batch)
    raw = run_worker(python_module("mnist_edge.runtime.tuning.rounds"), dataclasses.asdict(config), what="bands")
    assert raw["refused"] == ["", ""]
    assert all(len(times) >= 30 and min(times) > 0 for times in raw["times_ns"])


def test_a_model_that_cannot_be_used_is_one_line(bands: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"garbage")
    config = config_of(tmp_path / "bad.onnx", bands, DEFAULT_CONFIG)
    with pytest.raises(ModelFormatError):
        measure_round(config)
    with pytest.raises(WorkerError, match=r"measures bands ended with exit code 1.*not an ONNX model"):
        run_worker(python_module("mnist_edge.runtime.tuning.rounds"), dataclasses.asdict(config), what="bands")


@pytest.mark.parametrize("batch", [1, 5, 13, 256])
def test_every_call_is_a_full_batch_and_corner_cases_are_among_them(any_model: Path, bands: np.ndarray, batch: int) -> None:
    calls = calls_of(bands[..., 0], batch, Engine(any_model))
    assert {call.shape for call in calls} == {(batch, 28, 28, 1)}
    together = np.concatenate(calls)
    assert len(together) >= 10
    if len(together) >= 13:
        assert (together == 255).all(axis=(1, 2, 3)).any()
        assert (together == 0).all(axis=(1, 2, 3)).any()


def answers(logits: list[list[float]]) -> list[Any]:
    array = np.array(logits, np.float32)
    return [(array, np.exp(array) / np.exp(array).sum(axis=1, keepdims=True))]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ([[1.0, 2.0]], ""),
        ([[1.0, 2.000001]], ""),
        ([[1.0, 2.001]], "logits differ by 0.001"),
        ([[float("nan"), 2.0]], "logits differ by nan"),
    ],
)
def test_departures_are_found(other: list[list[float]], words: str) -> None:
    assert departure(answers([[1.0, 2.0]]), answers(other)) == words


def test_probabilities_and_digits_are_looked_at() -> None:
    ((logits, probabilities),) = answers([[1.0, 1.0]])
    moved = probabilities + np.float32(1e-3)
    assert departure([(logits, probabilities)], [(logits, moved)]).startswith("probabilities differ")
    flipped = logits + np.array([[0, 1e-6]], np.float32)
    assert departure([(logits, probabilities)], [(flipped, probabilities)]) == "another digit is read"
