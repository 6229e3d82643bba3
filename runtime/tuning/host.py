"""Which machine a profile is for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_edge.runtime.cpu import usable_threads
from mnist_edge.runtime.cpu_name import cpu_features, cpu_model

_CPUINFO: Final = Path("/proc/cpuinfo")
_FIRST_CORE_BYTES: Final = 8192  # the kernel writes a block for every core as it is read: hundreds take milliseconds


@dataclass(frozen=True)
class Host:
    """What decides which session options are fastest.

    Attributes:
        cpu: Model name of the processor.
        features: Its instruction sets for small networks.
        usable_threads: Threads that affinity and container quota allow.
        onnxruntime: Its version.
    """

    cpu: str
    features: tuple[str, ...]
    usable_threads: int
    onnxruntime: str

    def difference(self, other: Host) -> str:
        """The first thing in which another one differs, in words; empty if none does."""
        if self.onnxruntime != other.onnxruntime:
            return f"onnxruntime {other.onnxruntime}"
        if (self.cpu, self.features) != (other.cpu, other.features):
            return other.cpu if self.cpu != other.cpu else f"{other.cpu} with other instruction sets"
        return f"{other.usable_threads} usable threads" if self.usable_threads != other.usable_threads else ""


def this_host() -> Host:
    """This machine, as this process may use it."""
    from mnist_edge.runtime.session import import_onnxruntime  # it imports this package

    try:
        with _CPUINFO.open("rb") as file:
            cpuinfo = file.read(_FIRST_CORE_BYTES).decode("utf-8", "replace")
    except OSError:
        cpuinfo = ""
    return Host(cpu_model(cpuinfo), cpu_features(cpuinfo), usable_threads(), str(import_onnxruntime().__version__))
