"""Accuracy on scenes that this project composes: digits on paper, by kind and difficulty, with exact truth.

    python benchmarks/scenes.py                                 MNIST's test digits, the figures for the documents
    python benchmarks/scenes.py --split validation --seed 1     for tuning: digits and scenes that the figures never see
    python benchmarks/scenes.py --folder FOLDER                 the scenes of a folder with labels.csv instead

Scene N of a kind and level is drawn from the random numbers of (seed, kind, level, N) alone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
from labelled_folder import read_scenes
from scene_figure import draw_figure
from scene_scoring import SceneScore, score_scene, score_text, summary
from scene_sheet import Failure, contact_sheet

import mnist_edge
from mnist_edge.cli.common import text_table
from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_bytes, write_json
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.scenes.scene import Scene
from mnist_edge.train.batches import Split, split_validation
from mnist_edge.train.composing import SCENE_KINDS, ComposedScene, TrueDigit, compose_scene, levels_of
from mnist_edge.train.composing.recipes import Recipe

HERE: Final = Path(__file__).resolve().parent
FIGURE: Final = HERE.parent / "docs" / "pictures" / "scenes.png"
VALIDATION_SHARE: Final = 1 / 6  # the last 10,000 of MNIST's training images
MAX_FAILURES: Final = 120  # on a contact sheet

Reading = tuple[SceneScore, Failure | None]


@dataclass(frozen=True)
class Options:
    """What is composed and who reads it."""

    model: str | None = None
    count: int = 40
    split: str = "test"
    seed: int = 0
    kinds: tuple[str, ...] = ()
    folder: Path | None = None


@click.command()
@click.option("--model", default=None, help="An ONNX file or a packaged model; default: the packaged one.")
@click.option("-n", "--count", type=click.IntRange(1), default=40, help="Scenes of each kind and level.")
@click.option("--split", type=click.Choice(["test", "validation"]), default="test", help="MNIST digits to compose from.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Another seed composes other scenes.")
@click.option("--kind", "kinds", type=click.Choice(SCENE_KINDS), multiple=True, help="Only this kind; may be repeated.")
@click.option("--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Score its scenes instead.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Write the failures as a PNG contact sheet.")
@click.option("--figure", type=click.Path(path_type=Path), help="Draw accuracy by kind and level.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Result as JSON; default: only a full test run writes."
)
def main(sheet: Path | None, figure: Path | None, output: Path | None, **options: Any) -> None:
    """Compose scenes, read them, and write scenes.json."""
    chosen = Options(**options)
    try:
        report, failures = measure(chosen)
        if chosen.split == "test" and not chosen.kinds and chosen.folder is None and chosen.model is None:
            output, figure = output or HERE / "results" / "scenes.json", figure or FIGURE
        if output is not None:
            write_json(output, report)
        if figure is not None and "kinds" in report:
            draw_figure(report, figure)
        if sheet is not None:
            write_bytes(sheet, contact_sheet(failures[:MAX_FAILURES]))
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(table(report))


def measure(options: Options) -> tuple[dict[str, Any], list[Failure]]:
    """Reads all scenes; returns the figures, and the pictures that were not read right."""
    before = load_average()
    cv2.setNumThreads(1)
    classifier = DigitClassifier(options.model)
    failures: list[Failure] = []
    groups: dict[str, dict[str, list[SceneScore]]] = {}
    for kind, level, (score, failure) in _readings(options, classifier.read):
        groups.setdefault(kind, {}).setdefault(level, []).append(score)
        if failure is not None:
            failures.append(failure)
    scores = [score for levels in groups.values() for members in levels.values() for score in members]
    return {
        "benchmark": "scenes",
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "mnist_edge": mnist_edge.__version__,
        "model": {"name": classifier.card.name, "graph_sha256": classifier.card.graph_sha256},
        "digits": "folder"
        if options.folder
        else f"MNIST {options.split}, and a share of {Recipe.own:g} drawn by the project",
        "seed": options.seed,
        "method": "95 % intervals: percentile bootstrap over the scenes; a digit is found if its box overlaps by half",
        "kinds": {kind: {level: summary(members) for level, members in levels.items()} for kind, levels in groups.items()},
        "all": summary(scores),
        "environment": dataclasses.asdict(describe_machine()) | {"opencv": cv2.__version__, "numpy": np.__version__},
        "load_average": {"before": before, "after": load_average()},
    }, failures


def _readings(options: Options, read: Callable[[Any], Scene]) -> Iterator[tuple[str, str, Reading]]:
    if options.folder is not None:
        for path, text in read_scenes(options.folder):
            scene, seconds = _timed(read, path)
            score = score_text(scene.text, text, seconds)
            yield "folder", "0", (score, None if score.is_exact else Failure("folder", path, scene, text, ()))
        return
    digits = _digits(options.split)
    for kind in options.kinds or SCENE_KINDS:
        for level in levels_of(kind):
            for number in range(options.count):
                composed = compose(kind, level, number, options.seed, digits)
                yield kind, str(level), read_composed(composed, read)


def compose(kind: str, level: int, number: int, seed: int, digits: Split) -> ComposedScene:
    """One scene, the same whatever else is composed."""
    return compose_scene(kind, level, digits, np.random.default_rng([seed, zlib.crc32(kind.encode()), level, number]))


def read_composed(composed: ComposedScene, read: Callable[[Any], Scene]) -> Reading:
    """Reads one composed scene."""
    scene, seconds = _timed(read, composed.image)
    reported = [TrueDigit(digit.digit, digit.box, digit.line) for digit in scene]
    score = score_scene(reported, composed.truth.digits, seconds)
    name, boxes = f"{composed.kind} {composed.level}", tuple(digit.box for digit in composed.truth.digits)
    return score, None if score.is_exact else Failure(name, composed.image, scene, composed.truth.text, boxes)


def _timed(read: Callable[[Any], Scene], image: Any) -> tuple[Scene, float]:
    start = time.perf_counter()
    scene = read(image)
    return scene, time.perf_counter() - start


def _digits(split: str) -> Split:
    dataset = load_dataset()
    if split == "test":
        return Split(dataset.x_test, dataset.y_test)
    return split_validation(dataset.x_train, dataset.y_train, VALIDATION_SHARE)[1]


def table(report: dict[str, Any]) -> str:
    """The figures as text, a row for each kind and level."""
    rows = [(f"{kind} {level}", figures) for kind, levels in report["kinds"].items() for level, figures in levels.items()]
    return text_table(
        ("scenes", "pictures", "edit error", "exact", "right lines", "found", "false digits", "p50 ms"),
        [
            (
                name,
                str(each["pictures"]),
                _percent(each["edit_error"], each["edit_error_interval"]),
                _percent(each["exact"], each["exact_interval"]),
                _percent(each["right_lines"]),
                _percent(each["found"]),
                "-" if each["false_digits_a_picture"] is None else f"{each['false_digits_a_picture']:.2f}",
                f"{each['p50_ms']:.1f}",
            )
            for name, each in [*rows, ("all", report["all"])]
        ],
    )


def _percent(share: float | None, ends: list[float] | None = None) -> str:
    if share is None:
        return "-"
    return f"{share:.1%}" + (f" ({ends[0]:.1%} to {ends[1]:.1%})" if ends else "")


if __name__ == "__main__":
    main()
