"""Latency of graphs against each other on this machine, in turns within one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.runtime.bench_clocks import Clock, measure
from mnist_edge.runtime.bench_stats import LatencySummary, Ratio, ratio_of_rounds, summarize

Run = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
Open = Callable[[], Run]

_CALLS: Final = 20  # least number of timed calls a round
_WARM_UP: Final = 50  # calls before the first timed one of a round


@dataclass(frozen=True)
class Compared:
    """Latency of one graph, and its ratio to the reference.

    Attributes:
        latency: Over all calls, of one picture.
        ratio: To the reference: median over the rounds, with a bootstrap interval.
    """

    latency: LatencySummary
    ratio: Ratio

    @property
    def differs(self) -> bool:
        """Whether the interval of the ratio leaves 1 out."""
        return not self.ratio.low <= 1 <= self.ratio.high


def compare_latency(
    openers: Mapping[str, Open], images: npt.NDArray[Any], *, reference: str, rounds: int, seconds: float, batch: int = 1
) -> dict[str, Compared]:
    """Times functions in turns of a few milliseconds, one picture a call.

    Every round opens them anew: where a session's memory happens to lie makes one and the same model faster or slower by a
    percent or two for as long as it is open, and the interval shall know of that.

    Args:
        openers: Name to what opens a function from ``[batch, 28, 28, 1]`` to logits ``[batch, 10]``.
        images: ``[n, 28, 28, 1]`` in the dtype that the functions take; used in turn.
        reference: The name that the others are compared with.
        rounds: Ratios are taken within a round, and their interval over the rounds.
        seconds: Time of each function in a round.
        batch: Pictures a call; more than one only for graphs that take no other number.

    Raises:
        WorkerError: If a function answers otherwise than it did at first.
    """
    pictures = [np.ascontiguousarray(np.repeat(images[index : index + 1], batch, axis=0)) for index in range(len(images))]
    expected: dict[str, list[int]] = {}
    times: dict[str, list[npt.NDArray[np.int64]]] = {name: [] for name in openers}
    for number in range(rounds):
        # Whoever is opened first has a heap of its own kind, so each takes its turn at that.
        order = [*openers][number % len(openers) :] + [*openers][: number % len(openers)]
        clocks = []
        for name in order:
            run = openers[name]()
            expected.setdefault(name, [int(run(picture).argmax()) for picture in pictures])
            clocks.append(Clock(name, run, pictures, lambda logits: int(logits.argmax()), expected[name]))
        for name, samples in measure(clocks, samples=_CALLS, seconds=seconds, warmup=_WARM_UP).items():
            times[name].append(np.asarray(samples, np.int64))
    medians = {name: [summarize(each).p50_us for each in gathered] for name, gathered in times.items()}
    return {
        name: Compared(summarize(np.concatenate(gathered)), ratio_of_rounds(medians[name], medians[reference]))
        for name, gathered in times.items()
    }
