"""What tuning found out, and whether it goes into the profile."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from mnist_edge.errors import NoiseError
from mnist_edge.runtime.bench_noise import Noise
from mnist_edge.runtime.bench_stats import Ratio
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig
from mnist_edge.runtime.tuning.options import TuneOptions
from mnist_edge.runtime.tuning.profile import Entry, Host


@dataclass(frozen=True)
class Judged:
    """A configuration against another one.

    Attributes:
        config: What was tried.
        ratio: Its latency by that of the reference; ``None`` if it was not timed.
        refused: Why it was not; empty if it was.
    """

    config: SessionConfig
    ratio: Ratio | None
    refused: str

    def pays(self, margin: float) -> bool:
        """Whether it is surely faster by ``margin``."""
        return self.ratio is not None and self.ratio.high <= 1 - margin


@dataclass(frozen=True)
class TuningReport:
    """Everything that was measured.

    Attributes:
        created: When.
        model: What the model is called.
        graph_sha256: Hash of its graph.
        host: The machine.
        options: What was asked for.
        default_us: Median latency of a call with the defaults, in µs.
        looked: Every candidate against the defaults.
        steps: What was adopted: the best candidate against the defaults, then each further one against the step before.
        confirmed: The last step against the defaults, with new samples; ``None`` if no candidate pays.
        controls: The reference of each measurement against itself.
        noise: How quiet the machine was.
    """

    created: str
    model: str
    graph_sha256: str
    host: Host
    options: TuneOptions
    default_us: float
    looked: tuple[Judged, ...]
    steps: tuple[Judged, ...]
    confirmed: Judged | None
    controls: tuple[Ratio, ...]
    noise: Noise

    @property
    def pays(self) -> bool:
        """Whether other options than the defaults are surely faster, by the new samples."""
        return self.confirmed is not None and self.confirmed.pays(self.options.margin)

    @property
    def chosen(self) -> SessionConfig:
        """The options to use."""
        return self.confirmed.config if self.confirmed is not None and self.pays else DEFAULT_CONFIG

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**dataclasses.asdict(self), "chosen": dataclasses.asdict(self.chosen), "pays": self.pays}


def entry_of(report: TuningReport, *, even_if_noisy: bool = False) -> Entry:
    """What goes into the profile: the choice, or the defaults if nothing pays.

    Raises:
        NoiseError: If the machine was not quiet, unless that does not matter.
    """
    if not report.noise.is_quiet and not even_if_noisy:
        raise NoiseError(
            "No profile is written, the machine was not quiet",
            received="; ".join(report.noise.reasons),
            fix="Stop the other programs, or take it as it is with --force",
        )
    ratio = report.confirmed.ratio if report.confirmed is not None and report.pays else None
    return Entry(
        model=report.model,
        graph_sha256=report.graph_sha256,
        purpose=report.options.purpose.value,
        host=report.host,
        config=report.chosen,
        ratio=None if ratio is None else (ratio.value, ratio.low, ratio.high),
        created=report.created,
    )
