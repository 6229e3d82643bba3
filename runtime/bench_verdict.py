"""What a benchmark may conclude: which model is faster, and whether one has become slower since an earlier run."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from mnist_edge.errors import OptionError, RegressionError
from mnist_edge.runtime.bench_noise import Noise
from mnist_edge.runtime.bench_options import JSON_FILE
from mnist_edge.runtime.bench_stats import RESAMPLES, Ratio, ratio_of_rounds
from mnist_edge.runtime.machine import Machine

if TYPE_CHECKING:
    from mnist_edge.runtime.bench_report import ConfigurationResult

CLOCK: Final = "infer"  # models are compared by the network alone
NO_DIFFERENCE: Final = 0.02  # less than this is no difference, however sure it is
_SAME_MACHINE: Final = ("cpu", "architecture", "features", "usable_threads")


@dataclass(frozen=True)
class Comparison:
    """A latency against that of the same thing elsewhere.

    Attributes:
        what: What was timed.
        reference: What it is compared with.
        clock: By which clock.
        ratio: Its p50 to that of the reference, with the 95 % interval.
    """

    what: str
    reference: str
    clock: str
    ratio: Ratio

    @property
    def differs(self) -> bool:
        """Whether the interval leaves 1 out, and the difference is worth a word."""
        return not self.ratio.low <= 1 <= self.ratio.high and abs(self.ratio.value - 1) > NO_DIFFERENCE

    @property
    def sentence(self) -> str:
        """The comparison in words; no winner where there is none."""
        figures = f"{self.ratio.value:.2f} ({self.ratio.low:.2f} to {self.ratio.high:.2f})"
        if not self.differs:
            return f"{self.what} and {self.reference} cannot be told apart by {self.clock}: {figures}"
        return f"{self.what} takes {figures} times as long as {self.reference} by {self.clock}"


def compare_models(results: Sequence[ConfigurationResult]) -> tuple[Comparison, ...]:
    """Each configuration against the first one, round by round."""
    names = [result.name for result in results]
    medians = [dict(result.rounds_p50_us)[CLOCK] for result in results]
    return tuple(
        Comparison(name, names[0], CLOCK, ratio_of_rounds(rounds, medians[0]))
        for name, rounds in zip(names[1:], medians[1:], strict=True)
    )


@dataclass(frozen=True)
class Earlier:
    """What an earlier run measured.

    Attributes:
        rounds_p50_us: The p50 of each round, by model, threads and clock.
    """

    rounds_p50_us: dict[tuple[str, int, str], tuple[float, ...]]


def read_earlier(path: Path, machine: Machine) -> Earlier:
    """Reads the ``benchmark.json`` of an earlier run.

    Args:
        path: The file, or the folder it is in.
        machine: This one.

    Raises:
        OptionError: If it cannot be read, is no such report, or was made on another machine.
    """
    try:
        file = path / JSON_FILE if path.is_dir() else path
        content = json.loads(file.read_text("utf-8"))
        there = {key: content["machine"][key] for key in _SAME_MACHINE}
        rounds = {
            (str(result["model"]), int(result["threads"]), str(clock["clock"])): tuple(map(_time, clock["rounds_p50_us"]))
            for result in content["results"]
            for clock in result["clocks"]
        }
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror or error}", fix="Check the path") from error
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise OptionError(
            f"{path} is no result of mnist-edge benchmark",
            expected="a benchmark.json",
            fix="Write one with: mnist-edge benchmark -o DIR",
        ) from error
    for key, value in there.items():
        here = getattr(machine, key)
        if (list(here) if isinstance(here, tuple) else here) != value:
            raise OptionError(
                f"{path} was measured on another machine: its {key} differs",
                expected=str(here),
                received=str(value),
                fix="Compare with a benchmark of this machine",
            )
    return Earlier(rounds)


def _time(value: float) -> float:
    if not 0 < value < math.inf:
        raise ValueError("a time is no positive number")
    return float(value)


def compare_with_earlier(results: Sequence[ConfigurationResult], earlier: Earlier) -> tuple[Comparison, ...]:
    """Each configuration and clock against the same one of an earlier run; what is new is left out.

    Raises:
        OptionError: If nothing is the same.
    """
    found = tuple(
        Comparison(result.name, "before", clock, ratio_apart(rounds, before))
        for result in results
        for clock, rounds in result.rounds_p50_us
        if (before := earlier.rounds_p50_us.get((result.model, result.threads, clock)))
    )
    if not found:
        models = ", ".join(sorted({model for model, _, _ in earlier.rounds_p50_us}))
        raise OptionError("The earlier benchmark measured none of these", received=models)
    return found


def check_regression(comparisons: Sequence[Comparison], noise: Noise, most: float) -> None:
    """Refuses what has become slower.

    Args:
        comparisons: With an earlier run.
        noise: Of the new run.
        most: Share by which a latency may have grown, 0 or more; the whole interval must lie above it.

    Raises:
        RegressionError: If one has grown by more, or the machine was too busy to tell.
    """
    if not noise.is_quiet:
        raise RegressionError(
            "The machine was too busy to compare with an earlier run",
            received="; ".join(noise.reasons),
            fix="Stop the other programs, or measure longer with --seconds and --repeats",
        )
    worse = [each for each in comparisons if each.ratio.low > 1 + most]
    if worse:
        raise RegressionError(
            "Slower than before: " + "; ".join(each.sentence for each in worse), expected=f"at most {most:.1%} more"
        )


def ratio_apart(measured: Sequence[float], reference: Sequence[float], *, seed: int = 0) -> Ratio:
    """Compares two runs that had no rounds in common: the ratio of the medians of their rounds.

    The interval is the percentile bootstrap over the rounds of both.
    """
    rng = np.random.default_rng(seed)
    here, there = (np.asarray(values, np.float64) for values in (measured, reference))
    drawn = [np.median(values[rng.integers(0, len(values), (RESAMPLES, len(values)))], axis=1) for values in (here, there)]
    low, high = np.percentile(drawn[0] / drawn[1], (2.5, 97.5))
    return Ratio(float(np.median(here) / np.median(there)), float(low), float(high))
