"""What this machine is: the facts without which a latency figure says nothing."""

from __future__ import annotations

import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_edge.runtime.cpu import cgroup_quota, usable_threads
from mnist_edge.runtime.cpu_name import cpu_features, cpu_model, cpuinfo_fields

_CPUINFO: Final = Path("/proc/cpuinfo")
_STATUS: Final = Path("/proc/self/status")
_GOVERNOR: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


@dataclass(frozen=True)
class Machine:
    """The machine as the process sees it.

    Attributes:
        cpu: Model name of the processor.
        architecture: ``x86_64``, ``aarch64``, …
        features: Instruction sets that matter for small networks, for instance ``avx2``.
        cores: Logical cores of the host.
        usable_threads: Threads that affinity and container quota allow.
        quota: CPU quota of the control group in cores; ``None`` if there is none.
        governor: Frequency governor of the first core; ``None`` if it cannot be read.
        system: Operating system with major and minor number of its release; the full text says more than results need.
        python: Version of the interpreter.
        timer_resolution_ns: What the system states for ``time.perf_counter``.
        timer_cost_ns: Median time between two readings that follow each other; contained in every sample.
    """

    cpu: str
    architecture: str
    features: tuple[str, ...]
    cores: int
    usable_threads: int
    quota: float | None
    governor: str | None
    system: str
    python: str
    timer_resolution_ns: float
    timer_cost_ns: float

    @property
    def threads_text(self) -> str:
        """How much of the machine this process may use, in words."""
        quota = f"quota {self.quota:g} cores" if self.quota is not None else "no quota"
        return f"{self.usable_threads} usable of {self.cores} cores, {quota}"


def describe_machine() -> Machine:
    """Reads what can be read; whatever the system does not tell is ``None`` or empty."""
    cpuinfo = _read(_CPUINFO) or ""
    return Machine(
        cpu=cpu_model(cpuinfo),
        architecture=platform.machine(),
        features=cpu_features(cpuinfo),
        cores=os.cpu_count() or 1,
        usable_threads=usable_threads(),
        quota=cgroup_quota(),
        governor=_read(_GOVERNOR),
        system=short_system(platform.system(), platform.release()),
        python=platform.python_version(),
        timer_resolution_ns=time.get_clock_info("perf_counter").resolution * 1e9,
        timer_cost_ns=timer_cost_ns(),
    )


def short_system(system: str, release: str) -> str:
    """``Linux 6.1`` from ``Linux`` and ``6.1.0-18-amd64``."""
    number = re.match(r"\d+(\.\d+)?", release)
    return f"{system} {number[0]}" if number else system


def load_average() -> tuple[float, float, float] | None:
    """Processes that ran or waited, averaged over 1, 5 and 15 minutes; ``None`` on Windows."""
    return os.getloadavg() if hasattr(os, "getloadavg") else None


def timer_cost_ns(now: Callable[[], int] = time.perf_counter_ns, readings: int = 1001) -> float:
    """Median time in ns between two readings of the clock that follow each other."""
    return float(statistics.median(-(now() - now()) for _ in range(readings)))


def resident_bytes() -> int | None:
    """Memory that the process holds now, or ``None`` where the system has no ``/proc``."""
    return _status_bytes("VmRSS")


def peak_resident_bytes() -> int | None:
    """Most memory that the process has held so far, or ``None`` if the system does not tell.

    On Linux ``VmHWM``, because ``ru_maxrss`` of a fresh process starts with the parent's peak.
    """
    peak = _status_bytes("VmHWM")
    if peak is not None or sys.platform == "win32":
        return peak
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _status_bytes(key: str) -> int | None:
    amount = cpuinfo_fields(_read(_STATUS) or "").get(key, "").removesuffix(" kB")
    return int(amount) * 1024 if amount.isdigit() else None


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return None
