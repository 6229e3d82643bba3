"""The stopwatch against a clock that only moves when the engine under test moves it."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from mnist_edge.errors import WorkerError
from mnist_edge.runtime.bench_clocks import BLOCK_NS, Clock, measure, settled_memory

MICROSECOND = 1000


class FakeTime:
    def __init__(self) -> None:
        self.now_ns = 0
        self.log: list[str] = []

    def now(self) -> int:
        return self.now_ns

    def clock(self, name: str, delays_us: list[float], *, arguments: int = 4, wrong_at: int | None = None) -> Clock:
        """An engine that takes the given delays in turn and answers with its argument."""
        calls = 0

        def function(argument: int) -> Any:
            nonlocal calls
            self.now_ns += round(delays_us[calls % len(delays_us)] * MICROSECOND)
            self.log.append(name)
            calls += 1
            return -1 if wrong_at is not None and calls > wrong_at else argument

        numbers = list(range(arguments))
        return Clock(name, function, numbers, lambda answer: answer, numbers)


def test_samples_are_the_delays_that_were_put_in() -> None:
    time = FakeTime()
    times = measure([time.clock("engine", [40, 60, 50, 2000])], samples=100, seconds=0, warmup=0, now=time.now)["engine"]
    assert len(times) >= 100
    assert set(times) == {40_000, 60_000, 50_000, 2_000_000}


def test_both_bounds_hold_for_every_clock() -> None:
    time = FakeTime()
    clocks = [time.clock("fast", [10]), time.clock("slow", [900])]
    times = measure(clocks, samples=500, seconds=0.05, warmup=0, now=time.now)
    assert all(len(times[name]) >= 500 and sum(times[name]) >= 0.05e9 for name in ("fast", "slow"))


def test_warm_up_is_not_timed() -> None:
    time = FakeTime()
    calls: list[int] = []

    def cold_first(argument: int) -> int:
        calls.append(argument)
        time.now_ns += 5_000_000 if len(calls) <= 7 else 1000
        return argument

    clock = Clock("engine", cold_first, [0, 1], lambda answer: answer, [0, 1])
    assert set(measure([clock], samples=50, seconds=0, warmup=7, now=time.now)["engine"]) == {1000}


def test_clocks_take_turns_of_a_few_milliseconds() -> None:
    time = FakeTime()
    clocks = [time.clock("a", [100]), time.clock("b", [200])]
    measure(clocks, samples=1, seconds=0.02, warmup=0, now=time.now)
    timed = "".join(time.log[8:])  # after one warm-up pass over four arguments each
    turn = {"a": "a" * (BLOCK_NS // 100_000), "b": "b" * (BLOCK_NS // 200_000)}
    assert timed == (turn["a"] + turn["b"]) * 4


def test_a_clock_that_does_not_move_ends_its_turn() -> None:
    time = FakeTime()
    assert len(measure([time.clock("engine", [0])], samples=10, seconds=0, warmup=0, now=time.now)["engine"]) >= 10


@pytest.mark.parametrize("wrong_at", [2, 60])
def test_a_wrong_answer_stops_the_measurement(wrong_at: int) -> None:
    time = FakeTime()
    clock = time.clock("engine", [100], wrong_at=wrong_at)
    with pytest.raises(WorkerError, match=r"engine reads picture \d otherwise"):
        measure([clock], samples=1000, seconds=0, warmup=0, now=time.now)


def test_the_collector_stays_on_and_nothing_stays_frozen() -> None:
    frozen = gc.get_freeze_count()
    with settled_memory():
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
    assert gc.get_freeze_count() == frozen
