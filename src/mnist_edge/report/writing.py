"""``write_report``: a page and its figures, from the models to the files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mnist_edge.files import output_errors, write_bytes, write_text
from mnist_edge.report.options import ReportOptions

if TYPE_CHECKING:
    from mnist_edge.dataset import Dataset
    from mnist_edge.report.contents import Progress
    from mnist_edge.report.models import Models
    from mnist_edge.report.pictures import DrawnPicture

PAGE_FILE: Final = "report.html"
FIGURE_FOLDER: Final = "figures"
_SPACE_BYTES: Final = 4_000_000  # more than page or figures need
SUFFIXES: Final = (".svg", ".png")
_OUR_MARK: Final = b'<meta name="generator" content="mnist-edge'
_HEAD_BYTES: Final = 1000
FIGURE_NAMES: Final = frozenset(
    ("samples", "training", "predictions", "confusion", "classes", "reliability", "confidence", "kernels")
)


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
        OptionError: If no font has the characters of the language, or the benchmark cannot be read.
        MissingExtraError: If a library is not installed.
    """
    from mnist_edge.export.pipeline import check_writable
    from mnist_edge.report.measurements import read_benchmark
    from mnist_edge.report.page import import_jinja2
    from mnist_edge.train.evaluation.libraries import sklearn_metrics
    from mnist_edge.train.figures import Look, require_fonts

    for file in (Path(output) / PAGE_FILE, Path(output) / FIGURE_FOLDER / PAGE_FILE):
        check_writable(file, _SPACE_BYTES)
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

    Nothing is written before everything is drawn. Figures that an earlier report left and this one lacks are removed.

    Args:
        model: A run folder, a ``.keras`` file, an ``.onnx`` file, the name of a packaged model, or what
            :func:`~mnist_edge.report.open_models` made of it.
        dataset: Its test pictures are evaluated.
        output: The folder; made if needed.
        options: ``None`` takes the defaults.
        progress: Shows how far the work is.

    Raises:
        MnistEdgeError: What ``open_models`` raises.
        OptionError: If the picture, a layer, the benchmark or the fonts that the options ask for do not exist.
        ImageError: If the picture cannot be used.
        DatasetFormatError: If there are no test pictures.
        MissingExtraError: If a library is not installed.
        OutputError: If the folder cannot be written.
    """
    from mnist_edge.report.blocks import Picture
    from mnist_edge.report.contents import gather, no_progress
    from mnist_edge.report.models import Models, open_models
    from mnist_edge.report.page import head, render
    from mnist_edge.report.pictures import THEMES, draw
    from mnist_edge.report.sections import all_sections
    from mnist_edge.report.texts import Words

    chosen, folder, shows = options or ReportOptions(), Path(output), progress or no_progress
    check_report(folder, chosen)
    models = model if isinstance(model, Models) else open_models(model, chosen.counterpart)
    words = Words(chosen.lang)
    contents = gather(models, dataset, folder, chosen, shows)
    sections = all_sections(contents, words)
    wanted = [block for section in sections for block in section.blocks if isinstance(block, Picture)]
    with shows("Drawing", len(wanted) * len(THEMES)) as advance:
        drawn = {picture.name: draw(picture, chosen.lang, advance) for picture in wanted}
    html = render(sections, drawn, words, head(contents, words))
    figures = _write_figures(folder / FIGURE_FOLDER, drawn)
    _remove_stale(folder / PAGE_FILE, figures)
    write_text(folder / PAGE_FILE, html)
    return ReportResult(folder / PAGE_FILE, figures, len(html.encode()), contents.evaluation.accuracy)


def _write_figures(folder: Path, drawn: Mapping[str, DrawnPicture]) -> tuple[Path, ...]:
    written = []
    for name, picture in drawn.items():
        for suffix, data in ((".svg", picture.svg), (".png", picture.png)):
            written.append(folder / f"{name}{suffix}")
            write_bytes(written[-1], data)
    return tuple(written)


def _remove_stale(page: Path, figures: tuple[Path, ...]) -> None:
    """Removes the figures of an earlier report that this one lacks; what lies beside no report is somebody else's."""
    from mnist_edge.report.sections_model import MAPS_PREFIX

    with output_errors(page):
        if not page.is_file() or _OUR_MARK not in page.read_bytes()[:_HEAD_BYTES]:
            return
        for file in (page.parent / FIGURE_FOLDER).iterdir():
            ours = file.stem in FIGURE_NAMES or file.stem.startswith(MAPS_PREFIX)
            if ours and file.suffix in SUFFIXES and file not in figures:
                file.unlink()
