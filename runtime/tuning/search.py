"""Which session options are faster than the defaults on this machine: ``tune``."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from mnist_edge.runtime.bench_inputs import choose_inputs
from mnist_edge.runtime.bench_noise import Noise, cpu_use, judge_noise
from mnist_edge.runtime.bench_process import python_module, run_worker
from mnist_edge.runtime.bench_stats import Ratio, ratio_of_rounds
from mnist_edge.runtime.bench_worker import encode_digits
from mnist_edge.runtime.cpu import usable_threads
from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.session import Engine
from mnist_edge.runtime.tuning.candidates import candidates
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig, merge
from mnist_edge.runtime.tuning.findings import Judged, TuningReport
from mnist_edge.runtime.tuning.options import TuneOptions
from mnist_edge.runtime.tuning.profile import Host
from mnist_edge.runtime.tuning.rounds import RoundConfig, RoundResult

_WORKER: Final = "mnist_edge.runtime.tuning.rounds"

Notify = Callable[[str], None]
RunRound = Callable[[RoundConfig], RoundResult]


def tune(options: TuneOptions, *, notify: Notify = lambda text: None, run_round: RunRound | None = None) -> TuningReport:
    """Looks for options that pay, combines them, and measures the choice once more.

    Each candidate is compared with the defaults round by round, and adopted only if its whole interval is faster by the
    margin. Of those the fastest comes first, and each further one must pay again on top of what was adopted. At last the
    choice is measured anew against the defaults: the best of many figures is too good (the winner's curse), so the figure
    that is reported, and that decides, is the one of the new samples.

    In every measurement the defaults take part twice. If they differ from themselves, nothing is believed.

    Args:
        options: What to look for.
        notify: Told what is being measured.
        run_round: Measures one round; by default in a fresh process.

    Raises:
        ModelError: If the model cannot be used.
        WorkerError: If a process dies.
    """
    engine = Engine(options.model)
    measuring = _Measuring(options, read_model(engine.name)[0], notify, run_round or _in_fresh_process)
    before = cpu_use()
    tried = candidates(options.purpose, usable_threads(), allow_spinning=options.allow_spinning)
    looked = measuring.compare(DEFAULT_CONFIG, tried, "looking")
    steps = _combine(measuring, [each for each in looked if each.pays(options.margin)], options.margin)
    chosen = steps[-1].config if steps else DEFAULT_CONFIG
    confirmed = measuring.compare(DEFAULT_CONFIG, [chosen], "confirming")[0] if steps else None
    noise = judge_noise(before, cpu_use(), measuring.samples)
    return TuningReport(
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        model=Path(engine.name).stem,
        graph_sha256=engine.card.graph_sha256,
        host=Host.here(),
        options=options,
        default_us=float(np.median([np.median(times) for times in measuring.samples[0]])) / 1e3,
        looked=looked,
        steps=tuple(steps),
        confirmed=confirmed,
        controls=tuple(measuring.controls),
        noise=_with_controls(noise, measuring.controls, options.margin),
    )


def _combine(measuring: _Measuring, paying: Sequence[Judged], margin: float) -> list[Judged]:
    """The best candidate, then all that pay on top of what there is so far."""
    ordered = sorted(paying, key=lambda each: each.ratio.value if each.ratio else 1.0)
    steps = list(ordered[:1])
    for each in ordered[1:]:
        merged = merge(steps[-1].config, each.config)
        if merged is None:
            continue  # another value of an option that is adopted already
        step = measuring.compare(steps[-1].config, [merged], "combining")[0]
        if step.pays(margin):
            steps.append(step)
    return steps


def _with_controls(noise: Noise, controls: Sequence[Ratio], margin: float) -> Noise:
    """Adds what the defaults against themselves tell about the measurement."""
    worst = max(controls, key=lambda ratio: abs(ratio.value - 1))
    if abs(worst.value - 1) <= margin:
        return noise
    reason = f"the same options, measured twice, differ by {abs(worst.value - 1):.1%}"
    return dataclasses.replace(noise, reasons=(*noise.reasons, reason))


class _Measuring:
    """Measures configurations against a reference, and keeps what tells how quiet the machine was.

    Attributes:
        samples: Of the reference in each measurement, for each round its samples in ns.
        controls: The reference to itself in each measurement.
    """

    def __init__(self, options: TuneOptions, model: str, notify: Notify, run_round: RunRound) -> None:
        self.samples: list[list[list[int]]] = []
        self.controls: list[Ratio] = []
        self._options, self._model = options, model
        self._notify, self._run_round = notify, run_round
        self._digits = encode_digits(choose_inputs(None).digits)  # drawn: tuning needs no data
        self._seed = 0

    def compare(self, reference: SessionConfig, configs: Sequence[SessionConfig], doing: str) -> tuple[Judged, ...]:
        """The latency of each configuration by that of ``reference``."""
        trials = (reference, reference, *configs)
        rounds = [self._round(trials, f"{doing}: round {number + 1}") for number in range(self._options.repeats)]
        self.samples.append([result.times_ns[0] for result in rounds])
        medians = [[float(np.median(result.times_ns[0])) for result in rounds]]
        self.controls.append(self._ratio(rounds, 1, medians[0]))
        judged = []
        for number, config in enumerate(configs, start=2):
            refused = next((result.refused[number] for result in rounds if result.refused[number]), "")
            judged.append(Judged(config, None if refused else self._ratio(rounds, number, medians[0]), refused))
        return tuple(judged)

    def _ratio(self, rounds: Sequence[RoundResult], number: int, reference: Sequence[float]) -> Ratio:
        return ratio_of_rounds([float(np.median(result.times_ns[number])) for result in rounds], reference)

    def _round(self, trials: Sequence[SessionConfig], what: str) -> RoundResult:
        options = self._options
        self._seed += 1
        self._notify(f"{what} of {options.repeats}, {len(trials)} configurations")
        return self._run_round(
            RoundConfig(
                model=self._model,
                trials=tuple(dataclasses.asdict(trial) for trial in trials),
                digits=self._digits,
                batch=options.purpose.batch,
                samples=options.samples,
                seconds=options.seconds,
                warmup=options.warmup,
                seed=self._seed,
            )
        )


def _in_fresh_process(config: RoundConfig) -> RoundResult:
    result = run_worker(python_module(_WORKER), dataclasses.asdict(config), what="the session options")
    return RoundResult(tuple(result["times_ns"]), tuple(result["refused"]))
