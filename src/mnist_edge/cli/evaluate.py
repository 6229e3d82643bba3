"""``mnist-edge evaluate``: what the answers of a model on labelled digits are worth."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click

from mnist_edge.cli.common import Console, data_options, keep_apart, verbosity
from mnist_edge.train.evaluation.options import DEFAULT_SHARE, SPLIT_NAMES, EvaluateOptions, Form, SplitName

if TYPE_CHECKING:
    from mnist_edge.cli.evaluate_output import Measured
    from mnist_edge.train.evaluation.predictor import Predictor
    from mnist_edge.train.evaluation.splits import NamedSplit


@click.command("evaluate")
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--against", type=click.Path(path_type=Path), metavar="OTHER", help="Hold MODEL against another model.")
@click.option(
    "--split",
    type=click.Choice(SPLIT_NAMES),
    default=EvaluateOptions.split,
    help="The images: the test set, or the part of the training images that a training holds back, or the rest of them.",
)
@click.option(
    "--validation-split",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=None,
    show_default=f"that of the run, else {DEFAULT_SHARE}",
    help="Share of the training images that is held back, from their end.",
)
@click.option("--worst", type=click.IntRange(0), default=EvaluateOptions.worst, help="How many mistakes or flips to list.")
@click.option("--json", "as_json", is_flag=True, help="Everything as one JSON document.")
@click.option("--csv", "as_csv", is_flag=True, help="The figures of each digit as CSV.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the result to a file instead of stdout.")
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Also write MODEL's answer to each image, with all ten probabilities.",
)
@data_options
@verbosity
def command(
    console: Console,
    model: Path,
    against: Path | None,
    split: str,
    validation_split: float | None,
    worst: int,
    as_json: bool,
    as_csv: bool,
    output: Path | None,
    predictions: Path | None,
    data: Path | None,
    allow_any_data: bool,
) -> None:
    """Measure MODEL on labelled digits.

    Loss, accuracy, top-2 accuracy, precision, recall and F1 of each digit, which digits it takes for which, whether its
    confidence can be believed, how much better it is where it is sure, and its worst mistakes. With --against OTHER: the
    differences, whether they can be chance, and the images that the two models answer differently.

    MODEL is a run folder or a .keras file, which Keras runs, or an .onnx file or the name of a packaged model, which
    onnxruntime runs without TensorFlow.

    \b
    Examples:
      mnist-edge evaluate runs/first
      mnist-edge evaluate first.onnx --json -o first.json
      mnist-edge evaluate runs/second --against runs/first
      mnist-edge evaluate runs/first --split validation --predictions answers.csv
      mnist-edge evaluate simple_cnn --data my-digits/ --allow-any-data
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other.")
    if validation_split is not None and split == "test":
        raise click.UsageError("--validation-split goes with --split validation or --split train.")
    if output is not None and predictions is not None and os.path.realpath(output) == os.path.realpath(predictions):
        raise click.UsageError("--output and --predictions name the same file.")
    form: Form = "json" if as_json else "csv" if as_csv else EvaluateOptions.form
    chosen = cast(SplitName, split)
    options = EvaluateOptions(against, chosen, validation_split, worst, form, output, predictions)
    evaluate(model, options, console, data=data, allow_any_data=allow_any_data)


def evaluate(model: Path, options: EvaluateOptions, console: Console, *, data: Path | None, allow_any_data: bool) -> None:
    """Measures one model or two, and prints or writes the result."""
    from mnist_edge.cli.evaluate_output import render, write_predictions
    from mnist_edge.dataset import load_dataset
    from mnist_edge.train.evaluation.libraries import sklearn_metrics
    from mnist_edge.train.evaluation.predictor import load_predictor
    from mnist_edge.train.evaluation.splits import choose_split

    sklearn_metrics()  # may be absent: told before anything that takes time
    names = [model] if options.against is None else [model, options.against]
    targets = (options.output, options.predictions)
    _keep_apart(targets, [*_model_files(names), *_data_files(data)])
    with _opened(options.output) as file, _opened(options.predictions) as table:
        share = _share_of_runs(names, options, console)
        predictors = [load_predictor(name) for name in names]  # before the data, which may have to be downloaded
        dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
        _keep_apart(targets, [dataset.origin])  # in time: the files appear when the block ends
        part = choose_split(dataset, options.split, share)
        measured = [_measure(*each, part, console) for each in zip(names, predictors, strict=True)]
        text = render(measured, dataset, part, options)
        if file is not None:
            file.write(f"{text}\n")
        if table is not None:
            write_predictions(measured[0].evaluation, table)
    if file is None:
        console.result(text)


def _measure(name: Path, predict: Predictor, part: NamedSplit, console: Console) -> Measured:
    from mnist_edge.cli.evaluate_output import Measured
    from mnist_edge.cli.progress import progress_bar
    from mnist_edge.train.evaluation.scores import score
    from mnist_edge.train.evaluation.tempering import tempering

    images = part.split.images
    with progress_bar(console, f"Evaluating {name}", len(images)) as advance:
        evaluation = score(predict(images, advance), part.split.labels)
        return Measured(str(name), evaluation, tempering(name, predict, evaluation, images))


def _share_of_runs(names: list[Path], options: EvaluateOptions, console: Console) -> float:
    """The share that was asked for, else what a run held back; says so where a model has seen the images or may have."""
    from mnist_edge.train.evaluation.splits import validation_share

    if options.split == "test":
        return DEFAULT_SHARE
    shares = {name: validation_share(name) for name in names}
    known = [share for share in shares.values() if share is not None]
    share = options.validation_split or (known[0] if known else DEFAULT_SHARE)
    for name, own in shares.items():
        if own is not None and own != share:
            console.note(f"{name} was trained with a validation split of {own}, not {share}: it knows other images.")
        elif own is None and options.validation_split is None:
            console.note(f"{name} does not tell its validation split: {share} is assumed. Name it with --validation-split.")
    return share


def _model_files(names: list[Path]) -> Iterator[Path]:
    from mnist_edge.runtime.packaged import MODELS_FOLDER
    from mnist_edge.train.evaluation.splits import run_folder
    from mnist_edge.train.run import CONFIG_FILE, ENVIRONMENT_FILE, RESULT_FILES

    for name in names:
        yield from (name, MODELS_FOLDER / f"{name}.onnx")
        folder = run_folder(name)
        if folder is not None:
            yield from (folder / file for file in (CONFIG_FILE, ENVIRONMENT_FILE, *RESULT_FILES))


def _data_files(data: Path | None) -> Iterator[Path]:
    from mnist_edge.dataset_files import IDX_STEMS

    if data is not None:
        yield data
        yield from (data / f"{stem}{suffix}" for stems in IDX_STEMS.values() for stem in stems for suffix in ("", ".gz"))


def _keep_apart(targets: tuple[Path | None, ...], inputs: list[Path] | list[str]) -> None:
    for target in targets:
        keep_apart(target, inputs)


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[IO[str] | None]:
    """Opens a file that appears when the block ends well; nothing for ``None``."""
    if path is None:
        yield None
        return
    from mnist_edge.files import atomic_path

    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file,
    ):
        yield file
