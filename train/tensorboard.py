"""Event files for TensorBoard."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from mnist_edge.errors import OutputError
from mnist_edge.files import output_errors
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import TENSORBOARD_FOLDER, EpochRecord

TRAIN: Final = "train"
VALIDATION: Final = "validation"


class EventFiles(Listener):
    """Writes the history of a run as event files, under the names that Keras's own callback gives to the curves.

    Other than there, the first epoch is 1 and not 0, as in ``history.json`` and in all that is printed. The files are
    written anew from the history whenever a process takes up the run, so that they say the same as ``history.json`` however
    the one before ended: no epoch twice, none missing.

    Args:
        run_folder: The folder of the run; what it holds of earlier event files is replaced.
        history: The epochs so far.

    Raises:
        OutputError: If a file cannot be written.
    """

    def __init__(self, run_folder: Path, history: Sequence[EpochRecord]) -> None:
        import tensorflow as tf

        self._summary = tf.summary
        self._tensorflow_error: type[Exception] = tf.errors.OpError
        self._folder = run_folder / TENSORBOARD_FOLDER
        self._writers: dict[str, Any] = {}
        try:
            with self._event_errors():
                for part in (TRAIN, VALIDATION):
                    for file in (self._folder / part).glob("events.out.tfevents.*"):
                        file.unlink()
                    self._writers[part] = self._summary.create_file_writer(str(self._folder / part))
            for record in history:
                self.epoch_ended(record)
        except BaseException:
            self.close()
            raise

    def epoch_ended(self, record: EpochRecord) -> None:
        """Adds the figures of an epoch."""
        curves = {
            TRAIN: {"loss": record.loss, "accuracy": record.accuracy, "learning_rate": record.learning_rate},
            VALIDATION: {"loss": record.val_loss, "accuracy": record.val_accuracy},
        }
        with self._event_errors():
            for part, values in curves.items():
                with self._writers[part].as_default(step=record.epoch):
                    for name, value in values.items():
                        self._summary.scalar(f"epoch_{name}", value)
                self._writers[part].flush()

    def __enter__(self) -> EventFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the files; what cannot be written any more is given up, for it was flushed after every epoch."""
        for writer in self._writers.values():
            with contextlib.suppress(OSError, self._tensorflow_error):
                writer.close()

    @contextlib.contextmanager
    def _event_errors(self) -> Iterator[None]:
        """TensorFlow's writer raises errors of its own instead of ``OSError``."""
        try:
            with output_errors(self._folder):
                yield
        except self._tensorflow_error as error:
            reason = str(getattr(error, "message", error)).splitlines()[0]
            raise OutputError(
                f"Cannot write {self._folder}: {reason}", fix="Check the path and the space that is left"
            ) from error
