"""Results of ``classify`` as text, JSON lines and CSV."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mnist_edge.runtime.prediction import Prediction

if TYPE_CHECKING:
    from mnist_edge.cli.classify_options import ClassifyOptions
    from mnist_edge.runtime.scenes.scene import Box, Scene

# One header for both kinds of results: a row is a picture of one digit, or a digit of a scene, or a picture without any.
CSV_HEADER: Final = (
    *["source", "status", "digit", "confidence", *[f"p{digit}" for digit in range(10)], "message"],
    *["line", "left", "top", "width", "height"],
)
_LINE_BREAK: Final = " / "  # between the lines of a scene, which as text is one line
_ALL: Final = 0.9995  # what one decimal would print as 100 %


def format_result(result: Prediction | Scene, options: ClassifyOptions) -> list[str]:
    """One result as lines of text, JSON or CSV; several only for a scene as CSV."""
    if options.form == "json":
        return [json.dumps(result.to_dict(), ensure_ascii=False)]
    if options.form == "csv":
        if isinstance(result, Prediction):
            return [csv_line(_csv_row(result.source, result.status, result, result.message))]
        return [csv_line(row) for row in _scene_rows(result, options.show_rejected)]
    if not isinstance(result, Prediction):
        return [f"{result.source}: {_scene_text(result, options.show_rejected)}"]
    if result.digit is None:
        return [f"{result.source}: {result.message}"]
    ranking = ", ".join(f"{digit} ({percent(probability)})" for digit, probability in result.top(options.top))
    return [f"{result.source}: {ranking}"]


def percent(share: float) -> str:
    """A probability with one decimal, which is never rounded to certainty: ``>99.9%`` instead of ``100.0%``."""
    if share >= _ALL:
        return ">99.9%"
    return "<0.1%" if share < 1 - _ALL else f"{share:.1%}"


def _scene_text(scene: Scene, show_rejected: bool) -> str:
    text = scene.message
    if scene.digits:
        lowest = percent(min(digit.confidence for digit in scene))
        found = scene.text.replace("\n", _LINE_BREAK)
        text = f"{found} ({lowest})" if len(scene) == 1 else f"{found} (lowest {lowest})"
    if show_rejected and scene.rejected:
        import collections

        counts = collections.Counter(region.reason.value for region in scene.rejected)
        text += f" [rejected: {', '.join(f'{count} {reason}' for reason, count in counts.items())}]"
    return text


def _scene_rows(scene: Scene, show_rejected: bool) -> Iterator[list[object]]:
    for digit in scene:
        yield _csv_row(scene.source, "ok", digit.prediction, "", digit.line, digit.box)
    if not scene.digits:
        yield _csv_row(scene.source, scene.status, None, scene.message)
    for region in scene.rejected if show_rejected else ():
        yield _csv_row(scene.source, "rejected", region.prediction, region.reason.value, "", region.box)


def _csv_row(
    source: str, status: str, said: Prediction | None, message: str, line: int | str = "", box: Box | None = None
) -> list[object]:
    """Cells as :data:`CSV_HEADER` has them."""
    values: dict[str, Any] = (
        said.to_dict() if said is not None else {"digit": None, "confidence": None, "probabilities": [None] * 10}
    )
    place = [None] * 4 if box is None else list(box)
    return [source, status, values["digit"], values["confidence"], *values["probabilities"], message, line, *place]


def csv_line(cells: Iterable[object]) -> str:
    """Cells as one line of CSV, quoted where needed."""
    import csv  # here and not above: most answers are text

    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


@contextlib.contextmanager
def line_writer(output: Path | None) -> Iterator[Callable[[str], None]]:
    """Yields a function that takes one line: to stdout, or to a file that appears when all lines are written."""
    if output is None:
        yield click.echo
        return
    from mnist_edge.files import atomic_path

    with atomic_path(output) as temporary, temporary.open("w", encoding="utf-8", errors="surrogateescape") as file:
        yield lambda line: print(line, file=file)
