"""Timing calls of microseconds: in blocks, in turns, because the clock itself takes a tenth of a microsecond."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mnist_edge.runtime.bench_clocks import settled_memory

#: Name to the mean time of a call in µs, one entry a block.
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Case:
    """A call to be timed.

    Attributes:
        name: Differs from all others.
        title: As tables and figures name it.
        call: Without arguments.
    """

    name: str
    title: str
    call: Callable[[], Any]


def time_in_turns(cases: Sequence[Case], *, rounds: int, block_ms: float) -> Times:
    """Times every case once a round, in blocks of about ``block_ms``; the first round is not counted."""
    counts = [_calls_for(case.call, block_ms) for case in cases]
    times: Times = {case.name: [] for case in cases}
    with settled_memory():
        for number in range(-1, rounds):
            for step in range(len(cases)):  # the order turns, so that none always runs after the same one
                place = (step + max(number, 0)) % len(cases)
                took = _block_us(cases[place].call, counts[place])
                if number >= 0:
                    times[cases[place].name].append(took)
    return times


def _calls_for(call: Callable[[], Any], block_ms: float) -> int:
    for _ in range(20):
        call()
    return max(1, round(1000 * block_ms / _block_us(call, 20)))


def _block_us(call: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter_ns()
    for _ in range(calls):
        call()
    return (time.perf_counter_ns() - start) / calls / 1000
