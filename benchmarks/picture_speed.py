"""How long reading a picture takes, from the decoded picture to the answer, in one thread: by digits and by pixels.

    python benchmarks/picture_speed.py

The pictures are photographs that this project composes from its own drawn digits, so no data set is needed. Of each size
and number of digits several are timed, since one with a doubtful digit takes twice the time of another. The budget: ten
digits in 640x480 within 2 ms, in 1920x1080 within 8 ms.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import cv2
import numpy as np
from numpy.typing import NDArray
from picture_stages import measure_stages
from speed_figure import draw_speed, draw_stages

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
STAGES_FIGURE: Final = HERE.parent / "docs" / "pictures" / "picture_stages.png"
VGA: Final = (640, 480)
FULL_HD: Final = (1920, 1080)
DIGITS: Final = (1, 2, 5, 10, 20, 30, 40, 50)  # at 640x480
MEGAPIXELS: Final = (0.1, 0.3, 1, 2, 4, 8, 12, 24)  # with ten digits, 4:3
TEN: Final = 10
BUDGET_MS: Final = {VGA: 2.0, FULL_HD: 8.0}
PICTURES: Final = ((2.0, 7), (8.0, 5), (float("inf"), 3))  # up to so many megapixels, so many of a kind
ROUND_NS: Final = 12_000_000  # of each picture in a round, about
MOST_CALLS: Final = 5  # of each picture in a round
SEEDS: Final = 60  # pictures to try until enough are read right: a wrong reading is not worth timing
STAGE_ROUNDS: Final = 40


Task = Callable[[NDArray[np.uint8]], str]  # a picture to the digits in it
Run = dict[str, Task]


class Photo(NamedTuple):
    """One picture, uint8 BGR ``[H, W, 3]``, and the right answer, digits with line breaks."""

    image: NDArray[np.uint8]
    answer: str


@dataclass(frozen=True, eq=False)
class Case:
    """Pictures of a kind and what is done with them.

    Attributes:
        task: ``read`` or ``classify``.
        series: ``budget``, ``digits`` or ``pixels``.
        size: Width and height in pixels.
        digits: Number of digits in each.
        photos: The pictures.
    """

    task: str
    series: str
    size: tuple[int, int]
    digits: int
    photos: tuple[Photo, ...]


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=40, help="Rounds in which every case has its turn.")
@click.option("--warmup", type=click.IntRange(0), default=3, help="Rounds before the first timed one.")
@click.option("--largest", type=click.FloatRange(0.1), default=24.0, help="Megapixels of the largest picture.")
@click.option("--figure", type=click.Path(path_type=Path), default=FIGURE, help="Plot of time by digits and by pixels.")
@click.option("--stages", type=click.Path(path_type=Path), default=STAGES_FIGURE, help="Bars of the time by stages.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "picture_speed.json")
def main(rounds: int, warmup: int, largest: float, figure: Path, stages: Path, output: Path) -> None:
    """Measure reading times and write picture_speed.json."""
    try:
        report = measure(rounds, warmup, largest)
        write_json(output, report)
        draw_speed(report, figure)
        draw_stages(report, stages)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    for case in report["cases"]:
        name = f"{case['task']:8} {case['width']}x{case['height']}"
        times = "".join(f"  {key} {case[f'{key}_ms']:8.3f} ms" for key in ("p50", "p90", "p99"))
        click.echo(f"{name:20} {case['digits']:2} digits{times}  {case['pictures']} pictures {case['p50_range_ms']}")
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
    photos = [(run[case.task], photo) for case in cases for photo in case.photos]
    calls = [_calls(*each) for each in photos]
    times: list[list[int]] = [[] for _ in photos]
    for number in range(-warmup, rounds):
        for place, each in enumerate(photos):
            taken = [_time(*each) for _ in range(calls[place])]
            if number >= 0:
                times[place] += taken
    waiting = iter(times)
    results = [_result(case, [next(waiting) for _ in case.photos]) for case in cases]
    return {
        "benchmark": "picture_speed",
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "mnist_edge": mnist_edge.__version__,
        "model": {"name": classifier.card.name, "graph_sha256": classifier.card.graph_sha256},
        "machine": dataclasses.asdict(describe_machine()) | {"opencv": cv2.__version__, "numpy": np.__version__},
        "load_average": {"before": before, "after": load_average()},
        "method": f"{rounds} rounds in turns, one thread, without decoding, every answer checked; "
        f"each figure is the median over the pictures of a kind; {PERCENTILE_METHOD}",
        "cases": results,
        "stages": [_stages(classifier, case) for case in cases if (case.task, case.series) == ("read", "budget")],
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
    wanted = next(number for most, number in PICTURES if size[0] * size[1] <= most * 1e6)
    photos: list[Photo] = []
    for seed in range(SEEDS):
        image, answer = compose_photo(size, count, seed)
        if len(answer.replace("\n", "")) == count and run(image) == answer:
            photos.append(Photo(image, answer))
        if len(photos) == wanted:
            return Case(task, series, size, count, tuple(photos))
    raise WorkerError(f"Not {wanted} of {SEEDS} pictures of {size[0]}x{size[1]} with {count} digits were read right")


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


def _calls(run: Task, photo: Photo) -> int:
    """Calls of a picture in one round, so that a slow one does not take all the time."""
    return int(np.clip(ROUND_NS // max(min(_time(run, photo) for _ in range(3)), 1), 1, MOST_CALLS))


def _time(run: Task, photo: Photo) -> int:
    """Nanoseconds of one call.

    Raises:
        WorkerError: If the answer is wrong.
    """
    start = time.perf_counter_ns()
    answer = run(photo.image)
    took = time.perf_counter_ns() - start
    if answer != photo.answer:
        raise WorkerError("A picture was read differently while it was timed", expected=photo.answer, received=answer)
    return took


def _result(case: Case, taken: list[list[int]]) -> dict[str, Any]:
    """Median over the pictures of each percentile, and the range of their medians."""
    width, height = case.size
    each = [summarize(times) for times in taken]
    times = {
        f"{key}_ms": round(float(np.median([getattr(summary, f"{key}_us") for summary in each])) / 1e3, 4)
        for key in ("mean", "p50", "p90", "p99", "max")
    }
    middles = [round(summary.p50_us / 1e3, 4) for summary in each]
    return {
        "task": case.task,
        "series": case.series,
        "digits": case.digits,
        "width": width,
        "height": height,
        "megapixels": round(width * height / 1e6, 4),
        "pictures": len(each),
        "n": sum(summary.n for summary in each),
        **times,
        "p50_range_ms": [min(middles), max(middles)],
    }


def _stages(classifier: DigitClassifier, case: Case) -> dict[str, Any]:
    split = measure_stages(classifier, [photo.image for photo in case.photos], STAGE_ROUNDS)
    return {"width": case.size[0], "height": case.size[1], "digits": case.digits, **split}


if __name__ == "__main__":
    main()
