"""One engine with one model in a process of its own: config as JSON on stdin, result as the last line of stdout.

Nothing of this project is imported before the engine is, or its own import and memory would be understated.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from engine_runner import Runner, UInt8Array
from engines import ENGINES

LEAST_BATCHES: Final = 3  # timed calls of each batch size, however long one takes
WARMUP_NS: Final = 10_000_000  # of each batch size
_STATUS: Final = Path("/proc/self/status")


def run_engine(config: dict[str, Any]) -> dict[str, Any]:
    """Loads the engine; writes its answers to ``config["answers"]`` if that is given, else times it.

    The order matters: what is imported or loaded later must not be in the figures of what comes before.
    """
    pin(config["cpu"])
    engine = ENGINES[config["engine"]]
    memory = {"python_and_numpy": _resident_bytes()}
    _, imports_ms = _timed(lambda: [importlib.import_module(name) for name in engine.modules])
    memory["imported"] = _resident_bytes()
    runner, load_ms = _timed(lambda: engine.open(config["files"]["1"], 1))
    memory["loaded"] = _resident_bytes()
    pictures = np.load(config["pictures"])
    first = runner.encode(pictures[:1])
    _, first_ms = _timed(lambda: runner.call(first))
    if config["answers"]:
        answers = [runner.probabilities_of(runner.call(runner.encode(each[None])))[0] for each in pictures]
        np.save(config["answers"], np.array(answers, np.float32))
        return {"versions": _versions(engine.distribution, *[name for name in engine.modules if name == "keras"])}
    times = _measure(runner, pictures, 1, config, samples=config["samples"], seconds=config["seconds"])
    memory["peak"] = _peak_bytes()
    batches = {}
    for size in config["batches"]:
        many = engine.open(config["files"][str(size)], size)
        batches[size] = _measure(many, pictures, size, config, samples=LEAST_BATCHES, seconds=config["batch_seconds"])
    return {
        "imports_ms": imports_ms,
        "load_ms": load_ms,
        "first_ms": first_ms,
        "memory": memory,
        "times_ns": times,
        "batches_ns": batches,
    }


def pin(cpu: int | None) -> None:
    """Keeps this process and the threads that libraries start on one processor, where the system can do that."""
    if cpu is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cpu})


def _measure(
    runner: Runner, pictures: UInt8Array, size: int, config: dict[str, Any], *, samples: int, seconds: float
) -> list[int]:
    """Times in ns of calls with ``size`` pictures; answers must be ``config["labels"]``."""
    from mnist_edge.runtime.bench_clocks import Clock, measure

    count = len(pictures) if size == 1 else 1
    places = [np.arange(start, start + size) % len(pictures) for start in range(count)]
    labels = np.array(config["labels"])
    clock = Clock(
        config["engine"],
        runner.call,
        [runner.encode(np.ascontiguousarray(pictures[chosen])) for chosen in places],
        lambda answer: runner.probabilities_of(answer).argmax(axis=1).tolist(),
        [labels[chosen].tolist() for chosen in places],
    )
    warmup = config["warmup"] if size == 1 else 1
    if size > 1:
        begun = time.perf_counter_ns()
        while time.perf_counter_ns() - begun < WARMUP_NS:
            runner.call(clock.arguments[0])
    return measure([clock], samples=samples, seconds=seconds, warmup=warmup)[clock.name].tolist()


def _resident_bytes() -> int | None:
    """What ``mnist_edge.runtime.machine`` tells, before that may be imported."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), None)


def _peak_bytes() -> int | None:
    from mnist_edge.runtime.machine import peak_resident_bytes

    return peak_resident_bytes()


def _versions(*distributions: str) -> dict[str, str]:
    from mnist_edge.runtime.installation import installed_version

    return {name: installed_version(name) or "unknown" for name in (*distributions, "numpy")}


def _timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """What the function returns, and the ms it took."""
    start = time.perf_counter()
    result = function()
    return result, (time.perf_counter() - start) * 1e3


def main() -> int:
    """Entry point; what a library raises is one line on stderr, for the table shall say why an engine is not in it."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        result = run_engine(json.load(sys.stdin))
    except Exception as error:  # noqa: BLE001  # libraries of seven makers share no base class
        from mnist_edge.errors import MnistEdgeError

        text = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        print(error if isinstance(error, MnistEdgeError) else text, file=sys.stderr)
        return 1
    print()  # libraries may have left an unfinished line
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
