"""One fresh process: how long it takes and how much memory it has at most. For ``startup.py``."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mnist_edge.errors import WorkerError

PARTS: Final = Path(__file__).resolve().parent / "startup_parts.py"

# Linux counts the memory of the process that starts another one in the peak of that one, up to the moment at which it
# becomes the other program. So they are started by a small process; this one has libraries loaded.
_LAUNCHER: Final = """
import json, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
took = time.perf_counter() - start
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
except ImportError:
    peak = None
print(json.dumps({"took_ms": took * 1e3, "peak": peak, "code": done.returncode, "out": done.stdout, "err": done.stderr}))
"""


@dataclass(frozen=True)
class Run:
    """What one process took.

    Attributes:
        took_ms: From start to end.
        peak_mb: Largest resident memory in MB (1e6 bytes), pages of libraries included; ``None`` where nobody counts it.
        output: Its stdout.
    """

    took_ms: float
    peak_mb: float | None
    output: str


def usable_cores() -> set[int]:
    """Cores that this process may use and choose among; none where they cannot be chosen."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()


@contextlib.contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Keeps the processes that are started meanwhile on some cores; with none named, nothing changes."""
    before = usable_cores()
    if cores:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        if cores:
            os.sched_setaffinity(0, before)


def environment() -> dict[str, str]:
    """The variables of the processes.

    An installed package has its compiled caches; a checkout gets them in the warm-up, unless a variable forbids it. The
    program switches onnxruntime's telemetry off and asks for no threads of linear algebra; the others shall not be the
    slower for having them.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1"}


def run_process(name: str, command: Sequence[str], expected: str = "") -> Run:
    """Runs one command to its end.

    Args:
        name: For messages.
        command: Program and arguments.
        expected: What its output has to contain: a wrong answer is not worth timing.

    Raises:
        WorkerError: If it fails or prints something else.
    """
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(launcher, capture_output=True, text=True, check=False, env=environment())
    if done.returncode != 0:
        raise WorkerError(f"{name} could not be started", received=done.stderr.strip()[-300:])
    said: dict[str, Any] = json.loads(done.stdout)
    if said["code"] != 0:
        raise WorkerError(f"{name} ended with exit code {said['code']}", received=said["err"].strip()[-300:])
    if expected not in said["out"]:
        raise WorkerError(f"{name} gave another answer", expected=expected, received=said["out"].strip()[-300:])
    return Run(said["took_ms"], None if said["peak"] is None else said["peak"] / 1e6, said["out"])


def run_parts(picture: Path) -> dict[str, float]:
    """Ms of each part of one ``mnist-edge classify``, see ``startup_parts.py``.

    Raises:
        WorkerError: If it fails.
    """
    command = [sys.executable, str(PARTS), str(picture), repr(time.perf_counter())]
    process = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    ended = time.perf_counter()
    if process.returncode != 0:
        raise WorkerError("The parts of classify could not be timed", received=process.stderr.strip()[-300:])
    parts: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    done_at = parts.pop("done")
    return {**parts, "exit": 1e3 * (ended - done_at)}
