"""``train.log``: what happened in a run folder, a line at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from mnist_edge import __version__
from mnist_edge.errors import MnistEdgeError, OutputError
from mnist_edge.files import output_errors
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.environment import utc_now
from mnist_edge.train.progress import LineListener
from mnist_edge.train.run import LOG_FILE, Run


class TrainLog(LineListener):
    """Appends a line with a time stamp for everything that is heard of a training.

    The file is opened and closed for every line, so that a line is either in it or not, whenever the process dies. A
    training does not end because its log cannot be written: the log is for people, and nothing is made of it.

    Args:
        run_folder: Where the file lies.
        complain: Is told once, in a sentence, if the file cannot be written.
    """

    def __init__(self, run_folder: Path, complain: Callable[[str], None]) -> None:
        super().__init__(self.line)
        self._file = run_folder / LOG_FILE
        self._complain = complain
        self._complained = False

    def line(self, text: str) -> None:
        """Appends a line, if that is possible."""
        try:
            with output_errors(self._file), self._file.open("a", encoding="utf-8") as file:
                file.write(f"{utc_now()} {' '.join(text.splitlines())}\n")
        except OutputError as error:
            if not self._complained:
                self._complained = True
                self._complain(f"{error} The training goes on without its log.")

    @contextlib.contextmanager
    def session(self, config: TrainConfig) -> Iterator[None]:
        """Notes that a process takes up the training and, if an exception ends it, which one."""
        self.line(f"mnist-edge {__version__}: {config.arch}, recipe {config.recipe_label()}, seed {config.seed}")
        try:
            yield
        except BaseException as error:
            self.line(f"Stopped: {error if isinstance(error, MnistEdgeError) else repr(error)}")
            raise

    def finished(self, run: Run) -> None:
        """Notes the end of a run with what came of it."""
        metrics = run.metrics or {}
        self.line(
            f"Finished: epoch {metrics['best_epoch']} of {metrics['epochs']} is the best on validation, "
            f"test accuracy {metrics['test']['accuracy']:.4f}."
        )
