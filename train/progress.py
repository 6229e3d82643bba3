"""Who is told how a training goes."""

from __future__ import annotations

from collections.abc import Callable

from mnist_edge.train.config import TrainConfig
from mnist_edge.train.run import EpochRecord


class Listener:
    """Hears of a training and ignores it; override what is of interest.

    Attributes:
        wants_batches: Whether :meth:`batch_ended` is to be called; it costs a Python call a step.
    """

    wants_batches: bool = False

    def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
        """Fitting begins, after ``epochs_done`` epochs of an earlier process; an epoch has ``steps`` batches."""

    def batch_ended(self, step: int, loss: float, accuracy: float) -> None:
        """Batch ``step`` of the present epoch, counted from 1, is done; loss and accuracy are the epoch's so far."""

    def epoch_ended(self, record: EpochRecord) -> None:
        """An epoch is done and safely on disk."""

    def notice(self, text: str) -> None:
        """Something that the user should know, one sentence."""

    def measuring(self) -> None:
        """Fitting is over; the best model is being measured."""


class Audience(Listener):
    """Passes everything on to several listeners, in their order."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners
        self.wants_batches = any(listener.wants_batches for listener in listeners)

    def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
        """See :class:`Listener`."""
        for listener in self._listeners:
            listener.fit_began(config, epochs_done=epochs_done, steps=steps)

    def batch_ended(self, step: int, loss: float, accuracy: float) -> None:
        """See :class:`Listener`; only those who want batches hear of them."""
        for listener in self._listeners:
            if listener.wants_batches:
                listener.batch_ended(step, loss, accuracy)

    def epoch_ended(self, record: EpochRecord) -> None:
        """See :class:`Listener`."""
        for listener in self._listeners:
            listener.epoch_ended(record)

    def notice(self, text: str) -> None:
        """See :class:`Listener`."""
        for listener in self._listeners:
            listener.notice(text)

    def measuring(self) -> None:
        """See :class:`Listener`."""
        for listener in self._listeners:
            listener.measuring()


class LineListener(Listener):
    """Tells a training in plain lines."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._epochs = 0

    def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
        """Says what begins."""
        self._epochs = config.epochs
        after = f", after {epochs_done} finished epochs" if epochs_done else ""
        self._write(f"Training {config.arch}: {steps:,} steps of {config.batch_size} images an epoch{after}.")

    def epoch_ended(self, record: EpochRecord) -> None:
        """Gives the figures of the epoch, in a line that fits 80 columns up to 100 epochs."""
        self._write(
            f"epoch {record.epoch}/{self._epochs}  loss {record.loss:.4f} val {record.val_loss:.4f}  "
            f"acc {record.accuracy:.4f} val {record.val_accuracy:.4f}  "
            f"lr {record.learning_rate:.3g}  {record.seconds:.{0 if record.seconds >= 100 else 1}f} s"
        )

    def notice(self, text: str) -> None:
        """Passes it on."""
        self._write(text)

    def measuring(self) -> None:
        """Says so."""
        self._write("Measuring the best model on all three splits.")
