"""Who is told how a training goes."""

from __future__ import annotations

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

    def batch_ended(self, step: int) -> None:
        """Batch ``step`` of the present epoch, counted from 1, is done."""

    def epoch_ended(self, record: EpochRecord) -> None:
        """An epoch is done and safely on disk."""

    def notice(self, text: str) -> None:
        """Something that the user should know, one sentence."""

    def measuring(self) -> None:
        """Fitting is over; the best model is being measured."""
