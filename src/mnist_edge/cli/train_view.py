"""How ``mnist-edge train`` shows a training: live on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from mnist_edge.cli.common import Console
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.progress import LineListener, Listener
from mnist_edge.train.run import EpochRecord

# Seconds over which rich measures the speed for the time left: longer than an epoch, so that validation is counted in.
_SPEED_PERIOD: Final = 600.0


class LiveView(LineListener):
    """The lines of finished epochs above one that moves: epoch, step, bar, running loss and accuracy, time left.

    Args:
        console: Where the lines go; rich keeps them above the bar.
        progress: What :func:`make_progress` gives, started.
    """

    wants_batches = True

    def __init__(self, console: Console, progress: Any) -> None:
        super().__init__(console.note)
        self._progress = progress
        self._task: Any = None
        self._steps = 0
        self._done = 0

    def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
        """Draws the bar of the whole training."""
        super().fit_began(config, epochs_done=epochs_done, steps=steps)
        self._steps, self._done = steps, epochs_done
        self._task = self._progress.add_task(
            self._position(0), total=steps * config.epochs, completed=steps * epochs_done, figures=""
        )

    def batch_ended(self, step: int, loss: float, accuracy: float) -> None:
        """Moves the bar."""
        self._progress.update(
            self._task,
            completed=self._done * self._steps + step,
            description=self._position(step),
            figures=f"loss {loss:.4f}  accuracy {accuracy:.4f}",
        )

    def epoch_ended(self, record: EpochRecord) -> None:
        """Writes the epoch's line above the bar."""
        self._done = record.epoch
        super().epoch_ended(record)

    def measuring(self) -> None:
        """Takes the bar away: what follows has no steps."""
        self._progress.stop()
        super().measuring()

    def _position(self, step: int) -> str:
        return f"epoch {self._done + 1}/{self._epochs}  step {step:,}/{self._steps:,}"


def make_progress(rich_console: Any) -> Any:
    """The moving line of a training, as a ``rich.progress.Progress`` that leaves nothing behind."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=rich_console,
        transient=True,
        expand=True,
        speed_estimate_period=_SPEED_PERIOD,
    )


@contextlib.contextmanager
def training_view(console: Console) -> Iterator[Listener]:
    """The listener that suits the terminal; plain lines if stderr is none, or if rich is not installed."""
    if not console.shows_progress:
        yield LineListener(console.note)
        return
    try:
        from rich.console import Console as RichConsole
    except ModuleNotFoundError:  # a bar is not worth failing for
        yield LineListener(console.note)
        return
    with make_progress(RichConsole(stderr=True)) as progress:
        yield LiveView(console, progress)
