"""What several commands share: verbosity, the data options, tables."""

from __future__ import annotations

import functools
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from mnist_edge.errors import OptionError

F = TypeVar("F", bound=Callable[..., Any])


class Console(NamedTuple):
    """Where a command's words go: results to stdout, everything else to stderr.

    Attributes:
        level: 0 quiet, 1 normal, 2 verbose.
    """

    level: int = 1

    def result(self, text: str) -> None:
        """What the command is run for; never suppressed."""
        click.echo(text)

    def result_json(self, value: object) -> None:
        """One indented JSON document on stdout."""
        click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))

    def note(self, text: str) -> None:
        """What goes on; suppressed by ``--quiet``."""
        if self.level >= 1:
            click.echo(text, err=True)

    def detail(self, text: str) -> None:
        """What helps to find a fault; shown by ``--verbose``."""
        if self.level >= 2:
            click.echo(text, err=True)

    @property
    def shows_progress(self) -> bool:
        """Whether a progress bar may be drawn."""
        return self.level >= 1 and sys.stderr is not None and sys.stderr.isatty()


def verbosity(function: F) -> F:
    """Adds ``--quiet`` and ``--verbose`` and passes a :class:`Console` as ``console``."""

    @click.option("-q", "--quiet", is_flag=True, help="Results and errors only.")
    @click.option("-v", "--verbose", is_flag=True, help="Say more about what is done.")
    @functools.wraps(function)
    def wrapper(*args: Any, quiet: bool, verbose: bool, **kwargs: Any) -> Any:
        if quiet and verbose:
            raise click.UsageError("--quiet and --verbose exclude each other.")
        return function(*args, console=Console(0 if quiet else 2 if verbose else 1), **kwargs)

    return wrapper  # type: ignore[return-value]  # click's decorators are typed the same way


def spare_blas_threads() -> None:
    """Keeps the linear algebra of NumPy from starting a thread a core; to be called before NumPy is imported.

    The commands that call this have no use for them, and until they fall asleep they spin beside the imports that follow:
    on two cores 60 to 90 ms of processor time, and of the start as well where another program has the second core. Set the
    variable beforehand to have them.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class FiniteRange(click.FloatRange):
    """A range of numbers; other than click's own it takes neither ``nan`` nor ``inf``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number.

        Raises:
            click.BadParameter: If it is none, not finite or out of range.
        """
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        return number


reject_option = click.option(
    "--reject",
    type=FiniteRange(0, 0.5),
    default=None,
    metavar="RATE",
    show_default="the model's own",
    help="Share of real digits that may be refused; the higher, the less is taken for a digit that is none.",
)


threads_option = click.option(
    "--threads",
    type=click.IntRange(1),
    default=None,
    show_default="1, or what mnist-edge tune found",
    help="Threads inside the network.",
)


def data_options(function: F) -> F:
    """Adds ``--data`` and ``--allow-any-data``."""
    function = click.option(
        "--allow-any-data",
        is_flag=True,
        help="Accept data in MNIST's layout that is not MNIST; run and model card will say so.",
    )(function)
    return click.option(
        "--data",
        "data",
        type=click.Path(path_type=Path),
        envvar="MNIST_EDGE_DATA",
        show_envvar=True,
        default=None,
        help="mnist.npz, or a folder with the four IDX files (gzipped or not). Default: the cache, else a download.",
    )(function)


def keep_apart(output: Path | None, inputs: Iterable[str | Path]) -> None:
    """Refuses an output that is one of the inputs.

    Raises:
        OptionError: If it is.
    """
    for source in inputs:
        if output is not None and output.is_file() and Path(source).is_file() and output.samefile(source):
            raise OptionError(f"{output} is to be read and would be overwritten", fix="Write to another file or folder")


def text_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A plain table: first column left-aligned, the others right-aligned."""
    table = [list(header), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    lines = [
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([lines[0].rstrip(), rule, *[line.rstrip() for line in lines[1:]]])
