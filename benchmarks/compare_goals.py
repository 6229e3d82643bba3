"""The ratios that were to be reached, and whether they are."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final, Literal

from compare_ratios import LEAST_ROUNDS, Rounds, common_ratio, round_percentiles, throughput
from compare_rounds import Subject
from engines import BASE, BASE_INT8

from mnist_edge.runtime.bench_stats import Ratio
from mnist_edge.runtime.packaged import DEFAULT_MODEL


@dataclass(frozen=True)
class Goal:
    """A ratio that is to be reached.

    Attributes:
        title: What is compared with what.
        measured: Subject whose figure is divided.
        reference: By that of this subject.
        bound: The ratio.
        by: ``"latency"``, at most the bound; ``"tail"``, the p99 to the reference's p50, likewise; or ``"throughput"`` with
            the best batch of each, at least the bound.
    """

    title: str
    measured: Subject
    reference: Subject
    bound: float
    by: Literal["latency", "tail", "throughput"] = "latency"


MODELS: Final = (DEFAULT_MODEL, "simple_cnn", "tiny")
GOALS: Final = (
    Goal("`simple_cnn` to LiteRT float", (BASE, "simple_cnn"), ("litert", "simple_cnn"), 0.80),
    Goal("`simple_cnn` to OpenVINO float32", (BASE, "simple_cnn"), ("openvino", "simple_cnn"), 0.35),
    Goal("`simple_cnn` to OpenCV dnn", (BASE, "simple_cnn"), ("opencv", "simple_cnn"), 0.30),
    *(
        Goal(f"`{model}`{text} to LiteRT int8 of `simple_cnn`", (base, model), ("litert_int8", "simple_cnn"), bound)
        for model, bound in ((DEFAULT_MODEL, 0.60), ("tiny", 0.45))
        for base, text in ((BASE, ""), (BASE_INT8, " int8"))
    ),
    *(
        Goal(
            f"throughput of `{DEFAULT_MODEL}`{text} to OpenVINO bf16 of `simple_cnn`",
            (base, DEFAULT_MODEL),
            ("openvino_bf16", "simple_cnn"),
            1.5,
            "throughput",
        )
        for base, text in ((BASE, ""), (BASE_INT8, " int8"))
    ),
    *(Goal(f"`classify` to `infer`, `{model}`", ("classify", model), (BASE, model), 1.5) for model in MODELS),
    *(Goal(f"p99 to p50 of `infer`, `{model}`", (BASE, model), (BASE, model), 2.0, "tail") for model in MODELS),
)


def judge(goal: Goal, times: dict[Subject, Rounds], *, is_quiet: bool = True) -> dict[str, Any] | None:
    """A goal, the ratio that was measured, and whether it is met; ``None`` if one of the two was not measured.

    Args:
        goal: What is to be reached.
        times: What each process measured.
        is_quiet: Whether the machine was quiet meanwhile; if not, nothing is shown.
    """
    if goal.measured not in times or goal.reference not in times:
        return None
    measured, reference = times[goal.measured], times[goal.reference]
    batches: list[int] = []
    if goal.by == "throughput":
        rates = [throughput(measured), throughput(reference)]
        if not all(rates):
            return None
        batches = [max(each, key=lambda size, of=each: of[size].images_per_s) for each in rates]
        found = common_ratio(*(each[size].rounds for each, size in zip(rates, batches, strict=True)))
    else:
        percentile = "p99_us" if goal.by == "tail" else "p50_us"
        found = common_ratio(round_percentiles(measured, percentile), round_percentiles(reference))
    if found is None:
        return None
    ratio, rounds = found
    return {
        "title": goal.title,
        "by": goal.by,
        "bound": goal.bound,
        "batches": batches,
        "ratio": {**dataclasses.asdict(ratio), "rounds": rounds},
        "met": "too few rounds" if rounds < LEAST_ROUNDS else _met(goal, ratio) if is_quiet else "not shown",
    }


def _met(goal: Goal, ratio: Ratio) -> str:
    """Whether the whole interval is on one side of the bound."""
    if goal.by == "throughput":
        return "yes" if ratio.low >= goal.bound else "no" if ratio.high < goal.bound else "not shown"
    return "yes" if ratio.high <= goal.bound else "no" if ratio.low > goal.bound else "not shown"
