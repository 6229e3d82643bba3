"""How fast several models are on this machine, at a glance: in one process, in turns, in about a second.

``mnist-edge benchmark`` takes longer and starts a fresh process for each measurement.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import NUM_CLASSES
from mnist_edge.runtime.bench_clocks import Clock, Now, measure
from mnist_edge.runtime.bench_stats import LatencySummary, Ratio, ratio_of_rounds, summarize
from mnist_edge.runtime.bench_worker import top1
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.session import Engine

SECONDS: Final = 1.2  # of timed calls, over all models and rounds
ROUNDS: Final = 6
HANDS: Final = 2
WARMUP: Final = 200  # calls of each model before its first timed one


@dataclass(frozen=True)
class ModelSpeed:
    """Latency of the network alone, one picture a call, one thread.

    Attributes:
        latency: Over the samples of all rounds; none is dropped.
        to_reference: p50 to that of the first model, within each round.
    """

    latency: LatencySummary
    to_reference: Ratio


def measure_models(models: Sequence[str], *, seconds: float = SECONDS, now: Now | None = None) -> dict[str, ModelSpeed]:
    """Times ``Engine.infer`` of each model on twenty drawn digits, in rounds of turns of a few milliseconds.

    Args:
        models: Names or paths, at least one; the first is what the others are compared with.
        seconds: Time of the timed calls, over all models.
        now: A clock in ns; ``None`` takes the best that the system has.

    Raises:
        ModelError: If a model cannot be loaded.
        WorkerError: If a model does not answer the same each time.
    """
    digits = [draw_digit(digit, variant=hand) for hand in range(HANDS) for digit in range(NUM_CLASSES)]
    clocks = [_clock(model, digits) for model in models]
    clock_in_ns: dict[str, Any] = {} if now is None else {"now": now}
    gathered: dict[str, list[array[int]]] = {model: [] for model in models}
    for number in range(ROUNDS):
        warmup = 0 if number else WARMUP
        part = seconds / ROUNDS / len(clocks)
        for model, times in measure(clocks, samples=1, seconds=part, warmup=warmup, **clock_in_ns).items():
            gathered[model].append(times)
    medians = {model: [summarize(times).p50_us for times in rounds] for model, rounds in gathered.items()}
    return {
        model: ModelSpeed(summarize(np.concatenate(rounds)), ratio_of_rounds(medians[model], medians[models[0]]))
        for model, rounds in gathered.items()
    }


def _clock(model: str, digits: list[npt.NDArray[np.uint8]]) -> Clock:
    engine = Engine(model, threads=1)
    ready = [engine.encode(digit[None]) for digit in digits]
    return Clock(model, engine.infer, ready, top1, [top1(engine.infer(image)) for image in ready])
