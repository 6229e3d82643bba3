"""Noise that was put in is found, and a quiet machine is called quiet."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.runtime.bench_noise import CpuUse, Noise, cpu_use, judge_noise

START = CpuUse(total_s=1000.0, busy_s=400.0, steal_s=1.0, own_s=50.0, throttled_s=0.0)
STEADY = [[[100, 101, 99] * 20] * 5]


def _after(others: float = 0.0, steal: float = 0.0, throttled: float = 0.0) -> CpuUse:
    """Ten seconds later on two processors, of which this program took ten."""
    return CpuUse(1020.0, 400.0 + 10 + others + steal, 1.0 + steal, 60.0, throttled)


def test_a_quiet_machine_is_quiet() -> None:
    noise = judge_noise(START, _after(), STEADY)
    assert noise == Noise(0.0, 0.0, 0.0, 1.0, 0.0, ())
    assert noise.is_quiet


@pytest.mark.parametrize(
    ("after", "samples", "words"),
    [
        (_after(others=4.0), STEADY, "other programs took 20%"),
        (_after(steal=1.0), STEADY, r"hypervisor took 5\.0%"),
        (_after(throttled=0.25), STEADY, r"stopped everything for 0\.25 s"),
        (_after(), [[[100] * 100, [100] * 100, [108] * 100]], r"last third of the calls took 1\.08 times"),
        (_after(), [[[100] * 100, [100] * 100, [92] * 100]], r"0\.92 times"),
        (_after(), [STEADY[0], [[100] * 9, [112] * 9]], "medians differ by 11%"),
    ],
)
def test_what_disturbs_is_named(after: CpuUse, samples: list[list[list[int]]], words: str) -> None:
    noise = judge_noise(START, after, samples)
    assert not noise.is_quiet
    assert len(noise.reasons) == 1
    assert re.search(words, noise.reasons[0])


def test_a_system_that_tells_nothing_leaves_the_samples_to_judge_by() -> None:
    noise = judge_noise(None, None, [[np.array([100, 100]), np.array([100, 150])]])
    assert (noise.others, noise.steal, noise.throttled_s) == (None, None, None)
    assert noise.reasons == ("the rounds' medians differ by 22%",)


def test_the_counters_are_read(tmp_path: Path) -> None:
    stat, group = tmp_path / "stat", tmp_path / "cpu.stat"
    tick = os.sysconf("SC_CLK_TCK")
    rows = [f"cpu{number} {10 * tick} 0 {5 * tick} {80 * tick} {5 * tick} 0 0 {2 * tick} 7 7" for number in range(512)]
    stat.write_text("\n".join(["cpu 1 2 3 4 5 6 7 8", *rows, "intr 5"]))
    group.write_text("usage_usec 5\nnr_throttled 2\nthrottled_usec 1500000\n")
    found = cpu_use(stat, [tmp_path / "none", group])
    assert found is not None
    usable = len(os.sched_getaffinity(0))
    assert (found.total_s, found.busy_s, found.steal_s) == (102.0 * usable, 17.0 * usable, 2.0 * usable)
    assert found.throttled_s == 1.5
    group.write_text("nr_throttled 2\nthrottled_time 250000000\n")
    older = cpu_use(stat, [group])
    assert older is not None
    assert older.throttled_s == 0.25
    assert cpu_use(tmp_path / "none") is None


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="only Linux counts this")
def test_own_work_is_not_that_of_others() -> None:
    before = cpu_use()
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    after = cpu_use()
    assert before is not None
    assert after is not None
    assert after.own_s - before.own_s >= 0.25
    assert after.total_s > before.total_s
    assert after.busy_s - before.busy_s >= 0.2
