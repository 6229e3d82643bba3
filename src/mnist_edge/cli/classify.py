"""``mnist-edge classify``."""

from __future__ import annotations

import collections
import contextlib
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mnist_edge.cli.common import Console, keep_apart, verbosity
from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.errors import OptionError

if TYPE_CHECKING:
    from mnist_edge.runtime.classifier import DigitClassifier
    from mnist_edge.runtime.prediction import Prediction

READ_AHEAD: Final = 32  # pictures prepared before the network runs on them together
CSV_HEADER: Final = ("source", "status", "digit", "confidence", *[f"p{digit}" for digit in range(10)], "message")


@dataclass(frozen=True)
class ClassifyOptions:
    """What ``classify`` can be told."""

    model: str | None = None
    top: int = 1
    form: str = "text"
    output: Path | None = None
    show_input: Path | None = None
    recursive: bool = False
    threads: int = 1


@click.command(name="classify", short_help="Read the digit in pictures.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("-m", "--model", default=None, metavar="MODEL", help="An exported .onnx file, or a packaged model's name.")
@click.option("--top", type=click.IntRange(1, 10), default=ClassifyOptions.top, help="How many digits to name.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header line.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the results to a file instead of stdout.")
@click.option(
    "--show-input",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the 28x28 picture that the model really saw, as DIR/NAME.png.",
)
@click.option("-r", "--recursive", is_flag=True, help="Descend into sub-folders.")
@click.option("--threads", type=click.IntRange(1), default=ClassifyOptions.threads, help="Threads inside the network.")
@verbosity
@click.pass_context
def command(
    ctx: click.Context,
    sources: tuple[str, ...],
    model: str | None,
    top: int,
    as_json: bool,
    as_csv: bool,
    output: Path | None,
    show_input: Path | None,
    recursive: bool,
    threads: int,
    console: Console,
) -> None:
    """Read the one digit in each picture.

    SOURCE is a picture, a folder, a glob pattern in quotes, @list.txt with one path a line, relative to the list (@- for a
    list on stdin), or - for a picture on stdin. A picture that cannot be read does not stop the others; the exit code is
    then 1.

    \b
    Examples:
      mnist-edge classify seven.jpg
      mnist-edge classify scans/ --recursive --csv -o digits.csv
      mnist-edge classify photo.jpg --top 3 --show-input seen/
      curl -s http://camera.local/still.jpg | mnist-edge classify -
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other.")
    form = "json" if as_json else "csv" if as_csv else ClassifyOptions.form
    options = ClassifyOptions(model, top, form, output, show_input, recursive, threads)
    if classify_sources(sources, options, console):
        ctx.exit(1)


def classify_sources(sources: tuple[str, ...], options: ClassifyOptions, console: Console) -> int:
    """Reads all pictures and prints or writes the results.

    Returns:
        How many pictures or sources could not be read.
    """
    from mnist_edge.runtime.classifier import DigitClassifier
    from mnist_edge.runtime.prediction import Status

    classifier = DigitClassifier(options.model, threads=options.threads)
    console.detail(f"model: {classifier.engine.name}, threads: {classifier.engine.threads}")
    keep = _SeenInputs(options.show_input)
    failures = 0
    with _writer(options.output) as write:
        if options.form == "csv":
            write(_csv_line(CSV_HEADER))
        for prediction in _predictions(classifier, sources, options.recursive):
            keep_apart(options.output, [prediction.source])  # in time: the output appears when all is read
            keep.write(prediction)
            failed = prediction.status is Status.ERROR
            failures += failed
            if failed and options.form == "text":
                named = prediction.source in prediction.message  # a picture from a path already is
                click.echo(f"mnist-edge: {'' if named else f'{prediction.source}: '}{prediction.message}", err=True)
            else:
                write(format_prediction(prediction, options))
    return failures


def _predictions(classifier: DigitClassifier, sources: tuple[str, ...], recursive: bool) -> Iterator[Prediction]:
    """Classifies a few pictures at a time, and turns a source that yields none into a result with an error."""
    from mnist_edge.errors import SourceError
    from mnist_edge.runtime.prediction import Prediction, Status
    from mnist_edge.runtime.sources import expand_sources

    items = expand_sources(sources, recursive=recursive)
    while group := list(itertools.islice(items, READ_AHEAD)):
        answers = iter(classifier.classify_batch(item.content for item in group if not isinstance(item, SourceError)))
        for item in group:
            if isinstance(item, SourceError):
                yield Prediction(None, 0.0, Status.ERROR, str(item), item.source)
            else:
                yield replace(next(answers), source=item.name)


def format_prediction(prediction: Prediction, options: ClassifyOptions) -> str:
    """One result as a line of text, JSON or CSV."""
    if options.form == "json":
        return json.dumps(prediction.to_dict(), ensure_ascii=False)
    if options.form == "csv":
        values = prediction.to_dict()
        cells = [values["source"], values["status"], values["digit"], values["confidence"], *values["probabilities"]]
        return _csv_line([*cells, values["message"]])
    if prediction.digit is None:
        return f"{prediction.source}: {prediction.message}"
    ranking = ", ".join(f"{digit} ({probability:.1%})" for digit, probability in prediction.top(options.top))
    return f"{prediction.source}: {ranking}"


def _csv_line(cells: Iterable[object]) -> str:
    import csv

    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


@contextlib.contextmanager
def _writer(output: Path | None) -> Iterator[Callable[[str], None]]:
    """Yields a function that takes one line: to stdout, or to a file that appears when all lines are written."""
    if output is None:
        yield click.echo
        return
    from mnist_edge.files import atomic_path

    with atomic_path(output) as temporary, temporary.open("w", encoding="utf-8", errors="surrogateescape") as file:
        yield lambda line: print(line, file=file)


def _keep_pictures(target: Path) -> None:
    """Refuses to replace a picture that no earlier call can have written, such as one that is yet to be read."""
    from mnist_edge.runtime.image_header import read_image_header

    if target.is_file():
        header = read_image_header(target.read_bytes())
        if header is None or (header.width, header.height) != (IMAGE_SIZE, IMAGE_SIZE):
            raise OptionError(f"{target} is a picture of yours and would be overwritten", fix="Name another folder")


class _SeenInputs:
    """Writes what the model saw, under names that do not collide."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._used: collections.Counter[str] = collections.Counter()

    def write(self, prediction: Prediction) -> None:
        if self._folder is None or prediction.seen is None:
            return
        import cv2

        from mnist_edge.files import write_bytes

        name = "stdin" if prediction.source == "-" else Path(prediction.source).stem
        while (number := self._count(name)) > 1:
            name = f"{name}-{number}"
        target = self._folder / f"{name}.png"
        keep_apart(target, [prediction.source])
        _keep_pictures(target)
        write_bytes(target, cv2.imencode(".png", prediction.seen)[1].tobytes())

    def _count(self, name: str) -> int:
        key = name.casefold()  # some disks do not tell A.png from a.png
        self._used[key] += 1
        return self._used[key]
