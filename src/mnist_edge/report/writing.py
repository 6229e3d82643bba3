"""``write_report``: a page and its figures, from the models to the files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mnist_edge.errors import OptionError
from mnist_edge.files import output_errors, write_bytes
from mnist_edge.report.options import ReportOptions

if TYPE_CHECKING:
    from mnist_edge.dataset import Dataset
    from mnist_edge.report.contents import Progress
    from mnist_edge.report.models import Models

PAGE_FILE: Final = "report.html"
FIGURE_FOLDER: Final = "figures"
_SPACE_BYTES: Final = 4_000_000  # more than page or figures need
SUFFIXES: Final = (".svg", ".png")
_OUR_MARK: Final = b'<meta name="generator" content="mnist-edge '
_OUR_FIGURES: Final = re.compile(rb'<meta name="mnist-edge-figures" content="([A-Za-z0-9_ -]*)">')
_HEAD_BYTES: Final = 65536  # longer than the names of figures can become


@dataclass(frozen=True)
class ReportResult:
    """What was written.

    Attributes:
        page: The HTML file.
        figures: The figures as files, SVG and PNG.
        size_bytes: Size of the page.
        accuracy: Top-1 accuracy on the test set, 0 to 1.
    """

    page: Path
    figures: tuple[Path, ...]
    size_bytes: int
    accuracy: float


def check_report(output: str | os.PathLike[str], options: ReportOptions) -> None:
    """Finds out before any slow work whether a report can be made and written.

    Raises:
        OutputError: If the folder cannot be written.
        OptionError: If the page that lies there is not ours, no font has the characters of the language, or the benchmark
            cannot be read.
        MissingExtraError: If a library is not installed.
    """
    from mnist_edge.export.pipeline import check_writable
    from mnist_edge.report.measurements import read_benchmark
    from mnist_edge.report.page import import_jinja2
    from mnist_edge.train.evaluation.libraries import sklearn_metrics
    from mnist_edge.train.figures import Look, require_fonts

    for file in (Path(output) / PAGE_FILE, Path(output) / FIGURE_FOLDER / PAGE_FILE):
        check_writable(file, _SPACE_BYTES)
    _figures_of(Path(output) / PAGE_FILE)
    if options.benchmark is not None:
        read_benchmark(options.benchmark)
    import_jinja2()
    sklearn_metrics()
    require_fonts(Look(lang=options.lang))


def write_report(
    model: str | os.PathLike[str] | Models,
    dataset: Dataset,
    output: str | os.PathLike[str],
    options: ReportOptions | None = None,
    *,
    progress: Progress | None = None,
) -> ReportResult:
    """Writes ``report.html`` and ``figures/`` into a folder.

    Nothing is written before everything is drawn. An earlier report is replaced: figures that its page names and the new
    one lacks are removed. Files that are not of a report are neither overwritten nor removed.

    Args:
        model: A run folder, a ``.keras`` file, an ``.onnx`` file, the name of a packaged model, or what
            :func:`~mnist_edge.report.open_models` made of it.
        dataset: Its test pictures are evaluated.
        output: The folder; made if needed.
        options: ``None`` takes the defaults.
        progress: Shows how far the work is.

    Raises:
        MnistEdgeError: What ``open_models`` raises.
        OptionError: If the picture, a layer, the benchmark or the fonts that the options ask for do not exist, the two
            models are different networks, or a file of another origin lies in the place of page or figure.
        ImageError: If the picture cannot be used.
        DatasetFormatError: If there are no test pictures.
        MissingExtraError: If a library is not installed.
        OutputError: If the folder cannot be written.
    """
    from mnist_edge.report.blocks import Picture
    from mnist_edge.report.contents import gather, no_progress
    from mnist_edge.report.models import Models, open_models
    from mnist_edge.report.page import all_sections, head, render
    from mnist_edge.report.pictures import THEMES, draw
    from mnist_edge.report.texts import Words

    chosen, folder, shows = options or ReportOptions(), Path(output), progress or no_progress
    check_report(folder, chosen)
    models = model if isinstance(model, Models) else open_models(model, chosen.counterpart)
    words = Words(chosen.lang)
    contents = gather(models, dataset, folder, chosen, shows)
    sections = all_sections(contents, words)
    wanted = [block for section in sections for block in section.blocks if isinstance(block, Picture)]
    places = _places(folder, [picture.name for picture in wanted])
    with shows("Drawing", len(wanted) * len(THEMES)) as advance:
        drawn = {picture.name: draw(picture, chosen.lang, advance) for picture in wanted}
    html = render(sections, drawn, words, head(contents, words)).encode()
    # The page first: it names its figures, so that they are known to be ours even if they are never finished.
    page = folder / PAGE_FILE
    before = _figures_of(page)
    write_bytes(page, html)
    for name, picture in drawn.items():
        for file, data in zip(places[name], (picture.svg, picture.png), strict=True):
            write_bytes(file, data)
    with output_errors(page):
        for name in before - places.keys():
            for file in _files(folder, name):
                file.unlink(missing_ok=True)
    figures = tuple(file for files in places.values() for file in files)
    return ReportResult(page, figures, len(html), contents.evaluation.accuracy)


def _files(folder: Path, name: str) -> tuple[Path, ...]:
    return tuple(folder / FIGURE_FOLDER / f"{name}{suffix}" for suffix in SUFFIXES)


def _figures_of(page: Path) -> frozenset[str]:
    """Names of the figures of the report that lies there; none if nothing does.

    Raises:
        OptionError: If it is no page of ours.
    """
    with output_errors(page):
        if not page.is_file():
            return frozenset()
        with page.open("rb") as file:
            start = file.read(_HEAD_BYTES)
    if _OUR_MARK not in start:
        raise OptionError(f"{page} is no page of mnist-edge report", fix="Write to another folder, or move this file away")
    found = _OUR_FIGURES.search(start)
    return frozenset(found[1].decode().split()) if found else frozenset()


def _places(folder: Path, names: Iterable[str]) -> dict[str, tuple[Path, ...]]:
    """Name to the files of each figure.

    Raises:
        OptionError: If one of them exists and is not of the report that lies there.
    """
    ours = _figures_of(folder / PAGE_FILE)
    places = {name: _files(folder, name) for name in names}
    for name, files in places.items():
        for file in files:
            if name not in ours and os.path.lexists(file):
                raise OptionError(
                    f"{file} is not of an earlier report", fix="Write to another folder, or move this file away"
                )
    return places
