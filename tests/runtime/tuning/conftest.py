"""Networks of known delays, with a clock that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mnist_edge.runtime.bench_inputs import BenchInputs
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.tuning.candidates import Purpose
from mnist_edge.runtime.tuning.config import SessionConfig
from mnist_edge.runtime.tuning.findings import TuningReport
from mnist_edge.runtime.tuning.options import TuneOptions
from mnist_edge.runtime.tuning.rounds import RoundConfig, RoundResult, measure_round
from mnist_edge.runtime.tuning.search import tune

USUAL_US = 100.0
DelayOf = Callable[[SessionConfig], float]


class FakeNetwork:
    """Reads the digit from the place of the brightest column; each call moves the clock on."""

    def __init__(self, machine: FakeMachine, config: SessionConfig) -> None:
        self._machine, self._config = machine, config
        self._delay_us = machine.delay_of(config)

    def infer(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self._machine.pass_time(self._delay_us)
        logits = images.reshape(len(images), 28, 28).sum(axis=1, dtype=np.float32)[:, :10] / 1000
        logits = logits + np.float32(self._machine.error_of(self._config))
        return logits, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    def encode(self, images: np.ndarray) -> np.ndarray:
        return images[..., None]


class FakeMachine:
    """Opens networks in place of onnxruntime and runs rounds in place of fresh processes."""

    def __init__(self, delay_of: DelayOf, error_of: DelayOf = lambda config: 0.0) -> None:
        self.delay_of, self.error_of = delay_of, error_of
        self.rounds: list[RoundConfig] = []
        self.speed = 1.0  # of the whole machine, by which each delay is multiplied
        self._now_ns = 0.0
        self._rng = np.random.default_rng(0)

    def pass_time(self, delay_us: float) -> None:
        self._now_ns += 1000 * delay_us * self.speed * self._rng.normal(1, 0.01)

    def now(self) -> int:
        return round(self._now_ns)

    def open(self, model: str, config: SessionConfig) -> FakeNetwork:
        return FakeNetwork(self, config)

    def run_round(self, config: RoundConfig) -> RoundResult:
        self.rounds.append(config)
        return measure_round(config, open_network=self.open, now=self.now)

    def tune(self, **options: Any) -> TuningReport:
        purpose = Purpose(options.pop("purpose", Purpose.LATENCY))
        chosen = TuneOptions(**{"repeats": 8, "seconds": 0.001, "warmup": 0, "purpose": purpose, **options})
        return tune(chosen, run_round=self.run_round)


def delays(**factors: float) -> DelayOf:
    """The usual delay, times the factor of each option that is not the default: ``delays(arena=0.9)``."""

    def delay_of(config: SessionConfig) -> float:
        delay = USUAL_US
        for name, default in vars(SessionConfig()).items():
            if getattr(config, name) != default:
                delay *= factors.get(name, 1.0)
        return delay

    return delay_of


@pytest.fixture
def fake_machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeMachine]:
    """Makes a machine from factors of delays; two threads are usable, and no other program runs."""
    monkeypatch.setattr("mnist_edge.runtime.tuning.search.cpu_use", lambda: None)
    monkeypatch.setattr("mnist_edge.runtime.tuning.search.usable_threads", lambda: 2)
    few = BenchInputs(np.array([draw_digit(digit) for digit in range(10)]), "few")
    monkeypatch.setattr("mnist_edge.runtime.tuning.search.choose_inputs", lambda dataset: few)

    def make(delay_of: DelayOf | None = None, error_of: DelayOf = lambda config: 0.0, **factors: float) -> FakeMachine:
        return FakeMachine(delay_of or delays(**factors), error_of)

    return make
