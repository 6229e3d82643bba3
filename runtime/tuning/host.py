"""Which machine a profile is for."""

from __future__ import annotations

from typing import Any, Final

from mnist_edge.runtime.cpu import usable_threads
from mnist_edge.runtime.cpu_name import cpu_features, cpu_model

_CPUINFO: Final = "/proc/cpuinfo"
_FIRST_CORE_BYTES: Final = 8192  # the kernel writes a block for every core as it is read: hundreds take milliseconds


def host_facts() -> dict[str, Any]:
    """What decides which session options are fastest, as it stands in a profile: plain values, cheap to get."""
    from mnist_edge.runtime.session import import_onnxruntime  # it imports this package

    return {
        "cpu": cpu_model(text := _cpuinfo()),
        "features": list(cpu_features(text)),
        "usable_threads": usable_threads(),
        "onnxruntime": str(import_onnxruntime().__version__),
    }


def _cpuinfo() -> str:
    try:
        with open(_CPUINFO, "rb") as file:
            return file.read(_FIRST_CORE_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
