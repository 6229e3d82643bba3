"""``mnist-edge report``: one page that shows everything about a model."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from mnist_edge.cli.common import Console, data_options, verbosity
from mnist_edge.report.options import LANGUAGES, MAX_SAMPLES, ReportOptions

_DEFAULTS = ReportOptions()


@click.command("report")
@click.argument("model", type=click.Path(path_type=Path), metavar="RUN|MODEL")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Its folder.")
@click.option(
    "--onnx",
    type=click.Path(path_type=Path),
    default=_DEFAULTS.onnx,
    metavar="FILE",
    help="The exported file of a run: adds the difference in each layer, parity and model card.",
)
@click.option(
    "--keras",
    type=click.Path(path_type=Path),
    default=_DEFAULTS.keras,
    metavar="RUN|FILE",
    help="The run of an .onnx file: adds the difference in each layer, and the curves.",
)
@click.option(
    "--benchmark",
    type=click.Path(path_type=Path),
    default=_DEFAULTS.benchmark,
    metavar="FILE|DIR",
    help="A result of mnist-edge benchmark -o, for the latency.",
)
@click.option(
    "--layer",
    "layers",
    multiple=True,
    default=_DEFAULTS.layers,
    show_default="the convolutions, at most six of them",
    help="A layer whose feature maps to show; give it again for more.",
)
@click.option(
    "--image",
    default=_DEFAULTS.image,
    metavar="INDEX|FILE",
    help="What to show the layers: the index of a test digit, or a picture file.",
)
@click.option(
    "--num-samples", type=click.IntRange(1, MAX_SAMPLES), default=_DEFAULTS.num_samples, help="Pictures in each grid."
)
@click.option("--seed", type=click.IntRange(0), default=_DEFAULTS.seed, help="Seed of the choice of these pictures.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=_DEFAULTS.lang, help="Language of page and figures.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@data_options
@verbosity
def command(
    console: Console,
    model: Path,
    output: Path,
    as_json: bool,
    data: Path | None,
    allow_any_data: bool,
    **choices: Any,
) -> None:
    """Write a report on RUN or MODEL: one HTML page, and its figures as SVG and PNG.

    The page needs no network and no other file: send it to anybody. RUN is a run folder, MODEL a .keras file, an .onnx file
    or the name of a packaged model; an .onnx file needs no TensorFlow. Test set, curves, confusion matrix, calibration,
    feature maps, architecture, parity, latency and model card are shown as far as they are known, and the page says how to
    add what is missing.

    \b
    Examples:
      mnist-edge report runs/first -o report/
      mnist-edge report runs/first --onnx first.onnx --benchmark bench/ -o report/
      mnist-edge report simple_cnn -o report/ --lang zh
      mnist-edge report first.onnx -o report/ --layer conv1 --image photo.jpg
    """
    from mnist_edge.cli.progress import progress_bar
    from mnist_edge.dataset import load_dataset
    from mnist_edge.report import check_report, open_models, write_report

    options = ReportOptions(**choices)
    check_report(output, options)  # before anything that takes time
    models = open_models(model, options.counterpart)
    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    result = write_report(models, dataset, output, options, progress=partial(progress_bar, console))
    if as_json:
        console.result_json(
            {
                "page": str(result.page),
                "size_bytes": result.size_bytes,
                "figures": [str(figure) for figure in result.figures],
                "accuracy": result.accuracy,
            }
        )
    else:
        console.result(f"{result.page}  {result.size_bytes / 1e3:,.0f} kB, {len(result.figures)} figures beside it")
