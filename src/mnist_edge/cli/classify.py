"""``mnist-edge classify``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from mnist_edge.cli.classify_options import PICTURES, READING, RESULTS, ClassifyOptions, SceneMode
from mnist_edge.cli.collection import resume_collection
from mnist_edge.cli.common import Console, keep_apart, spare_blas_threads, verbosity
from mnist_edge.cli.grouped import GroupedCommand, grouped

if TYPE_CHECKING:
    from mnist_edge.cli.classify_reading import Answer, Result
    from mnist_edge.errors import SourceError
    from mnist_edge.runtime.classifier import DigitClassifier
    from mnist_edge.runtime.sources import Picture

Observer = Callable[["Answer"], None]


@click.command("classify", cls=GroupedCommand, short_help="Read the digits in pictures.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@grouped("Reading", *READING)
@grouped("Results", *RESULTS)
@grouped("Pictures", *PICTURES)
@verbosity
@click.pass_context
def command(
    ctx: click.Context,
    /,
    sources: tuple[str, ...],
    scene: str,
    as_json: bool,
    as_csv: bool,
    console: Console,
    **chosen: Any,
) -> None:
    """Read the digit, or all digits, in each picture.

    SOURCE is a picture, a folder, a glob pattern in quotes, @list.txt with one path a line, relative to the list (@- for a
    list on stdin), or - for a picture on stdin. A picture that cannot be read does not stop the others; the exit code is
    then 1. A picture without digits is no error: the line says why.

    Unless --scene says how to read, a picture is read as a scene where two digits of about the same size are found in it,
    else as one digit. One digit is printed as "seven.jpg: 7 (99.8%)", a scene as "page.jpg: 123 / 45 (lowest 97.1%)", a
    slash between lines. In JSON a scene has "digits", a list with boxes; in CSV it has a row for each digit.

    \b
    Examples:
      mnist-edge classify seven.jpg
      mnist-edge classify page.jpg --scene multi --annotate page-read.png
      mnist-edge classify scans/ --recursive --csv -o digits.csv --annotate read/
      mnist-edge classify photo.jpg --top 3 --show-input seen/ --debug stages/
      mnist-edge classify page.jpg --json --show-rejected --reject 0.05
      curl -s http://camera.local/still.jpg | mnist-edge classify -
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other.")
    form = "json" if as_json else "csv" if as_csv else ClassifyOptions.form
    options = ClassifyOptions(scene=SceneMode(scene), form=form, **chosen)
    if classify_sources(sources, options, console):
        ctx.exit(1)


def classify_sources(sources: tuple[str, ...], options: ClassifyOptions, console: Console) -> int:
    """Reads all pictures and prints or writes the results.

    Returns:
        How many pictures or sources could not be read.
    """
    spare_blas_threads()
    from mnist_edge.cli.classify_output import CSV_HEADER, csv_line, format_result, line_writer
    from mnist_edge.cli.classify_reading import read_pictures
    from mnist_edge.runtime.classifier import DigitClassifier
    from mnist_edge.runtime.prediction import Status
    from mnist_edge.runtime.sources import expand_sources

    classifier = DigitClassifier(options.model, threads=options.threads, reject=options.reject)
    resume_collection(spare=True)
    console.detail(f"model: {classifier.engine.name}, threads: {classifier.engine.threads}")
    items = expand_sources(sources, recursive=options.recursive)
    observers: list[Observer] = []
    if options.annotate or options.show_input or options.debug:
        listed = list(items)  # only who knows all pictures that will be read can keep from writing over one
        observers = _observers(options, listed, classifier)
        items = iter(listed)
    failures = 0
    with line_writer(options.output) as write:
        if options.form == "csv":
            write(csv_line(CSV_HEADER))
        keep_images = options.annotate is not None or options.debug is not None
        for answer in read_pictures(classifier, items, options.scene, keep_images=keep_images):
            keep_apart(options.output, [answer.result.source])  # in time: the output appears when all is read
            for observe in observers:
                observe(answer)
            failed = answer.result.status is Status.ERROR
            failures += failed
            if failed and options.form == "text":
                _complain(answer.result)
                continue
            for line in format_result(answer.result, options):
                write(line)
    return failures


def _complain(result: Result) -> None:
    named = result.source in result.message  # the message on a picture from a path names it already
    click.echo(f"mnist-edge: {'' if named else f'{result.source}: '}{result.message}", err=True)


def _observers(options: ClassifyOptions, items: list[Picture | SourceError], classifier: DigitClassifier) -> list[Observer]:
    """What writes pictures of every answer."""
    from mnist_edge.cli.classify_pictures import AnnotatedPictures, DebugStages, Outputs, SeenInputs

    outputs = Outputs(items)
    chosen: list[Observer] = []
    if options.show_input is not None:
        chosen.append(SeenInputs(options.show_input, outputs).write)
    if options.annotate is not None:
        pictures = AnnotatedPictures(options.annotate, len(items), outputs, options.show_rejected, classifier)
        chosen.append(pictures.write)
    if options.debug is not None:
        chosen.append(DebugStages(options.debug, options.scene, outputs, classifier).write)
    return chosen
