"""The quick look at the speed of several models, against a clock that only the models move."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.runtime import model_speed
from mnist_edge.runtime.model_speed import HANDS, ROUNDS, WARMUP, measure_models
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.runtime.session import Engine

BuildModel = Callable[..., bytes]


@pytest.fixture
def paths(build_model: BuildModel, tmp_path: Path) -> list[str]:
    """Two models that differ in their weights, and in the time that the fake engine takes."""
    for name, weight in (("quick", 10.0), ("slow", 20.0)):
        (tmp_path / f"{name}.onnx").write_bytes(build_model(weight=weight))
    return [str(tmp_path / f"{name}.onnx") for name in ("quick", "slow")]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """``[now in ns, models in the order of their calls]``; quick takes 20 µs, slow 50 µs."""
    state: list[Any] = [0, []]

    class Slowed(Engine):
        def infer(self, images: Any) -> Any:
            state[0] += 20_000 if "quick" in self.name else 50_000
            state[1].append("quick" if "quick" in self.name else "slow")
            return super().infer(images)

    monkeypatch.setattr(model_speed, "Engine", Slowed)
    return state


def test_latency_and_ratio_are_those_of_the_models(paths: list[str], time: list[Any]) -> None:
    quick, slow = measure_models(paths, seconds=0.06, now=lambda: int(time[0])).values()
    assert (quick.latency.p50_us, quick.latency.p99_us, slow.latency.p50_us) == (20, 20, 50)
    assert (quick.to_reference.value, slow.to_reference.value) == (1, 2.5)
    assert quick.latency.n * 20 == pytest.approx(30_000, rel=0.2)  # half of the time each
    assert slow.latency.n * 50 == pytest.approx(30_000, rel=0.2)


def test_models_are_warmed_up_and_then_timed_in_turns(paths: list[str], time: list[Any]) -> None:
    measure_models(paths, seconds=0.06, now=lambda: int(time[0]))
    calls = time[1]
    inputs = 10 * HANDS
    assert calls[: 2 * inputs] == ["quick"] * inputs + ["slow"] * inputs  # the answers that are expected
    assert calls[2 * inputs :][: 2 * WARMUP] == ["quick"] * WARMUP + ["slow"] * WARMUP
    changes = sum(before != after for before, after in itertools.pairwise(calls))
    assert changes >= 2 * ROUNDS


def test_real_models_are_timed() -> None:
    speeds = measure_models(packaged_models(), seconds=0.02)
    assert tuple(speeds) == packaged_models()
    for speed in speeds.values():
        assert 0 < speed.latency.p50_us <= speed.latency.p99_us
    assert speeds[packaged_models()[0]].to_reference.value == 1
