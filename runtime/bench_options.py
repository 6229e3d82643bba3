"""What a benchmark can be told; apart from the benchmark, so that the command line knows the defaults without numpy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_edge.errors import OptionError

JSON_FILE: Final = "benchmark.json"  # what a result is called in the folder that it is written to


@dataclass(frozen=True)
class BenchmarkOptions:
    """What ``benchmark`` can be told.

    Attributes:
        models: Paths or names of packaged models; none means the default model.
        threads: Numbers of threads to try.
        repeats: Rounds; each measures every configuration in a fresh process.
        samples: Least number of timed calls of each clock, over all rounds.
        seconds: Least time in s of each clock, over all rounds; a batch size gets half of it.
        warmup: Calls before the first timed one in each process.
        batches: Batch sizes of the throughput table.
        data: Where MNIST is; ``None`` looks where the other commands look, without a download.
        allow_any_data: Take data of MNIST's layout that is not MNIST.
    """

    models: tuple[str, ...] = ()
    threads: tuple[int, ...] = (1,)
    repeats: int = 5
    samples: int = 1000
    seconds: float = 2.0
    warmup: int = 200
    batches: tuple[int, ...] = (1, 8, 32, 128, 256)
    data: Path | None = None
    allow_any_data: bool = False

    def __post_init__(self) -> None:
        counts = {"threads": min(self.threads, default=0), "repeats": self.repeats, "samples": self.samples}
        counts["batches"] = min(self.batches, default=1)
        for name, value in counts.items():
            if value < 1:
                raise OptionError(f"{name} is out of range", expected="1 or more", received=str(value))
        if self.warmup < 0:
            raise OptionError("warmup is out of range", expected="0 or more", received=str(self.warmup))
        if not 0 <= self.seconds < float("inf"):  # so that NaN is refused, too
            raise OptionError("seconds is out of range", expected="0 or more, and finite", received=f"{self.seconds:g}")
