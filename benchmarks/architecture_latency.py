"""How long onnxruntime takes for one picture with each design of ``architectures.py``, measured in turns."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
from architecture_designs import OPERATORS, REFERENCE
from architecture_graphs import onnx_design
from numpy.typing import NDArray

from mnist_edge.contract import INPUT_NAME, OUTPUT_NAMES
from mnist_edge.runtime.bench_stats import ratio_of_rounds
from mnist_edge.runtime.session import open_session

SETTLING_CALLS: Final = 3  # before the timed ones of each turn: the network before has filled the caches
WARMUP_CALLS: Final = 50
TIMED_CALLS: Final = 40

Call = Callable[[NDArray[np.uint8]], Any]


def measure(designs: Iterable[str], pictures: NDArray[np.uint8], rounds: int) -> dict[str, dict[str, Any]]:
    """Times ``session.run`` with one picture a call on one thread, all designs in turns in one process.

    Args:
        designs: In the notation, or names of it; ``REFERENCE`` is measured in any case.
        pictures: uint8 ``[n, 28, 28, 1]``, taken one after the other.
        rounds: Turns of each design; the order shifts by one from round to round.

    Returns:
        For each design ``p50_us`` (median over the rounds of a turn's median), ``least_us`` (the lowest of them), and the
        ``ratio`` to the reference within the rounds, with its 95 % interval.
    """
    calls = {design: _open(design) for design in dict.fromkeys([REFERENCE, *designs])}
    inputs = [picture[None] for picture in pictures]
    for call in calls.values():
        _turn(call, inputs, WARMUP_CALLS)
    names = list(calls)
    medians: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for place in range(len(names)):
            name = names[(place + number) % len(names)]
            medians[name].append(_turn(calls[name], inputs, TIMED_CALLS))
    return {
        name: {
            "p50_us": round(statistics.median(taken), 2),
            "least_us": round(min(taken), 2),
            "ratio": dataclasses.asdict(ratio_of_rounds(taken, medians[REFERENCE])),
        }
        for name, taken in medians.items()
    }


def measure_operators(pictures: NDArray[np.uint8], rounds: int) -> list[dict[str, Any]]:
    """What single operators cost, as the difference of two small networks in shares of the reference's time."""
    measured = measure((design for pair in OPERATORS.values() for design in pair), pictures, rounds)
    rows = []
    for question, pair in OPERATORS.items():
        this, other = (measured[design]["ratio"]["value"] for design in pair)
        rows.append({"question": question, "this": pair[0], "other": pair[1], "ratios": [round(this, 4), round(other, 4)]})
    return rows


def _open(design: str) -> Call:
    session = open_session(onnx_design(design), where=design)
    names = list(OUTPUT_NAMES)
    return lambda image: session.run(names, {INPUT_NAME: image})


def _turn(call: Call, inputs: list[NDArray[np.uint8]], calls: int) -> float:
    for image in inputs[:SETTLING_CALLS]:
        call(image)
    taken = []
    for number in range(calls):
        image = inputs[number % len(inputs)]
        start = time.perf_counter_ns()
        call(image)
        taken.append(time.perf_counter_ns() - start)
    return statistics.median(taken) / 1000
