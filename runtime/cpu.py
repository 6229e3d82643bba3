"""How many threads this process may really use."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Final

_CGROUP_V2: Final = Path("/sys/fs/cgroup")
_CGROUP_V1: Final = Path("/sys/fs/cgroup/cpu")


def usable_threads() -> int:
    """Threads that the affinity mask and the container's CPU quota allow, at least 1.

    The number of cores of the host is no guide: a container limited to one core on a 64-core host would be slowed down
    by 64 threads that wait for each other.
    """
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        available = os.cpu_count() or 1
    quota = cgroup_quota()
    return max(1, available if quota is None else min(available, math.ceil(quota)))


def granted_threads(wanted: int) -> int:
    """As many of the wanted threads as may really be used; for one, nothing has to be looked up."""
    return wanted if wanted <= 1 else min(wanted, usable_threads())


def cgroup_quota() -> float | None:
    """CPU quota of the control group in cores, or ``None`` if there is none (cgroup v2 ``cpu.max``, v1 ``cpu.cfs_*``)."""
    quotas = [_quota_v2(folder) for folder in _own_groups()] + [_quota_v1()]
    return min((quota for quota in quotas if quota is not None), default=None)


def _own_groups() -> list[Path]:
    """The process's cgroup v2 folder and all above it: the tightest limit on the way counts."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    own = next((line[3:].lstrip("/") for line in lines if line.startswith("0::")), "")
    folder = _CGROUP_V2 / own
    return [folder, *[parent for parent in folder.parents if parent.is_relative_to(_CGROUP_V2)]]


def _quota_v2(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _quota_v1() -> float | None:
    try:
        quota = int((_CGROUP_V1 / "cpu.cfs_quota_us").read_text())
        period = int((_CGROUP_V1 / "cpu.cfs_period_us").read_text())
        return quota / period if quota > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None
