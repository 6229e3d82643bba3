"""What is tried: each candidate changes one thing against the defaults."""

from __future__ import annotations

import enum
import platform
from typing import Final

from mnist_edge.runtime.tuning.config import SWITCHES, SessionConfig

_MOST_THREADS: Final = 8  # these networks have no work for more
_ARM_ONLY: Final = "no KleidiAI kernels"
_X86_ONLY: Final = "no sliding depthwise kernel"


class Purpose(enum.StrEnum):
    """What is to be fast."""

    LATENCY = "latency"
    THROUGHPUT = "throughput"

    @property
    def batch(self) -> int:
        """Pictures a run of the network."""
        return 1 if self is Purpose.LATENCY else 256


def candidates(
    purpose: Purpose, usable_threads: int, *, allow_spinning: bool = False, architecture: str | None = None
) -> tuple[SessionConfig, ...]:
    """The options to try.

    Args:
        purpose: What is to be fast; buffers are bound for single pictures only, so for batches that is not asked.
        usable_threads: Threads that this process may use.
        allow_spinning: Whether threads may be tried that spin while they wait.
        architecture: As ``platform.machine()`` has it; by default this machine's.
    """
    is_arm = (architecture or platform.machine()).lower() in ("aarch64", "arm64")
    most = min(usable_threads, _MOST_THREADS)
    counts = sorted({count for count in (2, 4, most) if 1 < count <= most})
    tried = [SessionConfig(threads=count) for count in counts]
    if allow_spinning:
        tried += [SessionConfig(threads=count, spinning=True) for count in counts]
    tried += [
        SessionConfig(graph="extended"),
        SessionConfig(arena=False),
        SessionConfig(memory_pattern=False),
    ]
    if purpose is Purpose.LATENCY:
        tried.append(SessionConfig(bound=False))
    foreign = _X86_ONLY if is_arm else _ARM_ONLY
    tried += [SessionConfig(switches=(name,)) for name in SWITCHES if name != foreign]
    return tuple(tried)
