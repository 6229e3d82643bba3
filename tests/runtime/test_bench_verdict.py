"""Verdicts on known times: a difference that was put in is found, none is not, and noise forbids all of it."""

from __future__ import annotations

import dataclasses
import json
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.errors import OptionError, RegressionError
from mnist_edge.runtime.bench_clocks import Clock, measure
from mnist_edge.runtime.bench_noise import judge_noise
from mnist_edge.runtime.bench_report import ClockResult, ConfigurationResult
from mnist_edge.runtime.bench_stats import summarize
from mnist_edge.runtime.bench_verdict import (
    check_regression,
    compare_models,
    compare_with_earlier,
    ratio_apart,
    read_earlier,
)
from mnist_edge.runtime.machine import describe_machine

QUIET = judge_noise(None, None, [])
BUSY = judge_noise(None, None, [[[100], [150]]])


class Delays:
    """An engine of known delays, with a clock that shows them: each call takes ``usual`` ns, every n-th one ``rare``."""

    def __init__(self, usual: int, rare: int = 0, every: int = 0) -> None:
        self.now_ns, self.calls = 0, 0
        self._usual, self._rare, self._every = usual, rare, every

    def infer(self, picture: int) -> int:
        self.calls += 1
        self.now_ns += self._rare if self._every and self.calls % self._every == 0 else self._usual
        return picture

    def now(self) -> int:
        return self.now_ns

    def measure(self, samples: int) -> array[int]:
        clock = Clock("infer", self.infer, range(10), lambda answer: answer, range(10))
        return measure([clock], samples=samples, seconds=0, warmup=20, now=self.now)["infer"]


def test_known_delays_and_a_known_tail_are_found() -> None:
    times = Delays(40_000, rare=300_000, every=50).measure(5000)
    summary = summarize(times)
    assert (summary.p50_us, summary.p95_us, summary.p99_us, summary.max_us) == (40.0, 40.0, 300.0, 300.0)
    assert summary.mean_us == pytest.approx(40 + 260 / 50, abs=0.1)
    assert summarize(Delays(40_000, rare=300_000, every=200).measure(5000)).p99_us == 40.0


def test_an_engine_that_slows_down_is_noise() -> None:
    times = [Delays(delay).measure(100) for delay in (40_000, 41_000, 43_000)]
    assert judge_noise(None, None, [times]).reasons == ("the last third of the calls took 1.07 times as long as the first",)


def _result(model: str, rounds: Sequence[float], threads: int = 1) -> ConfigurationResult:
    latency = summarize([round(1000 * time) for time in rounds])
    return ConfigurationResult(
        model=model,
        threads=threads,
        threads_asked=threads,
        clocks=(ClockResult("infer", latency, 1.0, tuple(rounds)),),
        batches=(),
        imports_ms=1.0,
        load_ms=1.0,
        first_ms=1.0,
        memory={},
        cpu_busy=1.0,
        cpu_paced=0.0,
    )


def test_a_model_of_half_the_time_is_named_and_equal_ones_are_not() -> None:
    results = [
        _result("a", [40.0, 42.0, 41.0]),
        _result("b", [20.0, 21.0, 20.5]),
        _result("a", [40.2, 41.8, 41.3], threads=2),
    ]
    half, same = compare_models(results)
    assert half.differs
    assert half.sentence == "b takes 0.50 (0.50 to 0.50) times as long as a by infer"
    assert not same.differs
    assert same.sentence.startswith("a with 2 threads and a cannot be told apart by infer: 1.0")
    assert compare_models(results[:1]) == ()


def test_a_sure_difference_of_a_percent_is_none() -> None:
    (comparison,) = compare_models([_result("a", [100.0] * 9), _result("b", [101.0] * 9)])
    assert comparison.ratio.low > 1
    assert not comparison.differs


def test_the_interval_of_two_runs_covers_the_spread_of_both() -> None:
    ratio = ratio_apart([20.0] * 5, [10.0, 10.0, 10.0, 12.0, 12.0])
    assert ratio.value == 2.0
    assert ratio.low == pytest.approx(20 / 12)
    assert ratio.high == 2.0


def _write_earlier(folder: Path, rounds: Sequence[float], **machine: object) -> Path:
    stated = dataclasses.asdict(describe_machine()) | machine
    result = dataclasses.asdict(_result("edge", rounds))
    path = folder / "benchmark.json"
    path.write_text(json.dumps({"machine": stated, "results": [result]}))
    return path


def test_what_became_slower_is_an_error_and_what_became_faster_is_not(tmp_path: Path) -> None:
    earlier = read_earlier(_write_earlier(tmp_path, [10.0, 10.1, 9.9]), describe_machine())
    slower = compare_with_earlier([_result("edge", [11.0, 11.1, 10.9]), _result("new", [5.0])], earlier)
    assert [comparison.what for comparison in slower] == ["edge"]
    with pytest.raises(RegressionError, match=r"edge takes 1\.10 .* times as long as before by infer"):
        check_regression(slower, QUIET, 0.05)
    check_regression(slower, QUIET, 0.15)
    check_regression(compare_with_earlier([_result("edge", [5.0])], earlier), QUIET, 0.0)


def test_on_a_busy_machine_nothing_is_compared(tmp_path: Path) -> None:
    earlier = read_earlier(_write_earlier(tmp_path, [10.0]), describe_machine())
    with pytest.raises(RegressionError, match=r"too busy .* medians differ by 40%"):
        check_regression(compare_with_earlier([_result("edge", [5.0])], earlier), BUSY, 0.05)


def test_an_earlier_run_must_be_one_of_this_machine_and_these_models(tmp_path: Path) -> None:
    here = describe_machine()
    with pytest.raises(OptionError, match="another machine: its cpu differs"):
        read_earlier(_write_earlier(tmp_path, [1.0], cpu="abacus"), here)
    with pytest.raises(OptionError, match=r"none of these\. Received: edge"):
        compare_with_earlier([_result("mine", [1.0])], read_earlier(_write_earlier(tmp_path, [1.0]), here))
    with pytest.raises(OptionError, match="cannot be read"):
        read_earlier(tmp_path / "none.json", here)
    for text in ("{", "[]", "{}", '{"machine": 3}', json.dumps({"machine": {}, "results": 1})):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(OptionError, match="is no result of mnist-edge benchmark"):
            read_earlier(tmp_path / "bad.json", here)


def test_ratios_hold_the_true_one_for_noisy_rounds() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(40):
        here, there = 12 * rng.lognormal(0, 0.03, 10), 10 * rng.lognormal(0, 0.03, 10)
        ratio = ratio_apart(here.tolist(), there.tolist())
        hits += ratio.low <= 1.2 <= ratio.high
    assert hits >= 32
