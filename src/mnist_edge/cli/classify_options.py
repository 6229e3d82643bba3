"""What ``classify`` can be told, in the groups of its help."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from mnist_edge.cli.common import reject_option, threads_option

_PATH: Final = click.Path(path_type=Path)
_FOLDER: Final = click.Path(path_type=Path, file_okay=False)


class SceneMode(enum.StrEnum):
    """How many digits a picture is taken to show."""

    AUTO = "auto"
    SINGLE = "single"
    MULTI = "multi"


@dataclass(frozen=True)
class ClassifyOptions:
    """All options of ``classify`` with their defaults."""

    model: str | None = None
    scene: SceneMode = SceneMode.AUTO
    reject: float | None = None
    top: int = 1
    form: str = "text"
    output: Path | None = None
    annotate: Path | None = None
    show_rejected: bool = False
    show_input: Path | None = None
    debug: Path | None = None
    recursive: bool = False
    threads: int | None = None


READING: Final = (
    click.option(
        "-m",
        "--model",
        default=None,
        metavar="MODEL",
        help="An exported .onnx file, or a name that mnist-edge models lists.",
    ),
    click.option(
        "--scene",
        type=click.Choice([mode.value for mode in SceneMode]),
        default=ClassifyOptions.scene.value,
        help="What a picture shows: one digit, several digits in lines, or find out.",
    ),
    reject_option,
    click.option("-r", "--recursive", is_flag=True, help="Descend into sub-folders."),
    threads_option,
)
RESULTS: Final = (
    click.option(
        "--top", type=click.IntRange(1, 10), default=ClassifyOptions.top, help="How many digits to name where one is read."
    ),
    click.option("--json", "as_json", is_flag=True, help="One JSON object a line."),
    click.option("--csv", "as_csv", is_flag=True, help="CSV with a header line."),
    click.option("-o", "--output", type=_PATH, help="Write the results to a file instead of stdout."),
    click.option("--show-rejected", is_flag=True, help="Name and draw also what was found and is no digit."),
)
PICTURES: Final = (
    click.option(
        "--annotate",
        type=_PATH,
        metavar="PATH",
        help="Write pictures with boxes and digits: a file for one; a folder for several, which gets NAME-annotated.png.",
    ),
    click.option(
        "--show-input",
        type=_FOLDER,
        metavar="DIR",
        help="Write the 28x28 picture that the network really saw, as DIR/NAME.png.",
    ),
    click.option(
        "--debug", type=_FOLDER, metavar="DIR", help="Write every stage of finding and framing, as DIR/NAME/01-….png."
    ),
)
