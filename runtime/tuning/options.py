"""What ``tune`` can be told; apart from the measuring, so that the command line knows the defaults without numpy."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_edge.errors import OptionError
from mnist_edge.runtime.tuning.candidates import Purpose


@dataclass(frozen=True)
class TuneOptions:
    """How to look for faster options.

    Attributes:
        model: Path or name of a packaged model; ``None`` for the default one.
        purpose: What is to be fast.
        repeats: Rounds of each measurement, every one in a fresh process; at least 5, or an interval says nothing.
        samples: Least number of timed calls of each candidate in a round.
        seconds: Least time in s of each candidate in a round.
        warmup: Calls before the first timed one.
        margin: Share by which the whole interval must be faster than the defaults.
        allow_spinning: Try threads that spin while they wait.
    """

    model: str | None = None
    purpose: Purpose = Purpose.LATENCY
    repeats: int = 15
    samples: int = 20
    seconds: float = 0.05
    warmup: int = 20
    margin: float = 0.02
    allow_spinning: bool = False

    def __post_init__(self) -> None:
        if self.repeats < 5:
            raise OptionError("repeats is out of range", expected="5 or more", received=str(self.repeats))
        if self.samples < 1 or self.warmup < 0:
            raise OptionError("samples or warmup is out of range", received=f"{self.samples}, {self.warmup}")
        if not 0 <= self.seconds < float("inf"):  # so that NaN is refused, too
            raise OptionError("seconds is out of range", expected="0 or more, and finite", received=f"{self.seconds:g}")
        if not 0 <= self.margin < 1:
            raise OptionError("margin is out of range", expected="0 up to 1", received=f"{self.margin:g}")
