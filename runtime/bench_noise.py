"""How quiet the machine was while it was measured: on a busy one, small differences mean nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

MOST_OTHERS: Final = 0.10  # of the usable processors' time; more is another program
MOST_STEAL: Final = 0.01  # of it; the hypervisor gave it to another machine
MOST_DRIFT: Final = 0.05  # from the first third of the samples to the last one
MOST_SPREAD: Final = 0.10  # of the rounds' medians, from the lowest to the highest
_THIRDS: Final = 30  # samples at least; a third of fewer has no median worth the name

_STAT: Final = Path("/proc/stat")
_CGROUP_STATS: Final = (Path("/sys/fs/cgroup/cpu.stat"), Path("/sys/fs/cgroup/cpu/cpu.stat"))
# user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user and nice already (man proc_stat).
_IDLE: Final = (3, 4)
_STEAL: Final = 7
_COUNTED: Final = 8


@dataclass(frozen=True)
class CpuUse:
    """What the processors have done up to now; every field only grows.

    Attributes:
        total_s: Time of the processors that this process may use, in s.
        busy_s: Of it, what ran: any program, the kernel, or nothing because the hypervisor took it.
        steal_s: Of it, what the hypervisor took.
        own_s: CPU time of this process and of its children that have ended.
        throttled_s: Time in which the control group was not let run, for its quota was used up; 0 if there is none.
    """

    total_s: float
    busy_s: float
    steal_s: float
    own_s: float
    throttled_s: float


@dataclass(frozen=True)
class Noise:
    """What disturbed a measurement.

    Attributes:
        others: Share of the usable processors' time that other programs took; ``None`` where the system does not tell.
        steal: Share that the hypervisor took; ``None`` likewise.
        throttled_s: Time lost to the quota; ``None`` likewise.
        drift: Median of the last third of the samples to that of the first third, the one that is farthest from 1.
        spread: Highest median of a round less the lowest one, by the median of them; the largest of all.
        reasons: Why no verdict can be given, in words; empty on a quiet machine.
    """

    others: float | None
    steal: float | None
    throttled_s: float | None
    drift: float
    spread: float
    reasons: tuple[str, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether differences of a few percent can be believed."""
        return not self.reasons


def cpu_use(stat: Path = _STAT, cgroup_stats: Sequence[Path] = _CGROUP_STATS) -> CpuUse | None:
    """Reads the counters of the system; ``None`` where there are none (only Linux has them)."""
    try:
        lines = stat.read_text().splitlines()
    except OSError:
        return None
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    counters = np.zeros(_COUNTED)
    for line in lines:
        name, *values = line.split()
        if name.startswith("cpu") and name != "cpu" and (not usable or int(name[3:]) in usable):
            counters += [float(value) for value in values[:_COUNTED]]
    seconds = counters / os.sysconf("SC_CLK_TCK")
    times = os.times()
    return CpuUse(
        total_s=float(seconds.sum()),
        busy_s=float(seconds.sum() - seconds[list(_IDLE)].sum()),
        steal_s=float(seconds[_STEAL]),
        own_s=times.user + times.system + times.children_user + times.children_system,
        throttled_s=_throttled_s(cgroup_stats),
    )


def _throttled_s(cgroup_stats: Iterable[Path]) -> float:
    for path in cgroup_stats:
        try:
            fields = dict(line.split() for line in path.read_text().splitlines())
        except (OSError, ValueError):
            continue
        if "throttled_usec" in fields:
            return int(fields["throttled_usec"]) / 1e6
        return int(fields.get("throttled_time", 0)) / 1e9  # version 1 counts nanoseconds
    return 0.0


def judge_noise(
    before: CpuUse | None, after: CpuUse | None, rounds_ns: Iterable[Sequence[Sequence[int] | npt.NDArray[Any]]]
) -> Noise:
    """Judges a measurement.

    Args:
        before: The counters when it began.
        after: When it had ended.
        rounds_ns: For each thing that was timed its samples, a list for each round, in the order of the calls.
    """
    timed = [[np.asarray(times, np.float64) for times in rounds if len(times)] for rounds in rounds_ns]
    timed = [rounds for rounds in timed if rounds]
    drifts = [_drift(np.concatenate(rounds)) for rounds in timed]
    drift = max(drifts, key=lambda value: abs(value - 1), default=1.0)
    spread = max((_spread(rounds) for rounds in timed), default=0.0)
    others = steal = throttled = None
    if before is not None and after is not None and after.total_s > before.total_s:
        total = after.total_s - before.total_s
        steal = (after.steal_s - before.steal_s) / total
        own = after.own_s - before.own_s
        others = max(0.0, (after.busy_s - before.busy_s - own) / total - steal)
        throttled = after.throttled_s - before.throttled_s
    return Noise(others, steal, throttled, drift, spread, tuple(_reasons(others, steal, throttled, drift, spread)))


def _drift(samples: npt.NDArray[np.float64]) -> float:
    if len(samples) < _THIRDS:
        return 1.0
    third = len(samples) // 3
    return float(np.median(samples[-third:]) / np.median(samples[:third]))


def _spread(rounds: Sequence[npt.NDArray[np.float64]]) -> float:
    medians = [float(np.median(times)) for times in rounds]
    return (max(medians) - min(medians)) / float(np.median(medians))


def _reasons(
    others: float | None, steal: float | None, throttled: float | None, drift: float, spread: float
) -> Iterable[str]:
    if others is not None and others > MOST_OTHERS:
        yield f"other programs took {others:.0%} of the processors' time"
    if steal is not None and steal > MOST_STEAL:
        yield f"the hypervisor took {steal:.1%} of it"
    if throttled:
        yield f"the quota of the control group stopped everything for {throttled:.2f} s"
    if abs(drift - 1) > MOST_DRIFT:
        yield f"the last third of the calls took {drift:.2f} times as long as the first"
    if spread > MOST_SPREAD:
        yield f"the rounds' medians differ by {spread:.0%}"
