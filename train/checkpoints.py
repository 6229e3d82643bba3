"""Checkpoints that survive a kill at any moment.

Keras writes every epoch into a new file; only when that file is complete does ``state.json`` name it, in one rename, and
only then are older files removed. So ``state.json`` never names an incomplete checkpoint, whenever the process dies.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mnist_edge.errors import RunError
from mnist_edge.files import atomic_path, flush_to_disk, output_errors, write_json, write_text
from mnist_edge.keras_model import MODEL_FILE
from mnist_edge.train.run import (
    CHECKPOINT_FOLDER,
    HISTORY_FILE,
    HISTORY_TABLE,
    LAST_MODEL_FILE,
    EpochRecord,
    best_epoch,
    exists,
    parse_history,
    read_object,
)

STATE_FILE: Final = "state.json"
_DIVERGED: Final = "diverged"  # in state.json: the epoch
_START_ANEW: Final = "Train into another folder"
_NAME: Final = "epoch-{epoch:04d}.keras"


class Checkpoints:
    """The checkpoints of one run folder and what is published from them.

    Args:
        run_folder: The folder of the run.
    """

    def __init__(self, run_folder: Path) -> None:
        self._run_folder = run_folder
        self.folder = run_folder / CHECKPOINT_FOLDER
        self._state_file = self.folder / STATE_FILE

    @property
    def keras_pattern(self) -> str:
        """The ``filepath`` of ``keras.callbacks.ModelCheckpoint``."""
        # Keras fills the pattern with str.format, so braces of the user's path must be doubled.
        return os.fspath(self.folder).replace("{", "{{").replace("}", "}}") + os.sep + _NAME

    def file(self, epoch: int) -> Path:
        """Where the checkpoint of an epoch, counted from 1, lies."""
        return self.folder / _NAME.format(epoch=epoch)

    def read(self, *, learning_rate: float | None = None) -> tuple[EpochRecord, ...]:
        """The history up to the last complete checkpoint; empty if there is none.

        Args:
            learning_rate: That of records that name none, see :func:`~mnist_edge.train.run.parse_history`.

        Raises:
            RunError: If ``state.json`` is damaged, a checkpoint that it needs is gone, or the training diverged.
        """
        if not exists(self._state_file):
            if exists(self._run_folder / HISTORY_FILE):  # written after state.json, never before
                raise RunError(
                    f"The checkpoints of {self._run_folder} are gone: the run cannot be resumed", fix=_START_ANEW
                )
            return ()
        state = read_object(self._state_file)
        if _DIVERGED in state:  # the same weights, batches and rates would diverge again
            raise RunError(
                f"Training diverged in epoch {state[_DIVERGED]}, so the run in {self._run_folder} cannot go on",
                fix="Train into another folder with a lower --learning-rate",
            )
        history = parse_history(state.get("epochs"), self._state_file, learning_rate=learning_rate)
        for epoch in _needed(history):
            if not exists(self.file(epoch)):
                raise RunError(
                    f"The checkpoint {self.file(epoch)} is gone, so the run cannot be resumed",
                    fix=_START_ANEW,
                )
        return history

    def commit(self, history: Sequence[EpochRecord]) -> None:
        """Declares the last epoch's checkpoint complete, publishes history and models, and removes what is outdated.

        Raises:
            OutputError: If a file cannot be written.
        """
        with output_errors(self.folder):
            flush_to_disk(self.file(history[-1].epoch))  # Keras does not
        write_json(self._state_file, _as_json(history))
        self.publish(history)

    def mark_diverged(self, history: Sequence[EpochRecord], epoch: int) -> None:
        """Notes that the epoch after ``history`` ended without finite losses, so that nobody goes on from here.

        Raises:
            OutputError: If the file cannot be written.
        """
        write_json(self._state_file, {**_as_json(history), _DIVERGED: epoch})

    def publish(self, history: Sequence[EpochRecord]) -> None:
        """Brings the visible files of the run in line with the history, and removes checkpoints that are not needed.

        Raises:
            OutputError: If a file cannot be written.
        """
        if history:
            write_json(self._run_folder / HISTORY_FILE, _as_json(history))
            write_text(self._run_folder / HISTORY_TABLE, history_table(history))
            self._copy(history[-1].epoch, LAST_MODEL_FILE)
            self._copy(best_epoch(history).epoch, MODEL_FILE)
        keep = {self.file(epoch) for epoch in _needed(history)}
        for file in self.folder.glob("*.keras"):
            if file not in keep:
                with output_errors(file):
                    file.unlink(missing_ok=True)

    def _copy(self, epoch: int, name: str) -> None:
        with atomic_path(self._run_folder / name) as temporary:
            shutil.copyfile(self.file(epoch), temporary)

    def remove(self) -> None:
        """Removes all checkpoints, once the run is finished and nothing can be resumed any more."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _as_json(history: Sequence[EpochRecord]) -> dict[str, Any]:
    return {"epochs": [dataclasses.asdict(record) for record in history]}


def _needed(history: Sequence[EpochRecord]) -> set[int]:
    return {history[-1].epoch, best_epoch(history).epoch} if history else set()


def history_table(history: Sequence[EpochRecord]) -> str:
    """The history as CSV text with a header line."""
    names = [field.name for field in dataclasses.fields(EpochRecord)]
    lines = [",".join(names)]
    lines += [",".join(repr(value) for value in dataclasses.astuple(record)) for record in history]
    return "\n".join(lines) + "\n"


def remove_leftovers(folder: Path) -> None:
    """Removes the temporary files that a killed process left in a run folder."""
    for place in (folder, folder / CHECKPOINT_FOLDER):
        for file in place.glob(".*.part*"):
            with contextlib.suppress(OSError):
                file.unlink()


def load_checkpoint(keras: Any, file: Path) -> Any:
    """Loads weights and optimizer from a checkpoint, as a compiled ``keras.Model``.

    Raises:
        RunError: If the file is damaged.
    """
    try:
        return keras.saving.load_model(file, compile=True, safe_mode=True)
    except Exception as error:  # damaged archives make Keras, h5py and zipfile raise anything
        raise RunError(f"The checkpoint {file} is damaged, so the run cannot be resumed", fix=_START_ANEW) from error
