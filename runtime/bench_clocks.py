"""The stopwatch: calls are timed one by one, and what is compared is measured in turns."""

from __future__ import annotations

import contextlib
import gc
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mnist_edge.errors import WorkerError

GC_POLICY: Final = "collected and frozen before timing, then left on, as it is in the programs that embed the classifier"
BLOCK_NS: Final = 5_000_000  # a turn of 5 ms: short against drifts of the machine, long against the change of code path
MOST_CALLS_A_BLOCK: Final = 1000

Now = Callable[[], int]


@dataclass(frozen=True)
class Clock:
    """Something to be timed, call by call.

    Attributes:
        name: What is measured.
        function: Called with one argument; its whole duration is a sample.
        arguments: Used in turn.
        label_of: Takes what the function returned and gives the digit, or the digits of a batch as a list.
        expected: What ``label_of`` must give for each argument.
    """

    name: str
    function: Callable[[Any], Any]
    arguments: Sequence[Any]
    label_of: Callable[[Any], Any]
    expected: Sequence[Any]

    def check(self, index: int, answer: Any) -> None:
        """Compares the answer to argument ``index`` with the expected one.

        Raises:
            WorkerError: If they differ.
        """
        label = self.label_of(answer)
        if label != self.expected[index]:
            raise WorkerError(
                f"{self.name} reads picture {index} otherwise than infer does",
                expected=str(self.expected[index]),
                received=str(label),
                fix="Report this: the figures would compare different work",
            )


@dataclass
class _Tally:
    """What one clock has gathered."""

    times_ns: array[int] = field(default_factory=lambda: array("q"))  # no object a sample: the heap stays as it was
    total_ns: int = 0
    calls: int = 0


def measure(
    clocks: Sequence[Clock], *, samples: int, seconds: float, warmup: int, now: Now = time.perf_counter_ns
) -> dict[str, array[int]]:
    """Times all clocks in turns of a few milliseconds, until each has enough.

    Every answer of the warm-up pass over the arguments, and the last answer of every turn, is checked.

    Args:
        clocks: What to time; their names must differ.
        samples: Least number of calls timed by each clock.
        seconds: Least time timed by each clock; both bounds hold.
        warmup: Calls of each clock before the first timed one, at least once over all its arguments.
        now: A clock in ns.

    Returns:
        By name, the duration of every timed call in ns, in the order of the calls.

    Raises:
        WorkerError: If an answer is wrong.
    """
    for clock in clocks:
        warm_up(clock, warmup)
    tallies = {clock.name: _Tally() for clock in clocks}
    least_ns = round(seconds * 1e9)
    with settled_memory():
        waiting = list(clocks)
        while waiting:
            for clock in waiting:
                _take_turn(clock, tallies[clock.name], now)
            waiting = [clock for clock in waiting if not _has_enough(tallies[clock.name], samples, least_ns)]
    return {name: tally.times_ns for name, tally in tallies.items()}


def warm_up(clock: Clock, calls: int) -> None:
    """Calls without timing, and checks each answer."""
    for call in range(max(calls, len(clock.arguments))):
        index = call % len(clock.arguments)
        clock.check(index, clock.function(clock.arguments[index]))


def _take_turn(clock: Clock, tally: _Tally, now: Now) -> None:
    function, arguments, append = clock.function, clock.arguments, tally.times_ns.append
    size, index, spent = len(arguments), 0, 0
    answer = None
    for call in range(tally.calls, tally.calls + MOST_CALLS_A_BLOCK):
        index = call % size
        argument = arguments[index]
        start = now()
        answer = function(argument)
        took = now() - start
        append(took)
        spent += took
        if spent >= BLOCK_NS:
            break
    tally.calls = len(tally.times_ns)
    tally.total_ns += spent
    clock.check(index, answer)


def _has_enough(tally: _Tally, samples: int, least_ns: int) -> bool:
    return tally.calls >= samples and tally.total_ns >= least_ns


@contextlib.contextmanager
def settled_memory() -> Iterator[None]:
    """What start-up left behind is collected and set aside; the collector itself stays on, see :data:`GC_POLICY`."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
