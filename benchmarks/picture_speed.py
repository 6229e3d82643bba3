"""How long reading a picture takes, from the decoded picture to the answer, in one thread: by digits and by pixels.

    python benchmarks/picture_speed.py

The pictures are photographs that this project composes from its own drawn digits, so no data set is needed. The budget:
ten digits in 640x480 within 2 ms, in 1920x1080 within 8 ms.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
from numpy.typing import NDArray
from speed_figure import draw_speed

import mnist_edge
from mnist_edge.errors import MnistEdgeError, WorkerError
from mnist_edge.files import write_json
from mnist_edge.runtime.bench_stats import PERCENTILE_METHOD, summarize
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.train.batches import Split
from mnist_edge.train.composing.camera import Camera
from mnist_edge.train.composing.compose import compose_recipe
from mnist_edge.train.composing.layout import Hand
from mnist_edge.train.composing.light import Light
from mnist_edge.train.composing.pens import Pen
from mnist_edge.train.composing.recipes import INKS, Recipe

HERE: Final = Path(__file__).resolve().parent
FIGURE: Final = HERE.parent / "docs" / "pictures" / "picture_speed.png"
VGA: Final = (640, 480)
FULL_HD: Final = (1920, 1080)
DIGITS: Final = (1, 2, 5, 10, 20, 30, 40, 50)  # at 640x480
MEGAPIXELS: Final = (0.1, 0.3, 1, 2, 4, 8, 12, 24)  # with ten digits, 4:3
TEN: Final = 10
BUDGET_MS: Final = {VGA: 2.0, FULL_HD: 8.0}
ROUND_NS: Final = 60_000_000  # of each case in a round, about
MOST_CALLS: Final = 20  # of each case in a round
SEEDS: Final = 40  # pictures to try until one is read right: a wrong reading is not worth timing


Task = Callable[[NDArray[np.uint8]], str]  # a picture to the digits in it
Run = dict[str, Task]


@dataclass(frozen=True, eq=False)
class Case:
    """One picture and what is done with it.

    Attributes:
        task: ``read`` or ``classify``.
        series: ``budget``, ``digits`` or ``pixels``.
        image: uint8 BGR ``[H, W, 3]``.
        digits: Number of digits in it.
        answer: The right one, digits with line breaks.
    """

    task: str
    series: str
    image: NDArray[np.uint8]
    digits: int
    answer: str


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=60, help="Rounds in which every case has its turn.")
@click.option("--warmup", type=click.IntRange(0), default=3, help="Rounds before the first timed one.")
@click.option("--largest", type=click.FloatRange(0.1), default=24.0, help="Megapixels of the largest picture.")
@click.option("--figure", type=click.Path(path_type=Path), default=FIGURE, help="Plot of time by digits and by pixels.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "picture_speed.json")
def main(rounds: int, warmup: int, largest: float, figure: Path, output: Path) -> None:
    """Measure reading times and write picture_speed.json."""
    try:
        report = measure(rounds, warmup, largest)
        write_json(output, report)
        draw_speed(report, figure)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    for case in report["cases"]:
        name = f"{case['task']:8} {case['width']}x{case['height']}"
        times = "".join(f"  {key} {case[f'{key}_ms']:8.3f} ms" for key in ("p50", "p90", "p99"))
        click.echo(f"{name:20} {case['digits']:2} digits{times}  n {case['n']}")
    click.echo(f"within budget: {report['within_budget']}")


def measure(rounds: int, warmup: int, largest: float = 24.0) -> dict[str, Any]:
    """Times every case in turns.

    Raises:
        WorkerError: If a picture is not read right.
    """
    before = load_average()
    cv2.setNumThreads(1)
    classifier = DigitClassifier(threads=1, profile=False)
    run = {
        "read": lambda image: classifier.read(image).text,
        "classify": lambda image: str(classifier.classify(image).digit),
    }
    cases = make_cases(run, largest)
    calls = [_calls(run[case.task], case) for case in cases]
    times: list[list[int]] = [[] for _ in cases]
    for number in range(-warmup, rounds):
        for place, case in enumerate(cases):
            taken = [_time(run[case.task], case) for _ in range(calls[place])]
            if number >= 0:
                times[place] += taken
    results = [_result(case, taken) for case, taken in zip(cases, times, strict=True)]
    return {
        "benchmark": "picture_speed",
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "mnist_edge": mnist_edge.__version__,
        "model": {"name": classifier.card.name, "graph_sha256": classifier.card.graph_sha256},
        "machine": dataclasses.asdict(describe_machine()) | {"opencv": cv2.__version__, "numpy": np.__version__},
        "load_average": {"before": before, "after": load_average()},
        "method": f"{rounds} rounds in turns, one thread, without decoding, every answer checked; {PERCENTILE_METHOD}",
        "cases": results,
        "within_budget": {
            f"{width}x{height}": result["p50_ms"] <= BUDGET_MS[width, height]
            for width, height in BUDGET_MS
            for result in results
            if (result["series"], result["task"], result["width"], result["height"]) == ("budget", "read", width, height)
        },
    }


def make_cases(run: Run, largest: float) -> list[Case]:
    """Composes the pictures; each one is read right.

    Raises:
        WorkerError: If no picture of a size is.
    """
    wanted = [("read", "budget", size, TEN) for size in BUDGET_MS]
    wanted += [("classify", "budget", size, 1) for size in BUDGET_MS]
    wanted += [("read", "digits", VGA, count) for count in DIGITS]
    sizes = [(4 * round((1e6 * mp / 12) ** 0.5), 3 * round((1e6 * mp / 12) ** 0.5)) for mp in MEGAPIXELS if mp <= largest]
    wanted += [("read", "pixels", size, TEN) for size in sizes]
    return [_make_case(run[task], task, series, size, count) for task, series, size, count in wanted]


def _make_case(run: Task, task: str, series: str, size: tuple[int, int], count: int) -> Case:
    for seed in range(SEEDS):
        image, answer = compose_photo(size, count, seed)
        if len(answer.replace("\n", "")) == count and run(image) == answer:
            return Case(task, series, image, count, answer)
    raise WorkerError(f"None of {SEEDS} pictures of {size[0]}x{size[1]} with {count} digits was read right")


def compose_photo(size: tuple[int, int], count: int, seed: int) -> tuple[NDArray[np.uint8], str]:
    """A photograph of ``count`` digits in lines of ten, or of five if there are no more than ten; and the right answer."""
    longest = 5 if count <= TEN else 10
    counts = tuple(min(longest, count - start) for start in range(0, count, longest))
    plan = Recipe(
        size=size,
        counts=counts,
        own=1.0,
        pen=Pen(0.08, INKS["black"], density=0.95, pressure=0.1, grain=0.05),
        hand=Hand(gap=(0.3, 0.45), leading=(1.5, 1.7)),
        fill=0.85,
        light=Light(gradient=0.15, vignette=0.1, mottle=0.01),
        camera=Camera(exposure=0.85, haze=0.04, noise=2.0, colour_noise=1.0),
    )
    none = Split(np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8))
    image, truth = compose_recipe(plan, none, np.random.default_rng([seed, *size, count]))
    return image, truth.text


def _calls(run: Task, case: Case) -> int:
    """Calls of a case in one round, so that a slow one does not take all the time."""
    return int(np.clip(ROUND_NS // max(min(_time(run, case) for _ in range(3)), 1), 1, MOST_CALLS))


def _time(run: Task, case: Case) -> int:
    """Nanoseconds of one call.

    Raises:
        WorkerError: If the answer is wrong.
    """
    start = time.perf_counter_ns()
    answer = run(case.image)
    took = time.perf_counter_ns() - start
    if answer != case.answer:
        raise WorkerError("A picture was read differently while it was timed", expected=case.answer, received=answer)
    return took


def _result(case: Case, taken: list[int]) -> dict[str, Any]:
    height, width = case.image.shape[:2]
    summary = summarize(taken)
    times = {f"{key}_ms": round(getattr(summary, f"{key}_us") / 1e3, 4) for key in ("mean", "p50", "p90", "p99", "max")}
    shape = {"width": width, "height": height, "megapixels": round(width * height / 1e6, 4)}
    return {"task": case.task, "series": case.series, "digits": case.digits, **shape, "n": summary.n, **times}


if __name__ == "__main__":
    main()
