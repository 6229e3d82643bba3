"""How ``mnist-edge train`` shows a training: live on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any, Final

from mnist_edge.cli.common import Console
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.progress import LineListener, Listener
from mnist_edge.train.run import EpochRecord

# rich measures the speed for the time left over its last 1,000 updates. With no more than so many updates an epoch these
# are more than three epochs, so that the pauses between epochs (validation, checkpoint) are counted in.
_UPDATES_AN_EPOCH: Final = 300
_SPEED_PERIOD: Final = 24 * 3600.0  # seconds; rich forgets updates older than this, which would be too few of slow epochs
_BAR_AND_TIME: Final = 4 + len("  -:--:-- left")  # columns for the shortest bar and the time left


class LiveView(LineListener):
    """The lines of finished epochs above one that moves: epoch, step, bar, running loss and accuracy, time left.

    A narrow terminal loses the step first, then loss and accuracy.

    Args:
        progress: What :func:`make_progress` gives, started.
    """

    wants_batches = True

    def __init__(self, progress: Any) -> None:
        # Past the console of the bar, a line would be written behind the bar, and the bar below it once more.
        super().__init__(
            lambda text: progress.console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True)
        )
        self._progress = progress
        self._task: Any = None
        self._steps = 0
        self._done = 0

    def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
        """Draws the bar of the whole training."""
        super().fit_began(config, epochs_done=epochs_done, steps=steps)
        self._steps, self._done = steps, epochs_done
        self._task = self._progress.add_task(
            "", total=steps * config.epochs, completed=steps * epochs_done, **self._texts(0, "")
        )

    def batch_ended(self, step: int, loss: float, accuracy: float) -> None:
        """Moves the bar, though not at every one of many steps."""
        if step % math.ceil(self._steps / _UPDATES_AN_EPOCH) and step != self._steps:
            return
        completed = self._done * self._steps + step
        self._progress.update(self._task, completed=completed, **self._texts(step, f"loss {loss:.4f}  acc {accuracy:.4f}"))

    def epoch_ended(self, record: EpochRecord) -> None:
        """Writes the epoch's line above the bar."""
        self._done = record.epoch
        super().epoch_ended(record)

    def measuring(self) -> None:
        """Takes the bar away: what follows has no steps."""
        self._progress.stop()
        super().measuring()

    def _texts(self, step: int, figures: str) -> dict[str, str]:
        """What stands before the bar and behind it, no longer than the terminal is wide."""
        epoch = f"epoch {self._done + 1}/{self._epochs}"
        position = f"{epoch}  step {step:,}/{self._steps:,}"
        room = self._progress.console.width - _BAR_AND_TIME
        for before, behind in ((position, figures), (epoch, figures)):
            if len(f"{before}  {behind}") <= room:
                return {"position": before, "figures": behind}
        return {"position": epoch, "figures": ""}


def make_progress(rich_console: Any) -> Any:
    """The moving line of a training, as a ``rich.progress.Progress`` that leaves nothing behind."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.fields[position]}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[figures]}", markup=False),
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
        yield LiveView(progress)
